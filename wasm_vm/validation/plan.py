"""What validation leaves for execution: all that it learned and no engine should work out again.

A plan is defined on the instructions of the binary, one for one: an index into `body` is the
program counter in every engine, in traces and in fuel accounts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from wasm_vm.errors import BacktraceFrame
from wasm_vm.limits import ACTIVATION_SLOTS
from wasm_vm.module import Catch, Expression, Locals, Module
from wasm_vm.types import (
    DefinedType,
    FunctionType,
    GlobalType,
    MemoryType,
    TableType,
    TagType,
    ValueType,
)


@dataclass(frozen=True, slots=True)
class Branch:
    """One way to leave the straight line.

    target: index of the next instruction. keep: operands carried over. height: operands of this
    activation that stay below them; all between are dropped.
    """

    target: int
    keep: int
    height: int


@dataclass(frozen=True, slots=True)
class Handler:
    """The reach of a try_table: instructions behind `start` and before `end`.

    branches: where each clause goes; the operands it keeps are those of the exception.
    """

    start: int
    end: int
    clauses: tuple[Catch, ...]
    branches: tuple[Branch, ...]


class Findings(NamedTuple):
    """What checking a body has found out."""

    body: Expression
    branches: dict[int, Branch | tuple[Branch, ...]]
    height: int
    handlers: tuple[Handler, ...]


@dataclass(frozen=True, eq=False)
class FunctionPlan:
    """A valid function.

    defined: its type, canonical. locals: the declared locals, without the parameters.
    check: gives the rest. That is found out by validation, unless the module is known to be valid:
    then when it is asked for.
    """

    index: int
    name: str | None
    type: FunctionType
    defined: DefinedType
    locals: Locals
    check: Callable[[], Findings] = field(repr=False)

    @cached_property
    def findings(self) -> Findings:
        """What validation has found out."""
        return self.check()

    @property
    def body(self) -> Expression:
        """The instructions."""
        return self.findings.body

    @property
    def branches(self) -> dict[int, Branch | tuple[Branch, ...]]:
        """By the index of the instruction that takes them.

        br_table: its labels in order, the default last; if: where it goes when the condition is
        zero; else: the end of its block.
        """
        return self.findings.branches

    @property
    def height(self) -> int:
        """Greatest number of operands at any time."""
        return self.findings.height

    @property
    def handlers(self) -> tuple[Handler, ...]:
        """Its try_tables, inner ones before those around them."""
        return self.findings.handlers

    @property
    def local_count(self) -> int:
        """How many locals are declared."""
        return sum(count for count, _ in self.locals)

    @property
    def local_types(self) -> tuple[ValueType, ...]:
        """The types of the declared locals, spelt out: ask for their number first."""
        return tuple(kind for count, kind in self.locals for _ in range(count))

    @property
    def zeros(self) -> list[Any]:
        """The first values of the declared locals. Ask for their number first."""
        values: list[Any] = []
        for count, kind in self.locals:
            values += [kind.zero] * count
        return values

    @property
    def loops(self) -> bool:
        """True where there is a loop."""
        return any(row.name == "loop" for row, _, _ in self.body)

    def frame(self, at: int) -> BacktraceFrame:
        """An activation that stands at an instruction, as a line of a backtrace."""
        return BacktraceFrame(self.index, self.name, self.body[at][2])

    @property
    def slots(self) -> int:
        """What an activation weighs on the call stack (Limits.call_stack)."""
        return ACTIVATION_SLOTS + len(self.type.parameters) + self.local_count + self.height


@dataclass(frozen=True, slots=True)
class IndexSpaces:
    """The types of everything a module can name, imports first (spec 2.5.1)."""

    functions: tuple[DefinedType, ...]
    tables: tuple[TableType, ...]
    memories: tuple[MemoryType, ...]
    globals: tuple[GlobalType, ...]
    tags: tuple[TagType, ...]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class ValidModule:
    """A module that has passed validation; only `validate` makes one."""

    module: Module
    spaces: IndexSpaces
    plans: tuple[FunctionPlan, ...]

    def custom(self, name: str) -> bytes | None:
        """The content of the first custom section of that name."""
        return self.module.custom(name)
