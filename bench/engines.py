"""All benchmarks of the VM in one run, as a document and a picture.

    python bench/engines.py docs

Writes engines.md and engines.svg into the folder. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import platform
import sys
from pathlib import Path
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import calls
import growth
import kernels
import programs
from measure import mean

TEXT = """# The engines, measured

CPU time on {machine}, {python}; all engines in turns in one process, the best of {rounds} rounds.
wasm_vm counts fuel exactly in all of these but where it says "without fuel"; "pwasm, limits" counts
calls and turns of loops. wasmtime is a compiler to machine code. `make bench` makes this document.

![Million instructions a second of the engines in Python, by kernel](engines.svg)

## Kernels in C

{kernels}

## Whole programs

Interpreters built to WebAssembly, evaluating short scripts; fuel totals equal wasmtime's.

{programs}

## Calls

{calls}

## Loading

{loading}

## Growth

Nanoseconds an instruction. The controls do the same accesses and the same recursion in plain
Python; their time is divided by the guest's number of instructions. What grows there too is not
the VM's.

{growth}
"""

SHOWN = ("wasm_vm", "pwasm, limits", "pwasm")
COLOURS = ("#1f6feb", "#8b949e", "#c9d1d9")
ROW, BAR, LEFT, WIDTH = 44, 12, 120, 720


def picture(speeds: dict[str, dict[str, float]]) -> str:
    """Bars by kernel; speeds in million instructions a second."""
    means = {name: mean(row[name] for row in speeds.values()) for name in SHOWN}
    rows = {**{kernel: row for kernel, row in speeds.items() if kernel != "bulk"}, "mean": means}
    most = max(row[name] for row in rows.values() for name in SHOWN)
    scale = (WIDTH - LEFT - 60) / most
    height = ROW * (len(rows) + 1)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
    ]
    for number, (name, colour) in enumerate(zip(SHOWN, COLOURS, strict=True)):
        x = LEFT + 140 * number
        lines.append(f'<rect x="{x}" y="14" width="12" height="12" fill="{colour}"/>')
        lines.append(f'<text x="{x + 18}" y="25">{escape(name)}</text>')
    for position, (kernel, row) in enumerate(rows.items(), 1):
        top = ROW * position
        lines.append(
            f'<text x="{LEFT - 8}" y="{top + 23}" text-anchor="end">{escape(kernel)}</text>'
        )
        for number, (name, colour) in enumerate(zip(SHOWN, COLOURS, strict=True)):
            y, length = top + BAR * number, row[name] * scale
            lines.append(
                f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR - 1}" '
                f'fill="{colour}"/>'
            )
            lines.append(f'<text x="{LEFT + length + 4:.1f}" y="{y + 10}">{row[name]:.0f}</text>')
    return "\n".join([*lines, "</svg>", ""])


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    names, speeds = kernels.measure(list(kernels.SIZES), options.rounds)
    text = TEXT.format(
        machine=f"{platform.machine()} {platform.system()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        rounds=options.rounds,
        kernels=kernels.report(speeds, names),
        programs=programs.report(programs.measure(options.rounds)),
        calls=calls.report(options.rounds),
        loading=growth.loading(),
        growth=growth.growth(),
    )
    (options.folder / "engines.md").write_text(text, encoding="utf-8")
    (options.folder / "engines.svg").write_text(picture(speeds), encoding="utf-8")


if __name__ == "__main__":
    main()
