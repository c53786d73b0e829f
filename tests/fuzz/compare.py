"""One case on both engines: everything that can be compared is.

Left out, because wasmtime is no oracle there: fuel after a trap but those of EXACT_FUEL (its figure
is then that of an earlier instruction); how much fuel a growth known to its compiler costs when it
is refused (the generator hides amounts from it); how much of it instantiation takes.
"""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import wasm_vm
from tests.fuzz.generate import Call, Case
from tests.support.wasmtime_3_0 import EXACT_FUEL, TRAP_KINDS, Oracle, Outcome

ENOUGH = 2_000_000
"""Units of fuel that no generated call needs."""


@wasm_vm.host_function
def h0(value: wasm_vm.i32) -> wasm_vm.i32:
    return _h0(value)


@wasm_vm.host_function
def h1(scale: wasm_vm.f64, value: wasm_vm.i64) -> wasm_vm.i64:
    return _h1(scale, value)


def _h0(value: int) -> int:
    return value ^ 0x55


def _h1(scale: float, value: int) -> int:
    return value ^ int(scale > 1.0)


IMPORTS = {"env": {"h0": h0, "h1": h1}}
ORACLE_IMPORTS = ((("i32",), ("i32",), _h0), (("f64", "i64"), ("i64",), _h1))


class Difference(Exception):
    """The engines disagree; the text says in what."""


@dataclass
class Tally:
    """What a campaign has seen: rows in modules, rows executed, and how calls ended."""

    modules: int = 0
    generated: Counter[str] = field(default_factory=Counter)
    executed: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    @property
    def calls(self) -> int:
        return self.ends.total()


class Ours:
    """An instance in wasm_vm."""

    def __init__(self, case: Case, executed: Counter[str] | None) -> None:
        """executed: counts the instructions that run, which takes time; None does not."""
        module = wasm_vm.load(case.binary)
        limits = wasm_vm.Limits(fuel=ENOUGH)
        observer = None
        if executed is not None:

            def observer(frame: Any, at: int) -> None:
                executed[frame.function.plan.body[at][0].name] += 1

        store = wasm_vm.Store(limits, observer=observer)
        self.module = module.module
        self.instance = wasm_vm.instantiate(module, IMPORTS, store=store)

    def invoke(self, call: Call) -> tuple[tuple[int, ...] | None, Any, int]:
        """Results, or why there are none; and the fuel used."""
        self.instance.fuel.refill(ENOUGH)
        before = self.instance.fuel.used
        results, why = None, None
        try:
            results = self.instance.invoke_bits(call.name, *call.arguments)
        except wasm_vm.Trap as trap:
            why = trap.kind
        except wasm_vm.UncaughtException:
            why = "exception"
        return results, why, self.instance.fuel.used - before

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, extern in self.instance.exports.items():
            if isinstance(extern, wasm_vm.Memory):
                found[name] = extern.size, zlib.crc32(extern.data)
            elif isinstance(extern, wasm_vm.Global):
                found[name] = extern.bits
        return found


def compare(case: Case, engine: Any, tally: Tally, count: bool = False) -> None:
    """Run a case on both engines; raises Difference, and whatever one of them should not raise.

    count: also count the instructions that run, on observed programs.
    """
    ours = Ours(case, tally.executed if count else None)
    oracle = Oracle(case.binary, engine, ORACLE_IMPORTS if ours.module.imports else ())
    tally.modules += 1
    for code in ours.module.codes:
        tally.generated.update(row.name for row, _, _ in code.body)
    for call in case.calls:
        _one(ours, oracle, call, tally)
        for name, value in ours.state().items():
            theirs = oracle.memory(name) if name.startswith("memory") else oracle.global_(name)
            if value != theirs:
                raise Difference(f"{name} after {call}: {value}, wasmtime {theirs}")


def _one(ours: Ours, oracle: Oracle, call: Call, tally: Tally) -> None:
    kinds = [str(kind) for kind in ours.instance.function(call.name).type.parameters]
    results, why, fuel = ours.invoke(call)
    theirs = oracle.invoke(call.name, kinds, call.arguments)
    tally.ends[_end(why)] += 1
    if not _same_end(results, why, theirs):
        raise Difference(f"{call}: {results or why} for {fuel} units, wasmtime {theirs}")
    exact = why is None or why == "exception" or why in EXACT_FUEL
    if exact and fuel != theirs.fuel:
        raise Difference(f"fuel of {call}, which ends in {_end(why)}: {fuel}, wasmtime {theirs}")


def _end(why: Any) -> str:
    return "results" if why is None else str(getattr(why, "value", why))


def _same_end(results: tuple[int, ...] | None, why: Any, theirs: Outcome) -> bool:
    if why is None:
        return theirs.results is not None and results == theirs.results
    if why == "exception":
        return theirs.results is None and theirs.trap is None
    return theirs.trap is not None and why in TRAP_KINDS.get(theirs.trap, ())
