"""Greenlets on one thread: who gives way when, who is ended, and in which order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ferrite.plugins import scheduler as scheduler_module
from ferrite.plugins.scheduler import GuestStopped, Scheduler, Task


class Loop:
    """An event loop whose time is moved by hand; `turn` runs what was deferred once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.ready: list[Callable[[], None]] = []
        monkeypatch.setattr(scheduler_module.time, "monotonic", lambda: self.now)

    def turn(self) -> None:
        ready, self.ready = self.ready, []
        for callback in ready:
            callback()

    def run(self) -> None:
        while self.ready:
            self.turn()


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    return Loop(monkeypatch)


def make(loop: Loop, slice_ms: int = 5) -> Scheduler:
    return Scheduler(lambda: slice_ms, lambda callback: loop.ready.append(callback))


def test_a_short_job_ends_before_start_returns(loop: Loop) -> None:
    scheduler, ended = make(loop), []
    task = scheduler.start(lambda: 42, 1000, ended.append)
    assert ended == [task]
    assert task.finished
    assert task.result() == 42
    assert not loop.ready


def test_an_exception_is_the_result(loop: Loop) -> None:
    def fail() -> None:
        raise ValueError("no")

    task = make(loop).start(fail, 1000, lambda _: None)
    with pytest.raises(ValueError, match="no"):
        task.result()


def test_a_job_gives_way_once_its_slice_is_over(loop: Loop) -> None:
    scheduler = make(loop, slice_ms=5)
    steps: list[int] = []

    def job() -> str:
        for step in range(4):
            steps.append(step)
            loop.now += 0.003
            scheduler.checkpoint()
        return "done"

    ended: list[Task] = []
    task = scheduler.start(job, 1000, ended.append)
    assert steps == [0, 1], "two steps of 3 ms fill a slice of 5 ms"
    assert not task.finished
    loop.turn()
    assert steps == [0, 1], "once around the loop for the sockets that are ready"
    loop.turn()
    assert steps == [0, 1, 2, 3]
    loop.run()
    assert task.result() == "done"
    assert ended == [task]


def test_two_jobs_take_turns(loop: Loop) -> None:
    scheduler = make(loop, slice_ms=1)
    trace: list[str] = []

    def job(name: str) -> None:
        for _ in range(3):
            trace.append(name)
            loop.now += 0.002
            scheduler.checkpoint()

    for name in "ab":
        scheduler.start(lambda name=name: job(name), 1000, lambda _: None)  # type: ignore[misc]
    loop.run()
    assert trace == ["a", "b", "a", "b", "a", "b"]


def test_a_deadline_ends_a_job(loop: Loop) -> None:
    scheduler = make(loop)

    def job() -> None:
        while True:
            loop.now += 0.004
            scheduler.checkpoint()

    task = scheduler.start(job, 50, lambda _: None)
    loop.run()
    with pytest.raises(GuestStopped, match="out of time"):
        task.result()
    assert 0.05 <= loop.now - 100 < 0.06


def test_stop_ends_a_job_at_once_and_its_finally_runs(loop: Loop) -> None:
    scheduler = make(loop)
    cleaned: list[bool] = []

    def job() -> None:
        try:
            while True:
                loop.now += 0.01
                scheduler.checkpoint()
        finally:
            cleaned.append(True)

    task = scheduler.start(job, 10_000, lambda _: None)
    assert not task.finished
    scheduler.stop(task, "killed")
    assert cleaned == [True]
    with pytest.raises(GuestStopped, match="killed"):
        task.result()
    loop.run()
    scheduler.stop(task, "again")
    with pytest.raises(GuestStopped, match="killed"):
        task.result()


def test_stop_all(loop: Loop) -> None:
    scheduler = make(loop)

    def job() -> None:
        while True:
            loop.now += 0.01
            scheduler.checkpoint()

    tasks = [scheduler.start(job, 10_000, lambda _: None) for _ in range(3)]
    scheduler.stop_all("the end")
    for task in tasks:
        with pytest.raises(GuestStopped, match="the end"):
            task.result()


def test_workers_are_used_again(loop: Loop) -> None:
    from greenlet import getcurrent

    scheduler = make(loop)
    seen = []
    for _ in range(3):
        scheduler.start(lambda: seen.append(getcurrent()), 1000, lambda _: None)
    assert seen[0] is seen[1] is seen[2]
    assert seen[0] is not getcurrent()


def test_a_job_may_be_started_when_another_ends(loop: Loop) -> None:
    scheduler = make(loop)
    trace: list[str] = []
    scheduler.start(
        lambda: trace.append("first"),
        1000,
        lambda _: scheduler.start(lambda: trace.append("second"), 1000, lambda _: None),  # type: ignore[arg-type, return-value]
    )
    assert trace == ["first", "second"]


def test_without_a_loop_a_job_runs_to_its_end(loop: Loop) -> None:
    scheduler = Scheduler(lambda: 1, None)

    def job() -> str:
        for _ in range(10):
            loop.now += 0.01
            scheduler.checkpoint()
        return "done"

    assert scheduler.start(job, 1000, lambda _: None).result() == "done"


def test_a_checkpoint_outside_of_a_job_does_nothing(loop: Loop) -> None:
    make(loop).checkpoint()


def test_a_row_that_ends_at_once_leaves_nothing_behind(loop: Loop) -> None:
    scheduler, ended, tasks = make(loop), [], []

    def job() -> None:
        tasks.append(scheduler.current)

    assert scheduler.start_row(job, ended.append) is None
    assert scheduler.start_row(job, ended.append) is None
    assert tasks[0] is tasks[1], "one task serves row after row"
    assert tasks[0] is not None
    assert tasks[0].call is None
    assert not ended

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        scheduler.start_row(fail, ended.append)
    assert scheduler.start_row(job, ended.append) is None, "and its error is gone with it"


def test_a_row_that_gives_way_is_a_task_like_others(loop: Loop) -> None:
    scheduler, ended, steps = make(loop), [], []

    def job() -> None:
        assert scheduler.current is not None
        scheduler.current.deadline = loop.now + 10  # as each call in a row has its own
        loop.now += 1
        scheduler.checkpoint()
        steps.append("went on")

    task = scheduler.start_row(job, ended.append)
    assert task is not None
    scheduler.start_row(lambda: steps.append("another"), ended.append)
    loop.run()
    assert steps == ["another", "went on"]
    assert ended == [task]
