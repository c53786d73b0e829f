"""Of all tests: none of them leaves anything in the user's caches."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="session")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    before = os.environ.get("FERRITE_CACHE_DIR")
    os.environ["FERRITE_CACHE_DIR"] = str(tmp_path_factory.mktemp("caches"))
    yield
    if before is None:
        del os.environ["FERRITE_CACHE_DIR"]
    else:
        os.environ["FERRITE_CACHE_DIR"] = before
