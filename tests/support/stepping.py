"""An account of a run that is independent of the machine's own: one instruction at a time.

It drives the interpreter's handlers itself, counts cost model 1 by its own rules, and notes what
everything looks like before each unit that is paid. From that follows what any budget must give.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import wasm_vm
from wasm_vm.interpreter import Machine
from wasm_vm.interpreter.handlers import SWITCH
from wasm_vm.numeric import MASK32, MASK64
from wasm_vm.runtime import Array, ExceptionInstance, GuestFunction, Struct

FREE = frozenset({"nop", "drop", "block", "loop", "else", "end", "return", "unreachable"})
BY_COUNT = frozenset(
    {"memory.fill", "memory.copy", "memory.init", "table.fill", "table.copy", "table.init"}
    | {"array.new", "array.new_default", "array.new_data", "array.new_elem", "array.fill"}
    | {"array.copy", "array.init_data", "array.init_elem"}
)
"""Operators that cost one unit more for each item, and take their number as the last operand."""

BY_GROWTH = frozenset({"memory.grow", "table.grow"})


@dataclass(frozen=True)
class Payment:
    """A cost that was met: the units paid before it, what it costs in all and at once."""

    before: int
    whole: int
    fixed: int
    state: Any


@dataclass(frozen=True)
class End:
    """How a run ended: results, the trap's kind, an exception that nobody caught, or the
    exhaustion's used and needed units.
    """

    results: tuple[Any, ...] | None = None
    trap: wasm_vm.TrapKind | None = None
    thrown: Any = None
    exhausted: tuple[int, int] | None = None


@dataclass(frozen=True)
class Account:
    payments: list[Payment]
    end: End
    total: int
    state: Any

    def expected(self, budget: int) -> tuple[End, int, Any]:
        """Outcome, used units and state of a run with that budget."""
        for payment in self.payments:
            left = budget - payment.before
            if payment.whole > left:
                needed = payment.fixed if payment.fixed > left else payment.whole
                return End(exhausted=(payment.before, needed)), payment.before, payment.state
        return self.end, self.total, self.state


_OBJECT_LEVELS = 4


def reference(value: Any, levels: int = _OBJECT_LEVELS) -> Any:
    """A value by which those of two instances can be compared: objects by what they hold."""
    if isinstance(value, GuestFunction):
        return f"function {value.plan.index}"
    if isinstance(value, Struct | Array | ExceptionInstance):
        held = [reference(each, levels - 1) for each in value.values] if levels else "more"
        return type(value).__name__, held
    return repr(value)


def world(instance: wasm_vm.Instance) -> Any:
    """Memories, globals, tables and segments."""
    return (
        [(memory.size, zlib.crc32(memory.data)) for memory in instance.memories],
        [reference(variable.raw) for variable in instance.globals],
        [[reference(element) for element in table.elements] for table in instance.tables],
        [len(data) for data in instance.datas],
        [len(items) for items in instance.elements],
    )


def activations(machine: Machine) -> Any:
    """The frames: where each stands and what it holds."""
    return [
        (
            frame.function.plan.index,
            frame.pc,
            frame.entered,
            [reference(value) for value in frame.locals],
            [reference(value) for value in frame.stack],
        )
        for frame in machine.frames
    ]


def begin(instance: wasm_vm.Instance, name: str, arguments: list[Any]) -> Machine:
    function = instance.function(name)
    assert isinstance(function, GuestFunction)
    machine = Machine(instance.store)
    machine.enter(function, list(arguments))
    return machine


def account(instance: wasm_vm.Instance, name: str, arguments: list[Any]) -> Account:
    """Step through a run without a limit."""
    machine = begin(instance, name, arguments)
    payments: list[Payment] = []
    used = 0
    try:
        while machine.frames:
            frame = machine.frames[-1]
            state = (world(instance), activations(machine))
            if not frame.entered:
                payments.append(Payment(used, 1, 1, state))
                used += 1
                frame.entered = True
                continue
            row = frame.function.plan.body[frame.pc][0]
            handler, _, immediate = frame.program.steps[frame.pc]
            fixed = 0 if row.name in FREE else 1
            operand = frame.stack[-1] if frame.stack else None
            paid = len(payments)
            payments.append(Payment(used, fixed, fixed, state))
            used += fixed
            try:
                target = handler(frame.stack, immediate, frame)
            except wasm_vm.UncaughtException as error:
                if not machine.catch(error.exception):
                    raise
                continue
            variable = _variable(row.name, operand, frame.stack)
            payments[paid] = Payment(used - fixed, fixed + variable, fixed, state)
            used += variable
            if target is None or target == SWITCH:
                frame.pc += 1
            else:
                frame.pc = target
    except wasm_vm.Trap as trap:
        end = End(trap=trap.kind)
    except wasm_vm.UncaughtException as error:
        end = End(thrown=reference(error.exception))
    else:
        end = End(results=tuple(reference(value) for value in machine.results))
    return Account(payments, end, used, world(instance))


def _variable(name: str, operand: Any, stack: list[Any]) -> int:
    if name in BY_COUNT:
        return int(operand)
    if name in BY_GROWTH and stack[-1] not in (MASK32, MASK64):
        return int(operand)
    return 0


def run(machine: Machine) -> End:
    """Let the machine itself run, or go on, under its meter."""
    try:
        return End(results=tuple(reference(value) for value in machine.run()))
    except wasm_vm.Trap as trap:
        return End(trap=trap.kind)
    except wasm_vm.UncaughtException as error:
        return End(thrown=reference(error.exception))
    except wasm_vm.OutOfFuel as error:
        return End(exhausted=(error.used, error.needed))
