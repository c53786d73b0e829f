"""Runs jobs in processes of their own, so that a job that dies costs one job.

Rule: every job has an outcome. A process that crashes, or takes longer than the time limit, is
replaced, and its job's outcome is a string that says why; all others are what the job returned.
The standard library's pools give up altogether when a process dies.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any


def run_jobs(
    work: Callable[[Any], Any], jobs: Sequence[Any], processes: int, seconds_max: float
) -> Iterator[tuple[int, Any | str]]:
    """Yield (index of the job, outcome) as the jobs end; they start in the given order."""
    waiting = list(enumerate(jobs))[::-1]
    workers = [_Worker(work) for _ in range(min(processes, len(jobs)))]
    try:
        while True:
            for worker in workers:
                if worker.job is None and waiting:
                    worker.start(*waiting.pop(), seconds_max)
            busy = [worker for worker in workers if worker.job is not None]
            if not busy:
                return
            remaining = min(worker.deadline for worker in busy) - time.monotonic()
            wait([worker.connection for worker in busy], timeout=max(0.0, remaining))
            for worker in busy:
                index = worker.job
                if index is not None and worker.ended():
                    yield index, worker.collect(seconds_max)
    finally:
        for worker in workers:
            worker.stop()


class _Worker:
    """One process at a time, and the job it has."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self._work = work
        self.job: int | None = None
        self.deadline = 0.0
        self._begin()

    def _begin(self) -> None:
        # A fresh interpreter, the same on every system: nothing of the parent leaks into a run.
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(self._work, other), daemon=True)
        self._process.start()
        other.close()

    def start(self, index: int, job: Any, seconds_max: float) -> None:
        """Give the process a job."""
        self.job = index
        self.deadline = time.monotonic() + seconds_max
        self.connection.send(job)

    def ended(self) -> bool:
        """Tell whether there is an answer, a death or a deadline."""
        return self.connection.poll() or time.monotonic() > self.deadline

    def collect(self, seconds_max: float) -> Any | str:
        """Take the outcome of a job that ended; replace its process if it gave no answer."""
        self.job = None
        try:
            if self.connection.poll():
                return self.connection.recv()
            reason = f"no end within {seconds_max:g} s"
        except EOFError:
            self._process.join()
            reason = f"the process died with exit code {self._process.exitcode}"
        self.stop()
        self._begin()
        return reason

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self.connection.close()


def _serve(work: Callable[[Any], Any], connection: Connection) -> None:
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        connection.send(work(job))
