"""Runs of redis-benchmark in pairs: against Redis, and at once against ours.

Both of a pair meet the same machine; the figure is the median of the pairs' ratios (ours / Redis,
requests per second).
"""

from __future__ import annotations

import csv
import statistics
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Run = TypeVar("Run")
COLUMNS = "redis-server req/s | ferrite req/s | ratio | min..max"


@dataclass(frozen=True, slots=True)
class Pairs:
    """What came of some pairs."""

    redis_rps: float
    """Median over the pairs, as the next."""
    ferrite_rps: float
    ratios: list[float]

    @property
    def ratio(self) -> float:
        """Median of the pairs' ratios."""
        return statistics.median(self.ratios)

    def cells(self) -> str:
        """The cells of a Markdown table for COLUMNS."""
        return (
            f"{self.redis_rps:,.0f} | {self.ferrite_rps:,.0f} | **{self.ratio:.2f}** "
            f"| {min(self.ratios):.2f}..{max(self.ratios):.2f}"
        )


def benchmark(port: int, depth: int, clients: int, requests: int, *words: str) -> dict[str, float]:
    """Requests per second by test, from one run of redis-benchmark at a pipeline depth."""
    command = f"redis-benchmark -p {port} -c {clients} -P {depth} -n {requests} --csv"
    output = subprocess.run(
        [*command.split(), *words], check=True, capture_output=True, text=True
    ).stdout
    return {row["test"]: float(row["rps"]) for row in csv.DictReader(output.splitlines())}


def alternate(count: int, run: Callable[[int], Run], *ports: int) -> list[tuple[Run, ...]]:
    """So many times, a run on each port in turn."""
    return [tuple(run(port) for port in ports) for _ in range(count)]


def paired(runs: Sequence[tuple[float, float]]) -> Pairs:
    """What came of runs: requests per second of Redis, and of ours."""
    theirs, ours = zip(*runs, strict=True)
    ratios = [mine / peer for peer, mine in runs]
    return Pairs(statistics.median(theirs), statistics.median(ours), ratios)
