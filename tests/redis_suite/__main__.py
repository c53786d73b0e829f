"""The command: fetch the suite, run its units, print the table, write README's.

    python -m tests.redis_suite [--server ferrite|redis] [--only UNIT ...] [--jobs N]
        [--json FILE] [--write README.md] [--record] [--logs FOLDER] [--archive FILE]

The exit code is 1 when a test misses without a reason in expectations.toml, or when that list names
what is not so.
"""

from __future__ import annotations

import argparse
import json
import queue
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path

from tests.redis_suite.outcome import Outcome
from tests.redis_suite.plan import Plan, PlanError, load, record, verdict
from tests.redis_suite.runner import PORTS_PER_RUN, RunError, Unit, end_all, run_unit
from tests.redis_suite.source import SourceError, fetch
from tests.redis_suite.table import TableError, render, report, write


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        plan = load()
        units = _chosen(plan, options.only)
        source = fetch(options.archive)
        outcomes = _run_all(units, options, source)
        if options.server == "redis" and options.record:
            record({name: outcome.ok for name, outcome in outcomes.items()})
            plan = load()
        verdicts = [verdict(plan, unit, outcomes[unit.name]) for unit in units]
        print(render(verdicts))
        print(report(verdicts))
        if options.json is not None:
            options.json.write_text(json.dumps([asdict(each) for each in verdicts], indent=1))
        if options.write is not None:
            if len(units) != len(plan.units):
                raise TableError("a table of some units would not say what it measures")
            write(options.write, render(verdicts))
    except (PlanError, RunError, SourceError, TableError, OSError) as error:
        print(f"redis-suite: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return int(any(each.unexpected or each.stale for each in verdicts))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="redis-suite", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--server", choices=("ferrite", "redis"), default="ferrite")
    parser.add_argument("--only", action="append", metavar="UNIT", help="only this unit")
    parser.add_argument("--jobs", type=int, default=1, help="units at the same time")
    parser.add_argument("--port", type=int, default=23_000, help="first port that may be used")
    parser.add_argument("--seconds", type=float, default=600, help="longest time of a unit")
    parser.add_argument("--archive", type=Path, help="read this archive of Redis's source")
    parser.add_argument("--logs", type=Path, help="keep what the suite prints in this folder")
    parser.add_argument("--json", type=Path, help="write the verdicts into this file")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table into this file")
    parser.add_argument(
        "--record", action="store_true", help="with --server redis: keep its counts as yardstick"
    )
    return parser


def _chosen(plan: Plan, only: list[str] | None) -> list[Unit]:
    """The units named, with or without the folder; raises PlanError for one there is not."""
    if only is None:
        return list(plan.units.values())
    known = {name.partition("/")[2]: unit for name, unit in plan.units.items()} | plan.units
    for name in only:
        if name not in known:
            raise PlanError(f"there is no unit {name}")
    return [known[name] for name in dict.fromkeys(only)]


def _run_all(units: list[Unit], options: argparse.Namespace, source: Path) -> dict[str, Outcome]:
    ports: queue.SimpleQueue[int] = queue.SimpleQueue()
    for job in range(options.jobs):
        ports.put(options.port + job * PORTS_PER_RUN)

    def run(unit: Unit) -> Outcome:
        port = ports.get()
        try:
            return run_unit(unit, options.server, source, port, options.seconds, options.logs)
        finally:
            ports.put(port)

    outcomes: dict[str, Outcome] = {}
    with ThreadPoolExecutor(options.jobs) as pool:
        under_way = {pool.submit(run, unit): unit.name for unit in units}
        try:
            for future in as_completed(under_way):
                name, outcome = under_way[future], future.result()
                outcomes[name] = outcome
                print(f"{name}: {outcome.ok} ok, {len(outcome.failed)} missed", flush=True)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            end_all()
            raise
    return outcomes


if __name__ == "__main__":
    sys.exit(main())
