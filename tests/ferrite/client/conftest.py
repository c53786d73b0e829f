"""A real redis-server for the tests of ferrite-cli."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.real_redis import redis_server
from tests.support.require import require


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    require("redis")
    folder = tmp_path_factory.mktemp("redis")
    with redis_server(folder, "--enable-debug-command", "yes") as port:
        yield port
