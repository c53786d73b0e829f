"""The state of a function while its body becomes Python, and the steps that every emitter takes.

The operand stack is symbolic: an entry is an expression, evaluated where it is used. Rules that
keep this right:
  an entry reads nothing but Python names; before a name is assigned, every entry that reads it is
  evaluated into a name of its own;
  what can trap, and what reads memory, is a statement at once, in the order of the instructions;
  at the start of a block entries stay unevaluated only where nothing in the block assigns what
  they read; at a join of several ways operands are in the slots s<height>.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from wasm_vm.compiler.alignment import zeros_in_loop
from wasm_vm.compiler.floats import SEES_NO_BITS
from wasm_vm.compiler.flow import Flow
from wasm_vm.compiler.values import (
    ATOM,
    BITS,
    MASKS,
    SMALL,
    SUM,
    UNARY,
    Value,
    closed,
    constant,
    named,
    plain,
    typed,
)
from wasm_vm.compiler.writer import Site, Writer
from wasm_vm.types import F32, F64, ValueType
from wasm_vm.validation import FunctionPlan, ValidModule

EXPRESSION_MOST = 160
"""Characters of an expression that stays unevaluated: bounds Python's nesting of parentheses."""

OPERANDS_MOST = 400
"""Operands of a function at a time: each block and each call looks at all of them."""

FACTS_MOST = 64


class Body:
    """A function being compiled. `at` is the instruction, `next` the one to be compiled after it.

    facts: of locals (low, high, zeros) where more is known than the type. links: what the code
    names beside its own locals, as (kind, index); the unit binds them.
    """

    def __init__(self, module: ValidModule, plan: FunctionPlan) -> None:
        self.module = module
        self.plan = plan
        self.flow = Flow(plan, module.module.types)
        self.writer = Writer(3)
        self.locals: tuple[ValueType, ...] = plan.type.parameters + plan.local_types
        self.stack: list[Value] = []
        self.readers: dict[str, int] = {}
        self.held: set[str] = set()
        self.facts: dict[int, tuple[int, int, int]] = {}
        self.links: set[tuple[str, int]] = set()
        self.sets: dict[int, list[int]] = {}
        for at, (row, immediate, _) in enumerate(plan.body):
            if row.name in ("local.set", "local.tee"):
                self.sets.setdefault(immediate, []).append(at)
        self.dirty = dirty_locals(plan)
        self.at = 0
        self.next = 0
        self.alive = True
        self.free = plan.slots
        self.guarded = bool(plan.handlers)
        self.imported = len(module.spaces.functions) - len(module.plans)

    # --- operands ---------------------------------------------------------------------------

    def push(self, value: Value) -> None:
        """Push an operand."""
        if len(value.text) > EXPRESSION_MOST:
            value = self.store(value)
        for name in value.reads:
            self.readers[name] = self.readers.get(name, 0) + 1
        self.stack.append(value)

    def pop(self) -> Value:
        """Pop an operand; what it reads is not assigned before the next instruction."""
        value = self.stack.pop()
        for name in value.reads:
            self.readers[name] -= 1
        self.held |= value.reads
        return value

    def pops(self, count: int) -> list[Value]:
        """Pop operands, in order."""
        return [self.pop() for _ in range(count)][::-1]

    def drop_to(self, height: int) -> None:
        """Forget the operands above a height."""
        while len(self.stack) > height:
            self.pop()

    def temporary(self) -> str:
        """A Python name that nothing reads now."""
        number = 0
        while self.readers.get(f"t{number}") or f"t{number}" in self.held:
            number += 1
        self.held.add(f"t{number}")
        return f"t{number}"

    def store(self, value: Value) -> Value:
        """Evaluate an operand into a temporary; it stays open and dirty if it was."""
        name = self.temporary()
        value = plain(value)
        self.writer.line(f"{name} = {value.text}")
        low, high = value.low, value.high
        return named(name, value.bits, low, high, value.zeros, value.dirty)

    def name(self, value: Value) -> Value:
        """The operand as a name or a literal, so that it may be said twice."""
        if not value.condition and value.level == ATOM and value.text.isidentifier():
            return value
        if not value.bits and not value.reads and value.level >= UNARY and not value.dirty:
            return value
        if value.is_constant:
            return constant(value.low & MASKS[value.bits], value.bits)
        return self.store(value)

    def clean(self, value: Value) -> Value:
        """The operand as the reference tier would hold it: closed, canonical."""
        if not value.dirty:
            return closed(value)
        value = self.name(value)
        self.writer.line(f"if {value.text} != {value.text}: {value.text} = NAN")
        return named(value.text, 0)

    def replace(self, position: int, value: Value) -> None:
        """Put another expression of the same value on the stack."""
        for name in self.stack[position].reads:
            self.readers[name] -= 1
        for name in value.reads:
            self.readers[name] = self.readers.get(name, 0) + 1
        self.stack[position] = value

    def flush(self, name: str) -> None:
        """Evaluate the entries that read a name, because it is about to change."""
        if not self.readers.get(name):
            return
        for position, value in enumerate(self.stack):
            if name in value.reads:
                self.replace(position, self.store(value))

    def flush_globals(self) -> None:
        """Evaluate the entries that read globals: foreign code may assign them."""
        for name in [name for name, count in self.readers.items() if count and name[0] == "G"]:
            self.flush(name)

    # --- assignments ------------------------------------------------------------------------

    def assign(self, name: str, value: Value) -> None:
        """Assign a clean value to a Python name, in the cheapest form for its range."""
        self.flush(name)
        line = self.writer.line
        if value.dirty:
            line(f"{name} = {value.text}")
            if name[0] != "l" or int(name[1:]) not in self.dirty:
                line(f"if {name} != {name}: {name} = NAN")
            return
        value = plain(value)
        if value.is_closed or value.is_constant:
            text = closed(value).text
            if text != name:
                line(f"{name} = {text}")
            return
        mask = MASKS[value.bits]
        if value.low >= 0 and value.high <= 2 * mask + 1 and value.level == SUM:
            cheap = f"if {name} > {mask:#x}: {name} -= {mask + 1:#x}"
            if value.bits == 32 or value.step is not None:
                cheap = f"if {name} > {SMALL:#x}: {name} &= {mask:#x}"
        elif value.step is not None and value.step[2] <= SMALL:
            cheap = f"if {name} > {SMALL:#x}: {name} &= {mask:#x}"
        elif value.low >= -mask - 1 and value.high <= mask:
            cheap = f"if {name} < 0: {name} += {mask + 1:#x}"
        else:
            line(f"{name} = {closed(value).text}")
            return
        if value.text != name:
            line(f"{name} = {value.text}")
        line(cheap)

    def local(self, index: int) -> Value:
        """A local, with what is known of it."""
        bits = BITS.get(self.locals[index], 0)
        if index in self.facts:
            return named(f"l{index}", bits, *self.facts[index])
        return named(f"l{index}", bits, dirty=index in self.dirty)

    def set_local(self, index: int, value: Value) -> None:
        """Assign a local."""
        self.assign(f"l{index}", value)
        self.learn(index, closed(value))

    def learn(self, index: int, value: Value) -> None:
        """Note the range of a local after an assignment."""
        bits = value.bits
        if bits and (value.high < MASKS[bits] or value.low or value.zeros):
            if len(self.facts) >= FACTS_MOST:
                self.facts.clear()
            self.facts[index] = (value.low, value.high, value.zeros)
        else:
            self.facts.pop(index, None)

    def learn_condition(self, condition: Value, holds: bool) -> None:
        """Note what a condition says of a local where it holds, or where it does not."""
        fact = condition.when[0 if holds else 1]
        if fact is None:
            return
        index, low, high = fact
        before = self.local(index)
        low, high = max(low, before.low), min(high, before.high)
        if low <= high:
            self.learn(index, named("", before.bits, low, high, before.zeros))

    def target(self) -> tuple[str, int | None]:
        """Where a statement's result goes: the local that the next instruction names, if any.

        The stack's readers of that local are evaluated. A second value of None: a temporary.
        """
        following = self.plan.body[self.at + 1]
        if following[0].name in ("local.set", "local.tee"):
            index: int = following[1]
            self.flush(f"l{index}")
            return f"l{index}", index
        return self.temporary(), None

    def result(self, name: str, local: int | None, value: Value) -> None:
        """Push what was stored by `target`; `value` says what is known of it."""
        bits = value.bits
        known = named(name, bits, value.low, value.high, value.zeros, value.dirty)
        if local is None or not known.is_closed or known.dirty:
            self.push(known)
            return
        self.learn(local, known)
        following = self.plan.body[self.at + 1][0].name
        if self.at + 1 in self.flow.headers:
            self.push(known)
            return
        self.next = self.at + 2
        if following == "local.tee":
            self.push(known)

    # --- blocks and joins -------------------------------------------------------------------

    def assigned_between(self, index: int, start: int, end: int) -> bool:
        """True when an instruction of a range assigns a local."""
        places = self.sets.get(index, [])
        position = bisect_left(places, start)
        return position < len(places) and places[position] < end

    def forget(self, start: int, end: int) -> None:
        """Drop what is known of locals that a range of instructions assigns."""
        for index in list(self.facts):
            if self.assigned_between(index, start, end):
                del self.facts[index]

    def forget_in_loop(self, start: int, end: int) -> None:
        """Drop what a loop may change; trailing zeros stay where every assignment keeps them."""
        kept = zeros_in_loop(self, start, end)
        self.forget(start, end)
        for index, zeros in kept.items():
            bits = BITS.get(self.locals[index], 0)
            if zeros and bits and len(self.facts) < FACTS_MOST:
                self.facts[index] = (0, MASKS[bits], zeros)

    def settle(self, start: int, end: int, height: int) -> None:
        """Evaluate the entries that a block must not leave unevaluated.

        height: operands below the block's own; slots under it are not assigned in the block.
        """
        for position, value in enumerate(self.stack):
            if value.dirty:
                self.replace(position, self.clean(value))
            elif any(self._unsteady(name, start, end, height) for name in value.reads):
                self.replace(position, self.store(value))

    def _unsteady(self, name: str, start: int, end: int, height: int) -> bool:
        if name[0] == "t":
            return False
        if name[0] == "l":
            return self.assigned_between(int(name[1:]), start, end)
        return name[0] != "s" or int(name[1:]) >= height

    def to_slots(self, height: int, count: int) -> None:
        """Pop the operands of a label into its slots."""
        for position, value in enumerate(self.pops(count), height):
            name = f"s{position}"
            if value.text != name or value.dirty:
                self.assign(name, value)

    def from_slots(self, types: tuple[ValueType, ...]) -> None:
        """Push the operands that every way to a label has left in its slots."""
        for kind in types:
            self.push(typed(f"s{len(self.stack)}", kind))

    def push_results(self, types: tuple[ValueType, ...], names: list[str]) -> None:
        """Push values of known types that names hold."""
        for kind, name in zip(types, names, strict=True):
            self.push(typed(name, kind))

    # --- fuel -------------------------------------------------------------------------------

    def site(self, *operands: Value) -> Site:
        """What a line of this instruction is; with the operands, where Python may raise on it."""
        texts = ", ".join(closed(value).text for value in operands)
        return Site(self.flow.refund(self.at), self.at, f"[{texts}]" if operands else "")

    def header(self, at: int) -> None:
        """Make sure that the ways from here are affordable, and pay the likely one."""
        flow = self.flow
        if at in flow.headers:
            if not flow.dearest[at]:
                return
            for position, value in enumerate(self.stack):
                if value.dirty:
                    self.replace(position, self.clean(value))
            operands = "".join(f"{closed(value).text}, " for value in self.stack)
            most = flow.dearest[at]
            mark = "z_ = 1; " if self.guarded else ""
            self.writer.line(f"if F < {most} and REFILL({most}):")
            self.writer.line(
                f" {mark}return DEOPT({self.plan.index}, {at}, locals(), ({operands}), d)"
            )
        if (at in flow.headers or at in flow.soft) and flow.ahead[at]:
            self.writer.line(f"F -= {flow.ahead[at]}")

    def adjust(self, paid: int, target: int) -> int:
        """Units to take from the cell where control goes to a target with so much paid ahead."""
        return self.flow.before(target) - paid

    def settle_fuel(self, paid: int, target: int) -> None:
        """Pay the difference of leaving the predicted way, or take it back."""
        units = self.adjust(paid, target)
        if units > 0:
            self.writer.line(f"F -= {units}")
        elif units < 0:
            self.writer.line(f"F += {-units}")

    def link(self, kind: str, index: int) -> str:
        """The name under which the unit binds something."""
        self.links.add((kind, index))
        return f"{kind}{index}"


_CANONICAL = (
    SEES_NO_BITS - {"drop"}
    | {"f32.const", "f64.const"}
    | {f"f{m}.convert_i{n}_{sign}" for m in (32, 64) for n in (32, 64) for sign in "su"}
)


def dirty_locals(plan: FunctionPlan) -> frozenset[int]:
    """Declared float locals that are assigned results of arithmetic alone.

    A NaN in one of them stands for the canonical one, whatever its bits are.
    """
    first = len(plan.type.parameters)
    found = {index for index, kind in enumerate(plan.local_types, first) if kind in (F32, F64)}
    copies: list[tuple[int, int]] = []
    for at, (row, index, _) in enumerate(plan.body):
        if row.name not in ("local.set", "local.tee") or index not in found:
            continue
        before, immediate, _ = plan.body[at - 1]
        if before.name in ("local.get", "local.tee"):
            copies.append((index, immediate))
        elif before.name not in _CANONICAL or (
            before.name.endswith(".const") and immediate != immediate
        ):
            found.discard(index)
    changed = True
    while changed:
        changed = False
        for index, source in copies:
            if index in found and source not in found:
                found.discard(index)
                changed = True
    return frozenset(found)


def zero_of(kind: ValueType) -> str:
    """The literal of a type's default value."""
    zero: Any = kind.zero
    return "0.0" if kind in (F32, F64) else repr(zero)
