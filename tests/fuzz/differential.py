"""The campaign: `python -m tests.fuzz.differential --seconds 600 --seed 1`.

Module n of a seed is always the same; `--only n` runs it alone. Modules on which the engines differ
are written to --save, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import itertools
import time
import traceback
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.fuzz.compare import Tally, compare
from tests.fuzz.generate import generate, missing
from tests.support.wasmtime_3_0 import make_engine
from wasm_vm.instructions import TABLE

COUNTED = 4
"""Of so many modules one runs with its instructions counted."""

DIFFERENCES_MAX = 10
"""So many end a campaign: there is something to do."""


def campaign(seed: str, numbers: Iterable[int], seconds: float, save: Path | None) -> Tally:
    """Compare modules until the time is over; differences are in the tally, and saved."""
    engine, tally = make_engine(), Tally()
    end = time.monotonic() + seconds
    for number in numbers:
        if time.monotonic() > end or len(tally.differences) >= DIFFERENCES_MAX:
            break
        case = None
        try:
            case = generate(f"{seed}:{number}")
            compare(case, engine, tally, count=number % COUNTED == 0)
        except Exception:
            tally.differences.append(f"module {number}: {traceback.format_exc(limit=-3)}")
            if save is not None and case is not None:
                save.mkdir(parents=True, exist_ok=True)
                (save / f"{seed}-{number}.wasm").write_bytes(case.binary)
    return tally


def report(tally: Tally) -> str:
    """Modules, calls by their end, and the rows of the table that were never made or never ran."""
    lines = [f"modules: {tally.modules}", f"calls: {tally.calls}"]
    lines += [f"differences: {len(tally.differences)}", *tally.differences]
    lines += [f"  {count:8} {end}" for end, count in tally.ends.most_common()]
    for what, counts in (("generated", tally.generated), ("executed", tally.executed)):
        lines.append(f"rows of the table {what}: {_covered(counts)} of {len(TABLE)}")
        absent = [row.name for row in TABLE if not counts[row.name]]
        if absent:
            lines.append(f"  never {what}: {', '.join(absent)}")
    return "\n".join(lines)


def _covered(counts: Counter[str]) -> int:
    return sum(counts[row.name] > 0 for row in TABLE)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", type=int, help="the number of one module")
    parser.add_argument("--save", type=Path, help="folder for a module that differs")
    options = parser.parse_args()
    print(f"seed: {options.seed}", flush=True)
    numbers = itertools.count() if options.only is None else [options.only]
    tally = campaign(options.seed, numbers, options.seconds, options.save)
    print(report(tally))
    return 1 if tally.differences or missing() else 0


if __name__ == "__main__":
    raise SystemExit(main())
