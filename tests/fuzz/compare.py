"""One case on both engines of wasm_vm and on wasmtime: everything that can be compared is.

Between the two engines of wasm_vm nothing is left out: results, fuel, the reason and its detail,
backtraces, memories, globals.

Left out against wasmtime, which is no oracle there: fuel after a trap but those of EXACT_FUEL (its
figure is then that of an earlier instruction); how much fuel a growth known to its compiler costs
when it is refused (the generator hides amounts from it); how much of it instantiation takes.
"""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

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
    """Engines disagree; the text says in what."""


class Ending(NamedTuple):
    """How a call ended in wasm_vm. where: detail and backtrace, where it did not return."""

    results: tuple[int, ...] | None
    why: Any
    fuel: int
    where: Any = None


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
    """An instance in an engine of wasm_vm."""

    def __init__(
        self,
        case: Case,
        engine: wasm_vm.Engine,
        executed: Counter[str] | None = None,
        prepare: bool = True,
    ) -> None:
        """executed: counts the instructions that run, which takes time; None does not. prepare:
        everything is compiled ahead, and not just what is called twice.
        """
        module = wasm_vm.load(case.binary)
        limits = wasm_vm.Limits(fuel=ENOUGH)
        observer = None
        if executed is not None:

            def observer(frame: Any, at: int) -> None:
                executed[frame.function.plan.body[at][0].name] += 1

        store = wasm_vm.Store(limits, observer=observer)
        self.module = module.module
        self.instance = wasm_vm.instantiate(module, IMPORTS, store=store, engine=engine)
        if prepare:
            self.instance.prepare()

    def invoke(self, call: Call) -> Ending:
        """Results, or why there are none; and the fuel used."""
        self.instance.fuel.refill(ENOUGH)
        before = self.instance.fuel.used
        results, why, where = None, None, None
        try:
            results = self.instance.invoke_bits(call.name, *call.arguments)
        except wasm_vm.Trap as trap:
            why, where = trap.kind, (trap.detail, trap.backtrace)
        except wasm_vm.UncaughtException as error:
            why, where = "exception", error.backtrace
        return Ending(results, why, self.instance.fuel.used - before, where)

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, extern in self.instance.exports.items():
            if isinstance(extern, wasm_vm.Memory):
                found[name] = extern.size, zlib.crc32(extern.data)
            elif isinstance(extern, wasm_vm.Global):
                found[name] = extern.bits
        return found


def compare(case: Case, engine: Any, tally: Tally, count: bool = False) -> None:
    """Run a case on all engines; raises Difference, and whatever one of them should not raise.

    count: also count the instructions that run, on observed programs.
    """
    ours = Ours(case, wasm_vm.Engine.REFERENCE, tally.executed if count else None)
    compiled = [Ours(case, wasm_vm.Engine.COMPILED, prepare=ahead) for ahead in (True, False)]
    oracle = Oracle(case.binary, engine, ORACLE_IMPORTS if ours.module.imports else ())
    tally.modules += 1
    for code in ours.module.codes:
        tally.generated.update(row.name for row, _, _ in code.body)
    for call in case.calls:
        ending = ours.invoke(call)
        _against_oracle(ours, ending, oracle, call)
        for each in compiled:
            _against_compiled(ours, ending, each, call)
        tally.ends[_end(ending.why)] += 1
        for name, value in ours.state().items():
            theirs = oracle.memory(name) if name.startswith("memory") else oracle.global_(name)
            if value != theirs:
                raise Difference(f"{name} after {call}: {value}, wasmtime {theirs}")


def _against_compiled(ours: Ours, ending: Ending, compiled: Ours, call: Call) -> None:
    theirs = compiled.invoke(call)
    if theirs != ending:
        raise Difference(f"{call}: {ending}, compiled {theirs}")
    if ours.state() != compiled.state():
        raise Difference(f"state after {call}: {ours.state()}, compiled {compiled.state()}")


def _against_oracle(ours: Ours, ending: Ending, oracle: Oracle, call: Call) -> None:
    kinds = [str(kind) for kind in ours.instance.function(call.name).type.parameters]
    results, why, fuel, _ = ending
    theirs = oracle.invoke(call.name, kinds, call.arguments)
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
