"""A client of a server of its own, in either protocol, for tests that need no other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.plugin_server import Client, plugin_server


@pytest.fixture(params=[2, 3])
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    with plugin_server() as server:
        yield server.client(request.param)
