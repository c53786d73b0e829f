"""Waiting for the world: a guest gives up its turn while something slow happens in a thread.

Rule: only before the call's first write, outside of transactions and of hooks that may refuse: what
others do meanwhile must not come between a call's own changes. The guest goes on when the work is
done, its time is over or it was stopped, and only once it has its turn again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from ferrite.errors import CommandError
from ferrite.hooks import REFUSING_EVENTS
from ferrite.plugins.host_api.context import ErrorCode, GuestError
from ferrite.plugins.scheduler import Scheduler, Task
from ferrite.state import Call, ServerState

Answer = TypeVar("Answer")
THREADS_MAX = 16
"""Exchanges with the world at the same time; more of them wait for one to end."""
RETRY_SECONDS = 0.02


class Outside:
    """The way of one server's guests to slow things."""

    def __init__(self, state: ServerState, scheduler: Scheduler) -> None:
        self._state = state
        self._scheduler = scheduler
        self._threads = ThreadPoolExecutor(THREADS_MAX, "ferrite-outside")

    def close(self) -> None:
        """Begin nothing more; what is under way has its own limit of time."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def run(self, work: Callable[[float], Answer]) -> Answer:
        """What `work` returns, which is given the seconds it may take; raises what it raises.

        Raises GuestError (unavailable) where a guest may not wait, GuestStopped when it is ended.
        """
        task = self._require()
        seconds = max(task.deadline - time.monotonic(), 0.001)
        wait = _Wait(self._state, self._scheduler, task)
        future = self._threads.submit(work, seconds)
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(wait.wake))
        task.interrupt = wait.wake
        try:
            self._scheduler.wait(wait.begin)
        finally:
            task.interrupt = None
            if not future.done():
                future.cancel()
        return future.result()

    def _require(self) -> Task:
        """The task of the guest that may wait. Raises GuestError (unavailable)."""
        task, state = self._scheduler.current, self._state
        if task is None or task.call is None:
            raise GuestError(ErrorCode.UNAVAILABLE, "ERR the network is out of reach here")
        journal = state.databases.journal
        if task.call.in_transaction:
            reason = "within a transaction"
        elif journal.touched or state.pubsub.holding:
            reason = "once the call has written something"
        elif any(_refuses(frame) for frame in task.frames):
            reason = "for a hook that may refuse"
        else:
            return task
        raise GuestError(ErrorCode.UNAVAILABLE, f"ERR the network is out of reach {reason}")


def _refuses(frame: Any) -> bool:
    hook = frame.invocation.hook
    return hook is not None and hook.event in REFUSING_EVENTS


class _Wait:
    """One wait, in the loop's own hands."""

    def __init__(self, state: ServerState, scheduler: Scheduler, task: Task) -> None:
        self._state = state
        self._scheduler = scheduler
        self._task = task
        self._levels = 0
        self._begun = self._woken = False
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """The guest has given way: so does its turn."""
        state, loop = self._state, asyncio.get_running_loop()
        journal = state.databases.journal
        self._levels = journal.depth
        for _ in range(self._levels):
            journal.rollback()
        state.pubsub.release()
        self._begun = True
        left = self._task.deadline - time.monotonic()
        self._timer = loop.call_later(max(left, 0), self.wake)
        state.turn.end(self._call)
        if self._woken:
            self._regain()

    def wake(self) -> None:
        """The work is done, or the guest is to end: have it go on when its turn comes."""
        if self._woken:
            return
        self._woken = True
        if self._timer is not None:
            self._timer.cancel()
        if self._begun:
            self._regain()

    @property
    def _call(self) -> Call:
        if self._task.call is None:
            raise RuntimeError("a task that waits has a call")
        return self._task.call

    def _regain(self) -> None:
        turn = self._state.turn
        if turn.owner is None:
            self._go_on()
            return
        try:
            parked = turn.park(self._go_on)
        except CommandError:  # the turn lasts too long: BUSY, which is no reason to give up
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self._regain)
            return
        parked.on_done(lambda reply: self._regain() if reply is not None else None)

    def _go_on(self) -> None:
        state = self._state
        state.turn.begin(self._call)
        for _ in range(self._levels):
            state.databases.journal.begin()
        state.pubsub.hold()
        self._scheduler.wake(self._task)
