from __future__ import annotations

import asyncio
import threading

from ferrite.persistence.event_loop import EventLoop
from tests.support.waiting import in_loop


def test_work_in_the_background_ends_in_the_loops_thread() -> None:
    async def session() -> None:
        loop, ended = EventLoop(), asyncio.Event()
        seen: list[object] = []

        def done(error: OSError | None) -> None:
            seen.append((error, threading.current_thread() is threading.main_thread()))
            ended.set()

        def fail() -> None:
            raise OSError(5, "no")

        def bug() -> None:
            raise ZeroDivisionError

        for work in (lambda: seen.append(threading.current_thread().name), fail, bug):
            ended.clear()
            loop.in_background(work, done)
            await ended.wait()
        assert str(seen[0]).startswith("fsync")
        assert seen[1] == (None, True)
        errors = [item[0] for item in seen[2:] if isinstance(item, tuple)]
        assert [str(error) for error in errors] == [
            "[Errno 5] no", "a bug of ours: ZeroDivisionError()",
        ]  # fmt: skip
        loop.close()

    in_loop(session())


def test_the_end_of_a_turn_comes_behind_what_is_ready() -> None:
    async def session() -> list[str]:
        loop, seen = EventLoop(), list[str]()
        asyncio.get_running_loop().call_soon(seen.append, "ready")
        loop.at_end_of_turn(lambda: seen.append("end"))
        timer = loop.call_later(0, lambda: seen.append("later"))
        timer.cancel()
        await asyncio.sleep(0.01)
        loop.close()
        return seen

    assert in_loop(session()) == ["ready", "end"]
