"""Open blocks of the guest and open loops of the generated Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wasm_vm.compiler.values import Value
from wasm_vm.types import ValueType

if TYPE_CHECKING:
    from wasm_vm.compiler.switches import Switch

Types = tuple[ValueType, ...]


@dataclass(slots=True)
class Frame:
    """A Python loop. exit: where `break` leads; head: where `continue` leads, or None.

    labels: of a switch, by target the number that selects its part. used: `break` occurs.
    crossing: targets of branches that leave this loop and the next one too.
    """

    exit: int | None
    head: int | None
    depth: int
    labels: dict[int, int] = field(default_factory=dict)
    used: bool = False
    crossing: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Block:
    """An open block. height: operands below its own. joined: branches lead to its end.

    inverted: a br_if to the end becomes an `if` around the rest.
    """

    opcode: str
    start: int
    end: int
    height: int
    parameters: Types
    results: Types
    depth: int
    frame: Frame | None = None
    joined: bool = False
    inverted: bool = False
    saved: list[Value] = field(default_factory=list)
    facts: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    condition: Value | None = None
    switch: Switch | None = None
    part: int = 0
    merged: Switch | None = None
