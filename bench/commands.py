"""How fast is the server, against redis-server, for the commands redis-benchmark knows?

In pairs (bench/pairs.py).

    python bench/commands.py [--pairs 5] [--clients 50] [--tests ping,set] [--append-only]
        [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pairs import COLUMNS, Pairs, alternate, benchmark, paired
from servers import ferrite_command, free_port, redis_command, running

REQUESTS = {1: 50_000, 16: 400_000}
"""Requests per run, by pipeline depth: about half a second."""
TESTS = "ping,set,get,incr,mset,lpush,sadd,hset,zadd"


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one test at one depth."""

    test: str
    depth: int
    pairs: Pairs


def measure(pairs: int, clients: int, tests: str, folder: Path | None) -> list[Row]:
    """All rows, from fresh servers, which log their writes below `folder` if there is one."""
    redis_port, ferrite_port = free_port(), free_port()
    redis = redis_command(redis_port, folder and folder / "redis")
    ferrite = ferrite_command(ferrite_port, folder and folder / "ferrite")
    rows = []
    with running(redis, redis_port), running(ferrite, ferrite_port):
        for depth, requests in REQUESTS.items():
            words = depth, clients, requests, "-t", tests
            runs = alternate(
                pairs, lambda port, words=words: benchmark(port, *words), redis_port, ferrite_port
            )
            rows += [
                Row(test, depth, paired([(theirs[test], ours[test]) for theirs, ours in runs]))
                for test in runs[0][0]
            ]
    return rows


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [f"| test | -P | {COLUMNS} |", "|---|---|---|---|---|---|"]
    lines += [f"| {row.test} | {row.depth} | {row.pairs.cells()} |" for row in rows]
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
