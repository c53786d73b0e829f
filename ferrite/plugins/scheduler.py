"""Who runs: guests in greenlets on the loop's thread, a slice at a time.

Rule: a guest runs in a greenlet of its own. The VM calls `checkpoint` whenever a slice of fuel
runs dry; there a guest that was stopped or is out of time ends, and one that has had its
`slice_ms` gives way until the sockets that were ready have been served. Nobody else ever suspends
a guest, so between two checkpoints it has the thread to itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent, greenlet

if TYPE_CHECKING:
    from ferrite.state import Call

Defer = Callable[[Callable[[], None]], Any]
"""Calls a function soon, after what is ready has been served (an event loop's call_soon)."""


class GuestStopped(Exception):
    """The guest was ended from outside; the text says why."""


class Task:
    """One run in a greenlet, from its start to its end: of a guest, or of several in turn."""

    __slots__ = (
        "_value",
        "call",
        "culprit",
        "deadline",
        "entered",
        "failure",
        "finished",
        "frames",
        "given_way",
        "interrupt",
        "job",
        "on_done",
        "open",
        "stop_reason",
        "waiting",
        "worker",
    )

    def __init__(
        self, job: Callable[[], Any], deadline: float, on_done: Callable[[Task], None]
    ) -> None:
        self.job = job
        self.deadline = deadline
        """Monotonic seconds."""
        self.on_done = on_done
        self.frames: list[Any] = []
        """The calls under way within each other, the innermost last; for who runs them."""
        self.call: Call | None = None
        """Who owns the keyspace while it runs."""
        self.waiting: Callable[[], None] | None = None
        """Set while it waits for something outside: what to do once it has given way."""
        self.interrupt: Callable[[], None] | None = None
        """Ends such a wait early."""
        self.culprit: Any = None
        """Whose guest has ended it early."""
        self.entered = 0
        """Guests entered since somebody set this to 0, for who runs them."""
        self.open = False
        """Whether what it does now is kept or undone as a whole, for who runs it."""
        self.given_way = False
        """Whether it has given way since somebody set this to False."""
        self.finished = False
        self.stop_reason = ""
        self.worker: greenlet | None = None
        self._value: Any = None
        self.failure: BaseException | None = None
        """What it raised."""

    def run(self) -> None:
        """Do the job and keep what comes of it."""
        try:
            self._value = self.job()
        except Exception as error:
            self.failure = error
        self.finished = True

    def result(self) -> Any:
        """What the job returned; raises what it raised."""
        if self.failure is not None:
            raise self.failure
        return self._value


def _nothing() -> None:
    """Stands for the job of a task that has ended."""


def _nobody(_: Task) -> None:
    """Stands for who hears of its end."""


class Scheduler:
    """The guests under way on one thread."""

    def __init__(self, slice_ms: Callable[[], int], defer: Defer | None) -> None:
        """Without `defer` a guest never gives way: it runs to its end or its deadline."""
        self._slice_ms = slice_ms
        self._defer = defer
        self._idle: list[greenlet] = []
        self._waiting: dict[Task, None] = {}
        self._outside: dict[Task, None] = {}
        self.current: Task | None = None
        """The task whose greenlet runs now; None outside of all."""
        self._hub: greenlet | None = None
        self._slice_end = 0.0
        self._afterwards: list[Callable[[], None]] = []
        self._spare: Task | None = None
        """The task of the last row, with its worker, once that has ended."""

    def start(
        self, job: Callable[[], Any], timeout_ms: int, on_done: Callable[[Task], None]
    ) -> Task:
        """Run a job until it ends or gives way. `on_done` is called with the task when it has
        ended, be it before this returns. Not to be called from inside of a guest."""
        task = Task(job, time.monotonic() + timeout_ms / 1000, on_done)
        task.worker = self._idle.pop() if self._idle else greenlet(self._work)
        self._resume(task)
        return task

    def start_row(self, job: Callable[[], Any], on_done: Callable[[Task], None]) -> Task | None:
        """As `start`, for what is most often over at once: None then, and `on_done` is not called;
        the job's error is raised. Else the task, which has given way."""
        task, self._spare = self._spare, None
        if task is None:
            task = Task(job, 0.0, on_done)
            task.worker = self._idle.pop() if self._idle else greenlet(self._work)
        task.job, task.on_done, task.finished = job, on_done, False
        self._switch_to(task)
        if not task.finished:
            self._given_way(task)
            return task
        self._spare, task.job, task.on_done, task.call = task, _nothing, _nobody, None
        if self._afterwards:
            self._do_afterwards()
        if task.failure is not None:
            failure, task.failure = task.failure, None
            raise failure
        return None

    def afterwards(self, step: Callable[[], None]) -> None:
        """Do something outside of all guests: now, or once the present task ends or gives way."""
        if self.current is None:
            step()
        else:
            self._afterwards.append(step)

    def stop(self, task: Task, reason: str) -> None:
        """End a task that has given way, at its checkpoint, now."""
        if task.finished:
            return
        task.stop_reason = reason
        if task.interrupt is not None:
            task.interrupt()
        else:
            self._resume(task)

    def stop_all(self, reason: str) -> None:
        """End every task."""
        for task in (*self._waiting, *self._outside):
            self.stop(task, reason)

    def wait(self, given_way: Callable[[], None]) -> None:
        """In the guest's greenlet: give way until `wake`; `given_way` is called once that is so.

        Raises GuestStopped.
        """
        task = self.current
        if task is None or self._hub is None:
            raise RuntimeError("only a guest can wait")
        task.waiting = given_way
        task.given_way = True
        self._outside[task] = None
        self._hub.switch()
        del self._outside[task]
        if task.stop_reason:
            raise GuestStopped(task.stop_reason)
        if time.monotonic() >= task.deadline:
            raise GuestStopped("out of time: the wall-clock limit of a call is reached")

    def wake(self, task: Task) -> None:
        """Let a task go on that waits."""
        self._resume(task)

    def checkpoint(self) -> None:
        """For the VM, in the guest's greenlet. Raises GuestStopped."""
        task = self.current
        if task is None or self._hub is None:
            return
        now = time.monotonic()
        if now >= task.deadline:
            raise GuestStopped("out of time: the wall-clock limit of a call is reached")
        if self._defer is not None and now >= self._slice_end:
            task.given_way = True
            self._hub.switch()
            if task.stop_reason:
                raise GuestStopped(task.stop_reason)

    def _resume(self, task: Task) -> None:
        if task.finished or self.current is not None or task.worker is None:
            return
        self._waiting.pop(task, None)
        self._switch_to(task)
        if task.finished:
            self._idle.append(task.worker)
            task.worker = None
            task.on_done(task)
            self._do_afterwards()
        else:
            self._given_way(task)

    def _switch_to(self, task: Task) -> None:
        """Have a task run until it ends or gives way."""
        if task.worker is None:
            raise RuntimeError("a task that runs has a worker")
        self._hub, self.current = getcurrent(), task
        self._slice_end = time.monotonic() + self._slice_ms() / 1000
        try:
            task.worker.switch()
        finally:
            self.current = None

    def _given_way(self, task: Task) -> None:
        if task.waiting is not None:
            given_way, task.waiting = task.waiting, None
            given_way()
        elif self._defer is not None:
            self._waiting[task] = None
            defer = self._defer
            # Twice: the loop polls its sockets between the two, and serves those that are ready.
            defer(lambda: defer(lambda: self._resume_waiting(task)))
        self._do_afterwards()

    def _do_afterwards(self) -> None:
        while self._afterwards:
            self._afterwards.pop(0)()

    def _resume_waiting(self, task: Task) -> None:
        if task in self._waiting:
            self._resume(task)

    def _work(self) -> None:
        """A worker's life: one task after the other. Between two of them it holds none, nor do the
        arguments it was begun with: a task holds a plugin's version with its memory."""
        while self.current is not None and self._hub is not None:
            self.current.run()
            self._hub.switch()
