"""How fast is the server, against redis-server, for the commands redis-benchmark knows?

One pair is a run against Redis and at once one against ours, so that both meet the same machine;
the figure is the median of the pairs' ratios (ours / Redis, requests per second).

    python bench/commands.py [--pairs 5] [--clients 50] [--tests ping,set] [--append-only]
        [--json FILE]
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from servers import ferrite_command, free_port, redis_command, running

REQUESTS = {1: 50_000, 16: 400_000}
"""Requests per run, by pipeline depth: about half a second."""
TESTS = "ping,set,get,incr,mset,lpush,sadd,hset,zadd"


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one test at one depth."""

    test: str
    depth: int
    redis_rps: float
    """Median over the pairs, as the next."""
    ferrite_rps: float
    ratios: list[float]

    @property
    def ratio(self) -> float:
        """Median of the pairs' ratios."""
        return statistics.median(self.ratios)


def benchmark(port: int, depth: int, clients: int, tests: str) -> dict[str, float]:
    """Requests per second by test, from one run of redis-benchmark."""
    command = f"redis-benchmark -p {port} -c {clients} -P {depth} -n {REQUESTS[depth]} -t {tests}"
    output = subprocess.run(
        [*command.split(), "--csv"], check=True, capture_output=True, text=True
    ).stdout
    return {row["test"]: float(row["rps"]) for row in csv.DictReader(output.splitlines())}


def measure(pairs: int, clients: int, tests: str, folder: Path | None) -> list[Row]:
    """All rows, from fresh servers, which log their writes below `folder` if there is one."""
    redis_port, ferrite_port = free_port(), free_port()
    redis = redis_command(redis_port, folder and folder / "redis")
    ferrite = ferrite_command(ferrite_port, folder and folder / "ferrite")
    rows = []
    with running(redis, redis_port), running(ferrite, ferrite_port):
        for depth in REQUESTS:
            runs = [
                (
                    benchmark(redis_port, depth, clients, tests),
                    benchmark(ferrite_port, depth, clients, tests),
                )
                for _ in range(pairs)
            ]
            for test in runs[0][0]:
                theirs = [run[0][test] for run in runs]
                ours = [run[1][test] for run in runs]
                ratios = [mine / peer for mine, peer in zip(ours, theirs, strict=True)]
                rows.append(
                    Row(test, depth, statistics.median(theirs), statistics.median(ours), ratios)
                )
    return rows


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| test | -P | redis-server req/s | ferrite req/s | ratio | min..max |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.test} | {row.depth} | {row.redis_rps:,.0f} | {row.ferrite_rps:,.0f} "
        f"| **{row.ratio:.2f}** | {min(row.ratios):.2f}..{max(row.ratios):.2f} |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--tests", default=TESTS, help="as redis-benchmark -t takes them")
    parser.add_argument(
        "--append-only", action="store_true", help="both log their writes, fsync every second"
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        kept_in = Path(folder) if given.append_only else None
        rows = measure(given.pairs, given.clients, given.tests, kept_in)
    print(table(rows))
    if given.json:
        given.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
