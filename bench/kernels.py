"""Kernels in C on this VM and its peers, in one run: million instructions a second, and ratios.

    python bench/kernels.py [KERNEL ...] [--rounds N]

Needs clang and wasm-ld with the wasm32 target. Peers take part where they are installed: pwasm
(compile mode, with and without its limits), pywasm, and wasmtime as the oracle of fuel totals. All
engines run in turns, each time is the best of all rounds in CPU seconds, every result is compared.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import wasm_vm

SIZES = {
    "fib": 18,
    "sieve": 4000,
    "hash": 4000,
    "xorshift": 8000,
    "mandelbrot": 16,
    "nbody": 60,
    "filter": 4000,
    "scan": 8000,
    "indirect": 6000,
    "bulk": 150,
    "sort": 900,
    "machine": 600,
}
SLOW = frozenset({"pywasm"})
"""Peers of which one round is enough."""

FUEL_DIFFERS = frozenset({"bulk"})
"""Kernels whose fuel is not compared: none of the peers' models is certain there."""

Run = Callable[[str, int], int]
MASK = 0xFFFF_FFFF


def build() -> bytes:
    """The kernels as a module."""
    source = Path(__file__).with_name("kernels.c")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "kernels.wasm")
        options = ["--target=wasm32", "-O2", "-nostdlib", "-mbulk-memory", "-fno-builtin-memset"]
        linker = ["-Wl,--no-entry", "-Wl,-z,stack-size=16384"]
        subprocess.run(
            ["clang", *options, *linker, "-o", str(target), str(source)], check=True, timeout=60
        )
        return target.read_bytes()


def ours(binary: bytes, engine: wasm_vm.Engine) -> tuple[Run, Callable[[], int]]:
    """This VM with exact fuel."""
    limits = wasm_vm.Limits(fuel=1 << 60)
    instance = wasm_vm.instantiate(wasm_vm.load(binary), limits=limits, engine=engine)
    instance.prepare()
    return lambda name, size: instance.invoke(name, size) & MASK, lambda: instance.fuel.used


def peers(binary: bytes) -> dict[str, Run]:
    """The other engines in pure Python that are installed."""
    found: dict[str, Run] = {}
    if importlib.util.find_spec("pwasm") is not None:
        import pwasm
        from pwasm.runtime import Limits

        def add(name: str, **options: Any) -> None:
            module = pwasm.decode_module(binary)
            instance = pwasm.instantiate(module, {}, mode="compile", **options)
            found[name] = lambda kernel, size: instance.exports[kernel](size) & MASK

        add("pwasm")
        add("pwasm-limits", limits=Limits(fuel=1 << 60))
    if importlib.util.find_spec("pywasm") is not None:
        import io

        import pywasm

        runtime = pywasm.core.Runtime()
        module = runtime.instance(pywasm.core.ModuleDesc.from_reader(io.BytesIO(binary)))
        found["pywasm"] = lambda kernel, size: runtime.invocate(module, kernel, [size])[0] & MASK
    return found


def wasmtime_fuel(binary: bytes) -> Callable[[str, int], int] | None:
    """Units by wasmtime's own count."""
    if importlib.util.find_spec("wasmtime") is None:
        return None
    import wasmtime

    config = wasmtime.Config()
    config.consume_fuel = True
    engine = wasmtime.Engine(config)
    module = wasmtime.Module(engine, binary)

    def units(name: str, size: int) -> int:
        store = wasmtime.Store(engine)
        store.set_fuel(1 << 60)
        wasmtime.Instance(store, module, []).exports(store)[name](store, size)
        return int((1 << 60) - store.get_fuel())

    return units


def best(runs: dict[str, Run], name: str, size: int, rounds: int) -> dict[str, float]:
    """CPU seconds of each engine; raises SystemExit where results differ."""
    seconds = dict.fromkeys(runs, math.inf)
    answers = set()
    for number in range(rounds):
        for engine, run in runs.items():
            if number and engine in SLOW:
                continue
            started = time.process_time()
            answers.add(run(name, size))
            seconds[engine] = min(seconds[engine], time.process_time() - started)
    if len(answers) != 1:
        raise SystemExit(f"{name}: the engines disagree: {answers}")
    return seconds


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kernels", nargs="*", help="of " + ", ".join(SIZES))
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    binary = build()
    run, used = ours(binary, wasm_vm.Engine.COMPILED)
    runs = {"wasm_vm": run, **peers(binary)}
    oracle = wasmtime_fuel(binary)
    names = options.kernels or list(SIZES)
    others = [engine for engine in runs if engine != "wasm_vm"]
    print(f"{'kernel':12}{'units':>9}{'M/s':>9}" + "".join(f"{other:>14}" for other in others))
    ratios: dict[str, list[float]] = {other: [] for other in others}
    speeds = []
    for name in names:
        before = used()
        run(name, SIZES[name])
        units = used() - before
        if oracle is not None and name not in FUEL_DIFFERS and oracle(name, SIZES[name]) != units:
            raise SystemExit(f"{name}: {units} units, wasmtime {oracle(name, SIZES[name])}")
        seconds = best(runs, name, SIZES[name], options.rounds)
        speeds.append(units / seconds["wasm_vm"] / 1e6)
        for other in others:
            ratios[other].append(seconds[other] / seconds["wasm_vm"])
        shown = "".join(f"{ratios[other][-1]:13.2f}x" for other in others)
        print(f"{name:12}{units:9}{speeds[-1]:9.1f}{shown}", flush=True)
    means = "".join(f"{mean(ratios[other]):13.2f}x" for other in others)
    print(f"{'geomean':12}{'':9}{mean(speeds):9.1f}{means}")


def mean(values: list[float]) -> float:
    """The geometric mean."""
    return math.exp(sum(map(math.log, values)) / len(values))


if __name__ == "__main__":
    main()
