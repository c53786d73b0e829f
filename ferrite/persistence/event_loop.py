"""What persistence needs of the event loop, and one thread for what would stop it: fsync."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class EventLoop:
    """The running asyncio loop. Every method is to be called in its thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "fsync")

    def call_later(self, delay: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Call a function after some seconds."""
        return asyncio.get_running_loop().call_later(delay, callback)

    def at_end_of_turn(self, callback: Callable[[], None]) -> None:
        """Call a function when all that is ready now is served."""
        asyncio.get_running_loop().call_soon(callback)

    def in_background(
        self, work: Callable[[], None], done: Callable[[OSError | None], None]
    ) -> None:
        """Do `work` in a thread, one piece after the other, then call `done` in this one."""
        loop = asyncio.get_running_loop()

        def finished(future: Future[None]) -> None:
            error = future.exception()
            if isinstance(error, OSError) or error is None:
                loop.call_soon_threadsafe(done, error)
            else:
                loop.call_soon_threadsafe(done, OSError(f"a bug of ours: {error!r}"))

        self._thread.submit(work).add_done_callback(finished)

    def close(self) -> None:
        """Wait for what is under way in the background."""
        self._thread.shutdown()
