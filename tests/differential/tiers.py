"""Runs one call in one tier and says all that can be told of its outcome."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import wasm_vm


class HostBug(Exception):
    """What a host function of these tests raises."""


class Outcome(NamedTuple):
    """What both tiers must agree on, to the unit."""

    ending: Any
    used: int
    slots: int
    state: Any


def imports() -> dict[str, dict[str, wasm_vm.HostFunction]]:
    """Host functions: one that raises for 7, one that charges fuel."""

    @wasm_vm.host_function
    def picky(value: wasm_vm.i32) -> wasm_vm.i32:
        if value == 7:
            raise HostBug
        return value + 1

    @wasm_vm.host_function
    def charging(caller: wasm_vm.Caller, value: wasm_vm.i32) -> wasm_vm.i32:
        caller.fuel.charge(value & 15)
        return caller.fuel.used & 0xFFFF

    return {"host": {"picky": picky, "charging": charging}}


def state(instance: wasm_vm.Instance) -> Any:
    """Memories, globals and tables."""
    return (
        [(memory.pages, hashlib.sha256(memory.data).hexdigest()) for memory in instance.memories],
        [variable.bits if _plain(variable.bits) else None for variable in instance.globals],
        [[item is None for item in table.elements] for table in instance.tables],
    )


def _plain(value: Any) -> bool:
    return isinstance(value, int)


def run(
    module: wasm_vm.ValidModule,
    engine: wasm_vm.Engine,
    name: str,
    arguments: tuple[Any, ...] = (),
    fuel: int | None = None,
    call_stack: int = 20_000,
    slice_units: int = 16384,
    prepare: bool = False,
) -> Outcome:
    """Instantiate and call; nothing of it escapes."""
    limits = wasm_vm.Limits(fuel=fuel, call_stack=call_stack, slice=slice_units)
    store = wasm_vm.Store(limits, checkpoint=lambda: None)
    instance = wasm_vm.instantiate(module, imports(), store=store, engine=engine)
    if prepare:
        instance.prepare()
    ending: Any
    try:
        ending = tuple(map(_shown, instance.invoke_bits(name, *arguments)))
    except wasm_vm.Trap as trap:
        ending = (trap.kind, trap.detail, trap.backtrace)
    except wasm_vm.OutOfFuel as error:
        ending = ("fuel", error.used, error.needed, error.backtrace)
    except wasm_vm.UncaughtException as error:
        ending = ("exception", error.exception.values, error.backtrace)
    except HostBug:
        ending = "host bug"
    return Outcome(ending, instance.fuel.used, store.slots, state(instance))


def _shown(value: Any) -> Any:
    return value if value is None or _plain(value) else type(value).__name__


def compare(
    module: wasm_vm.ValidModule, name: str, arguments: tuple[Any, ...] = (), **options: Any
) -> Outcome:
    """Both tiers, the compiled one with all functions compiled ahead and with none; raises
    AssertionError where they differ.
    """
    reference = run(module, wasm_vm.Engine.REFERENCE, name, arguments, **options)
    compiled = run(module, wasm_vm.Engine.COMPILED, name, arguments, prepare=True, **options)
    assert compiled == reference, (name, arguments, options)
    cold = run(wasm_vm.validate(module.module), wasm_vm.Engine.COMPILED, name, arguments, **options)
    assert cold == reference, (name, arguments, options)
    return reference


def sweep(
    module: wasm_vm.ValidModule,
    name: str,
    arguments: tuple[Any, ...] = (),
    step: int = 1,
    most: int = 3000,
) -> int:
    """Every budget from nothing to more than is needed; the units of the whole run."""
    whole = compare(module, name, arguments, fuel=most)
    total = min(whole.used, most)
    for fuel in range(0, total + 2, step):
        compare(module, name, arguments, fuel=fuel)
    compare(module, name, arguments, fuel=total + 5, slice_units=7)
    return total
