from __future__ import annotations

import os
import time

from pool import run_jobs


def job(what: str) -> str:
    """Run in a process of the pool."""
    if what == "die":
        os._exit(7)
    if what == "hang":
        time.sleep(600)
    return what.upper()


def test_every_job_has_its_outcome() -> None:
    jobs = ["a", "b", "c", "d", "e"]
    assert dict(run_jobs(job, jobs, 2, 60.0)) == dict(enumerate("ABCDE"))


def test_no_jobs() -> None:
    assert list(run_jobs(job, [], 4, 60.0)) == []


def test_a_process_that_dies_costs_its_own_job_only() -> None:
    outcomes = dict(run_jobs(job, ["die", "a", "die", "b"], 1, 60.0))
    died = "the process died with exit code 7"
    assert outcomes == {0: died, 1: "A", 2: died, 3: "B"}


def test_a_job_without_end_is_ended() -> None:
    assert list(run_jobs(job, ["hang"], 2, 0.5)) == [(0, "no end within 0.5 s")]
