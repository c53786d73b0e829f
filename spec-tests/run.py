"""Runs the official WebAssembly suite on wasm_vm.

    python spec-tests/run.py --level 2.0 [--only GLOB] [--skip GLOB] [--json FILE] [-j N]
                             [--engine reference] [--verbose]

Exit code: 0 when the run is exactly as expectations.toml says, 1 when it differs, 2 when it could
not be done.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from assembler import AssemblerMissing, assembler
from expectations import ExpectationError, compare, read_expectations
from pool import run_jobs
from report import Progress, as_json, conclusion, describe, slowest, table
from runner import FileResult, all_missed, run_script
from suite import RELEASES, Release, SuiteError, load
from vm import VirtualMachine, engines

EXPECTATIONS = Path(__file__).with_name("expectations.toml")


class Job(NamedTuple):
    """One script to run; what a worker process needs."""

    file: str
    text: str
    level: str
    engine: str


def work(job: Job) -> FileResult:
    """Run one script, in a worker process."""
    return run_script(job.file, job.text, job.level, VirtualMachine(job.level, job.engine))


def run_all(jobs: list[Job], processes: int, seconds_max: float) -> list[FileResult]:
    """Run scripts in parallel, the largest first; return their results in the given order."""
    order = sorted(range(len(jobs)), key=lambda index: -len(jobs[index].text))
    progress = Progress(len(jobs))
    results: dict[int, FileResult] = {}
    for place, outcome in run_jobs(work, [jobs[i] for i in order], processes, seconds_max):
        job = jobs[order[place]]
        if isinstance(outcome, str):
            outcome = all_missed(job.file, job.text, outcome)
        results[order[place]] = outcome
        progress.show(len(results), job.file)
    progress.clear()
    return [results[index] for index in range(len(jobs))]


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--level", choices=RELEASES, required=True, help="release of the suite")
    parser.add_argument("--only", metavar="GLOB", action="append", help="scripts to run")
    parser.add_argument("--skip", metavar="GLOB", action="append", help="scripts to leave out")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the result")
    parser.add_argument("-j", metavar="N", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--engine", choices=["reference", "compiled"], default=engines()[0])
    parser.add_argument("--timeout", metavar="SECONDS", type=float, default=300.0, help="a script")
    parser.add_argument("--verbose", action="store_true", help="show every miss, with tracebacks")
    options = parser.parse_args(arguments)
    if options.engine not in engines():
        parser.error(f"wasm_vm has no {options.engine} engine; it has {', '.join(engines())}")
    if options.j < 1:
        parser.error("-j: at least one process")
    return options


def select(names: list[str], only: list[str] | None, skip: list[str] | None) -> list[str]:
    """Return the names that match one of `only` (or all) and none of `skip`."""
    return [
        name
        for name in names
        if any(fnmatch(name, glob) for glob in only or ["*"])
        and not any(fnmatch(name, glob) for glob in skip or [])
    ]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    options = parse(arguments)
    release: Release = RELEASES[options.level]
    try:
        assembler()
        scripts = load(release)
        expectations = read_expectations(EXPECTATIONS, options.level)
    except (AssemblerMissing, SuiteError, ExpectationError) as error:
        print(f"run: {error}", file=sys.stderr)
        return 2
    names = select(list(scripts), options.only, options.skip)
    if not names:
        print("run: no script matches", file=sys.stderr)
        return 2
    jobs = [Job(name, scripts[name], options.level, options.engine) for name in names]
    started = time.perf_counter()
    try:
        results = run_all(jobs, options.j, options.timeout)
    except KeyboardInterrupt:
        print("\nrun: interrupted", file=sys.stderr)
        return 2
    seconds = time.perf_counter() - started
    if options.json:
        data = as_json(results, release, options.engine, seconds, len(names) == len(scripts))
        options.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(table(results, release))
    print(f"{seconds:.1f} s in {options.j} processes; {slowest(results)}")
    if options.verbose:
        for result in results:
            for miss in result.misses:
                print(describe(result.file, miss, traceback=True))
    comparison = compare(expectations, results, scripts)
    print(conclusion(comparison, traceback=options.verbose))
    return 0 if comparison.as_expected else 1


if __name__ == "__main__":
    sys.exit(main())
