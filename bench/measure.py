"""How the engine benchmarks measure: CPU time, all engines in turns, the best of several rounds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any


def fastest(
    runs: Mapping[str, Callable[[], Any]], rounds: int, once: Iterable[str] = ()
) -> dict[str, float]:
    """CPU seconds of each run, the least of all rounds; of those in `once` there is one."""
    seconds = dict.fromkeys(runs, math.inf)
    for number in range(rounds):
        for name, run in runs.items():
            if number and name in once:
                continue
            started = time.process_time()
            run()
            seconds[name] = min(seconds[name], time.process_time() - started)
    return seconds


def mean(values: Iterable[float]) -> float:
    """The geometric mean."""
    logarithms = [math.log(value) for value in values]
    return math.exp(sum(logarithms) / len(logarithms))


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; the first column is text, all others are numbers."""
    lines = [list(heads), ["---", *("---:" for _ in heads[1:])]]
    lines += [[_cell(value) for value in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 1000 else f"{value:.0f}"
