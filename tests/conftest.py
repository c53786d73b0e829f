"""Of all tests: none of them leaves anything in the user's caches, and none is left to chance.

What Hypothesis tries is the same in every run, so that a change is judged by what it changes; with
FERRITE_SOAK=1 each run looks elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "tests",
    derandomize=os.environ.get("FERRITE_SOAK") != "1",
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),  # most of them are about time
)
settings.load_profile("tests")


@pytest.fixture(autouse=True, scope="session")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FERRITE_CACHE_DIR", str(tmp_path_factory.mktemp("caches")))
        environment.delenv("REDISCLI_AUTH", raising=False)
        yield
