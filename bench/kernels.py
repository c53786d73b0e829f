"""Kernels in C on this VM and its peers, in one run: million instructions a second, and ratios.

    python bench/kernels.py [KERNEL ...] [--rounds N]

Needs clang and wasm-ld with the wasm32 target. Peers take part where they are installed: pwasm
(compile mode, with and without its limits), pywasm, and wasmtime, whose count of fuel must be ours.
Every result is compared. wasmtime gets larger sizes, where calling it takes no part.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measure import fastest, mean, table

import wasm_vm
from wasm_vm.compiler import function

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
NATIVE = {"fib": 30, "sieve": 60_000, "scan": 60_000, "sort": 16_000, "mandelbrot": 300}
"""Sizes for wasmtime; of the other kernels a multiple."""

NATIVE_TIMES = 500
SLOW = ("pywasm",)
"""Peers of which one round is enough."""

LIMIT = 1 << 60
MASK = 0xFFFF_FFFF

Run = Callable[[str, int], int]


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


def ours(binary: bytes) -> wasm_vm.Instance:
    """An instance with exact fuel, compiled ahead."""
    instance = wasm_vm.instantiate(wasm_vm.load(binary), limits=wasm_vm.Limits(fuel=LIMIT))
    instance.prepare()
    return instance


@contextmanager
def without_fuel() -> Iterator[None]:
    """Compile code that neither counts nor stops, to measure what counting costs."""
    compile_source = function._code_of

    def uncounted(source: str, plan: Any) -> Any:
        source = re.sub(r"( *)if F < \d+ and REFILL.*\n.*DEOPT.*", r"\1pass\n", source)
        return compile_source(re.sub(r"F [-+]= \w+$", "pass", source, flags=re.M), plan)

    function._code_of = uncounted
    try:
        yield
    finally:
        function._code_of = compile_source


def engines(binary: bytes) -> dict[str, Run]:
    """What calls a kernel, by engine."""
    counted = ours(binary)
    with without_fuel():
        uncounted = ours(binary)
    found: dict[str, Run] = {
        "wasm_vm": lambda kernel, size: counted.invoke(kernel, size) & MASK,
        "without fuel": lambda kernel, size: uncounted.invoke(kernel, size) & MASK,
    }
    if importlib.util.find_spec("pwasm") is not None:
        import pwasm
        from pwasm.runtime import Limits

        def add(name: str, **options: Any) -> None:
            instance = pwasm.instantiate(pwasm.decode_module(binary), {}, mode="compile", **options)
            found[name] = lambda kernel, size: instance.exports[kernel](size) & MASK

        add("pwasm")
        add("pwasm, limits", limits=Limits(fuel=LIMIT))
    if importlib.util.find_spec("pywasm") is not None:
        import pywasm

        runtime = pywasm.core.Runtime()
        module = runtime.instance(pywasm.core.ModuleDesc.from_reader(io.BytesIO(binary)))
        found["pywasm"] = lambda kernel, size: runtime.invocate(module, kernel, [size])[0] & MASK
    return found


class Wasmtime:
    """wasmtime with fuel."""

    def __init__(self, binary: bytes) -> None:
        import wasmtime

        config = wasmtime.Config()
        config.consume_fuel = True
        self.store = wasmtime.Store(wasmtime.Engine(config))
        module = wasmtime.Module(self.store.engine, binary)
        self.exports = wasmtime.Instance(self.store, module, []).exports(self.store)

    def __call__(self, kernel: str, size: int) -> int:
        """Run a kernel; its units of fuel."""
        self.store.set_fuel(LIMIT)
        self.exports[kernel](self.store, size)
        return int(LIMIT - self.store.get_fuel())


def measure(names: Sequence[str], rounds: int) -> tuple[list[str], dict[str, dict[str, float]]]:
    """The engines, and for each kernel their million instructions a second.

    Raises SystemExit where results or units differ.
    """
    binary = build()
    runs = engines(binary)
    meter = ours(binary)
    oracle = Wasmtime(binary) if importlib.util.find_spec("wasmtime") is not None else None
    found: dict[str, dict[str, float]] = {}
    for name in names:
        size = SIZES[name]
        answers = {run(name, size) for run in runs.values()}
        before = meter.fuel.used
        meter.invoke(name, size)
        units = meter.fuel.used - before
        if len(answers) != 1:
            raise SystemExit(f"{name}: the engines disagree: {answers}")
        if oracle is not None and oracle(name, size) != units:
            raise SystemExit(f"{name}: {units} units, wasmtime {oracle(name, size)}")
        calls = {engine: _call(run, name, size) for engine, run in runs.items()}
        seconds = fastest(calls, rounds, once=SLOW)
        found[name] = {engine: units / second / 1e6 for engine, second in seconds.items()}
        if oracle is not None:
            large = NATIVE.get(name, size * NATIVE_TIMES)
            second = fastest({"": _call(oracle, name, large)}, 3)[""]
            found[name]["wasmtime, fuel"] = oracle(name, large) / second / 1e6
    return list(next(iter(found.values()))), found


def _call(run: Callable[[str, int], int], name: str, size: int) -> Callable[[], int]:
    return lambda: run(name, size)


def report(speeds: dict[str, dict[str, float]], names: Sequence[str]) -> str:
    """Speeds, their geometric means, and the means of the ratios."""
    rows: list[list[object]] = [
        [kernel, *(row[engine] for engine in names)] for kernel, row in speeds.items()
    ]
    means = [mean(row[engine] for row in speeds.values()) for engine in names]
    rows.append(["**geometric mean**", *means])
    rows.append(["**wasm_vm is faster by**", *(f"{means[0] / value:.3g}x" for value in means)])
    worst = [min(row[names[0]] / row[engine] for row in speeds.values()) for engine in names]
    rows.append(["at the worst kernel", *(f"{value:.3g}x" for value in worst)])
    return table(["M instructions/s", *names], rows)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kernels", nargs="*", help="of " + ", ".join(SIZES))
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    names, speeds = measure(options.kernels or list(SIZES), options.rounds)
    print(report(speeds, names))


if __name__ == "__main__":
    main()
