from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ferrite.persistence.child import Child
from tests.support.waiting import in_loop

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
Ends = list[tuple[bool, int]]


def run(work: Callable[[], None], kill: bool = False) -> tuple[Ends, Child]:
    ends: Ends = []

    async def session() -> Child:
        loop = asyncio.get_running_loop()
        child = Child(lambda delay, callback: loop.call_later(delay, callback))
        child.start("purpose", work, lambda *end: ends.append(end))
        assert child.purpose == "purpose"
        if kill:
            child.kill()
        while child.purpose:
            await asyncio.sleep(0.01)
        return child

    return ends, in_loop(session())


@needs_fork
def test_work_in_a_child(tmp_path: Path) -> None:
    ends, child = run(lambda: (tmp_path / "f").write_text(str(os.getpid())) and None)
    assert ends == [(True, int((tmp_path / "f").read_text()))]
    assert (child.forked, child.id) == (1, None)


@needs_fork
def test_a_child_that_fails() -> None:
    def fail() -> None:
        raise OSError(28, "No space left on device")

    ends, _ = run(fail)
    assert [succeeded for succeeded, _ in ends] == [False]


@needs_fork
def test_a_child_that_is_killed() -> None:
    ends, _ = run(lambda: asyncio.run(asyncio.sleep(100)), kill=True)
    assert [succeeded for succeeded, _ in ends] == [False]


def test_without_fork_it_is_done_at_once() -> None:
    ends: Ends = []
    child = Child(lambda delay, callback: pytest.fail("no timer"), forks=False)
    child.start("purpose", lambda: None, lambda *end: ends.append(end))

    def fail() -> None:
        raise OSError(28, "No space left on device")

    child.start("purpose", fail, lambda *end: ends.append(end))
    assert ends == [(True, os.getpid()), (False, os.getpid())]
    assert child.purpose == ""
    child.kill()
