"""Servers that are killed and started again, all of them gone at the end of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.server_process import ServerProcess, Start


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a server with its files in the test's folder."""
    with ExitStack() as servers:
        yield lambda *options: servers.enter_context(ServerProcess(tmp_path, *options))
