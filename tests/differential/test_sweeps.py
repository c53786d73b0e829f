"""Budget sweeps: programs and the kernels of the benchmark, cut off at any unit.

The reference engine runs once and is paused at ascending budgets; the compiled engine starts anew
for each budget. Both must have done the same, down to the memories. FERRITE_SWEEP says how many
random budgets a long run is cut at.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

import wasm_vm
from tests.differential import test_budget_sweep, test_budget_sweep_3_0
from tests.support import wat
from tests.support.require import require
from tests.support.sources import ROOT
from tests.support.stepping import begin, reference, world
from tests.support.waiting import SECONDS_MAX
from tests.support.wasmtime_oracle import Oracle, make_engine

RANDOM_BUDGETS = int(os.environ.get("FERRITE_SWEEP", "100"))
EVERY_MOST = 2_500
"""A run of more units is cut at random ones."""

SMALL = {"fib": 5, "sieve": 9, "hash": 5, "xorshift": 6, "mandelbrot": 2, "nbody": 1, "scan": 40}
SMALL |= {"indirect": 9, "bulk": 2, "sort": 7, "machine": 3, "filter": 3}
LARGE = {"fib": 15, "sieve": 1500, "hash": 1500, "xorshift": 2500, "mandelbrot": 8, "nbody": 15}
LARGE |= {"scan": 3000, "indirect": 2000, "bulk": 20, "sort": 250, "machine": 120, "filter": 1500}

PROGRAMS = [
    (folder / f"{program}.wat", function, arguments)
    for folder, runs in (
        (test_budget_sweep.PROGRAMS, test_budget_sweep.RUNS),
        (test_budget_sweep_3_0.PROGRAMS, test_budget_sweep_3_0.RUNS),
    )
    for program, function, arguments in runs
]


@cache
def kernels() -> bytes:
    require("clang")
    target = "--target=wasm32 -O2 -nostdlib -mbulk-memory -fno-builtin-memset -Wl,--no-entry"
    source = ROOT / "bench" / "kernels.c"
    command = ["clang", *target.split(), "-Wl,-z,stack-size=16384", "-o", "-", str(source)]
    return subprocess.run(command, check=True, capture_output=True, timeout=SECONDS_MAX).stdout


def ending(run: Any) -> Any:
    """How a run ends, with all that an error says."""
    try:
        return "results", [reference(value) for value in run()]
    except wasm_vm.OutOfFuel as error:
        return "fuel", error.used, error.needed, error.backtrace
    except wasm_vm.Trap as trap:
        return trap.kind, trap.detail, trap.backtrace
    except wasm_vm.UncaughtException as error:
        return "exception", reference(error.exception), error.backtrace


def paused(
    module: wasm_vm.ValidModule, function: str, arguments: list[Any], budgets: Iterable[int]
) -> Iterator[tuple[int, Any]]:
    """Each of the ascending budgets with what the reference engine has done by then."""
    instance = wasm_vm.instantiate(module, limits=wasm_vm.Limits(fuel=0))
    machine = begin(instance, function, arguments)
    for budget in budgets:
        instance.fuel.refill(budget - instance.fuel.used)
        found = ending(machine.run)
        yield budget, (found, instance.fuel.used, world(instance))
        if found[0] != "fuel":
            return


def compiled(
    module: wasm_vm.ValidModule, function: str, arguments: list[Any], budget: int
) -> tuple[Any, int, Any]:
    limits = wasm_vm.Limits(fuel=budget, slice=(16_384, 50)[budget % 2])
    store = wasm_vm.Store(limits, checkpoint=lambda: None)
    instance = wasm_vm.instantiate(module, store=store, engine=wasm_vm.Engine.COMPILED)
    instance.prepare()
    call = instance.function(function).invoke_raw
    found = ending(lambda: call(list(arguments)))
    assert instance.store.slots == limits.call_stack
    return found, instance.fuel.used, world(instance)


def total(module: wasm_vm.ValidModule, function: str, arguments: list[Any]) -> int:
    instance = wasm_vm.instantiate(module, limits=wasm_vm.Limits(fuel=1 << 40))
    ending(lambda: instance.function(function).invoke_raw(list(arguments)))
    return instance.fuel.used


def sweep(module: wasm_vm.ValidModule, function: str, arguments: list[Any]) -> int:
    """Compare at every budget, or at random ones where they are many; how many."""
    whole = total(module, function, arguments)
    budgets: Iterable[int] = range(whole + 1)
    if whole > EVERY_MOST:
        chance = Random(f"{function} {arguments} {whole}")
        budgets = sorted({whole, *(chance.randrange(whole) for _ in range(RANDOM_BUDGETS))})
    count = 0
    for budget, expected in paused(module, function, arguments, budgets):
        assert compiled(module, function, arguments, budget) == expected, budget
        count += 1
    return count


@pytest.mark.parametrize(
    ("path", "function", "arguments"),
    PROGRAMS,
    ids=lambda part: part.stem if isinstance(part, Path) else str(part),
)
def test_every_budget_of_a_program(path: Path, function: str, arguments: list[Any]) -> None:
    module = wat.load(path.read_text())
    assert sweep(module, function, arguments) == total(module, function, arguments) + 1


@pytest.mark.parametrize("kernel", SMALL)
def test_small_kernels(kernel: str) -> None:
    assert sweep(wasm_vm.load(kernels()), kernel, [SMALL[kernel]]) > 40


@pytest.mark.parametrize("kernel", LARGE)
def test_large_kernels(kernel: str) -> None:
    module = wasm_vm.load(kernels())
    assert sweep(module, kernel, [LARGE[kernel]]) > RANDOM_BUDGETS * 0.9


@pytest.mark.parametrize("kernel", LARGE)
def test_totals_are_those_of_wasmtime(kernel: str) -> None:
    require("wasmtime")
    theirs = Oracle(kernels(), make_engine()).invoke(kernel, LARGE[kernel])
    for engine in wasm_vm.Engine:
        limits = wasm_vm.Limits(fuel=1 << 40)
        instance = wasm_vm.instantiate(wasm_vm.load(kernels()), limits=limits, engine=engine)
        assert instance.invoke_bits(kernel, LARGE[kernel]) == theirs.results
        assert instance.fuel.used == theirs.fuel
