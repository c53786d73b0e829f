"""The operand stack and the control stack of the validation algorithm (spec 7.3).

An operand is a value type, or None where unreachable code makes it unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from wasm_vm.errors import LimitExceeded
from wasm_vm.matching import matches
from wasm_vm.types import BOTTOM, ReferenceType, ValueType
from wasm_vm.validation.plan import Branch

Operand = ValueType | None
Types = tuple[ValueType, ...]

_BOTTOM_REFERENCE = ReferenceType(False, BOTTOM)


class Mismatch(Exception):
    """A rule is broken; the caller knows where and makes an Invalid of it."""


@dataclass(slots=True)
class Block:
    """An open block: its types, the height of the operand stack at its start, and the branches to
    its end, which is not known before it comes.

    pending: (container, key, operands kept) of each branch whose target is this block's end.
    assigned: how many locals without a default were set before it; those set inside of it count
    as unset again behind it.
    """

    opcode: str
    start_types: Types
    end_types: Types
    height: int
    start: int
    assigned: int
    unreachable: bool = False
    pending: list[tuple[Any, Any, int]] = field(default_factory=list)

    @property
    def label_types(self) -> Types:
        """What a branch to this block carries."""
        return self.start_types if self.opcode == "loop" else self.end_types


class Stacks:
    """Both stacks and the operations on them, named as in the specification's appendix.

    unset: locals without a default value that no instruction has set yet. most: operands that
    there may be at a time (Limits.operands).
    """

    __slots__ = (
        "assigned",
        "blocks",
        "branches",
        "greatest_height",
        "most",
        "operands",
        "unset",
    )

    def __init__(self, unset: set[int], most: int) -> None:
        self.unset = unset
        self.most = most
        self.assigned: list[int] = []
        self.operands: list[Operand] = []
        self.blocks: list[Block] = []
        self.branches: dict[int, Any] = {}
        self.greatest_height = 0

    def push(self, kind: Operand) -> None:
        """Push one operand; raises LimitExceeded."""
        self.operands.append(kind)
        if len(self.operands) > self.greatest_height:
            self._rise()

    def push_all(self, types: Types) -> None:
        """Push operands, the last on top; raises LimitExceeded."""
        self.operands.extend(types)
        if len(self.operands) > self.greatest_height:
            self._rise()

    def _rise(self) -> None:
        """Bound the height: a call of two bytes may push a thousand results."""
        self.greatest_height = len(self.operands)
        if self.greatest_height > self.most:
            raise LimitExceeded("operands", f"more than {self.most} at a time in a function")

    def pop(self, expected: Operand = None) -> Operand:
        """Pop one operand of the expected type; None expects any."""
        block = self.blocks[-1]
        if len(self.operands) == block.height:
            if block.unreachable:
                return None
            wanted = "an operand" if expected is None else expected.name
            raise Mismatch(f"type mismatch: expected {wanted}, the stack is empty")
        actual = self.operands.pop()
        if actual is expected or expected is None or actual is None or matches(actual, expected):
            return actual
        raise Mismatch(f"type mismatch: expected {expected.name}, found {actual.name}")

    def pop_reference(self) -> ReferenceType:
        """Pop a reference of any type; in unreachable code it may be below all of them."""
        actual = self.pop()
        if actual is None:
            return _BOTTOM_REFERENCE
        if not isinstance(actual, ReferenceType):
            raise Mismatch(f"type mismatch: expected a reference, found {actual.name}")
        return actual

    def is_bottomless(self) -> bool:
        """True when any number of operands could be popped without an effect."""
        block = self.blocks[-1]
        return block.unreachable and len(self.operands) == block.height

    def pop_all(self, types: Types) -> list[Operand]:
        """Pop operands, the last of the types first; returns them in order.

        Mostly they lie there as they should: one comparison then, because a type of two bytes in
        a body may name a thousand operands.
        """
        start = len(self.operands) - len(types)
        if start >= self.blocks[-1].height and self.operands[start:] == [*types]:
            found = self.operands[start:]
            del self.operands[start:]
            return found
        return [self.pop(kind) for kind in reversed(types)][::-1]

    def open(self, opcode: str, start_types: Types, end_types: Types, start: int) -> Block:
        """Enter a block whose first operands are on the stack already popped."""
        block = Block(opcode, start_types, end_types, len(self.operands), start, len(self.assigned))
        self.blocks.append(block)
        self.push_all(start_types)
        return block

    def close(self) -> Block:
        """Leave a block: its results, and nothing else, must be on the stack."""
        block = self.blocks[-1]
        self.pop_all(block.end_types)
        if len(self.operands) != block.height:
            surplus = len(self.operands) - block.height
            raise Mismatch(f"type mismatch: {surplus} operands left at the end of the block")
        self.blocks.pop()
        self.unset.update(self.assigned[block.assigned :])
        del self.assigned[block.assigned :]
        return block

    def assign(self, local: int) -> None:
        """A local without a default value is set from here to the end of the block."""
        if local in self.unset:
            self.unset.remove(local)
            self.assigned.append(local)

    def unreachable(self) -> None:
        """The rest of the block can never run: its operands may be anything."""
        block = self.blocks[-1]
        del self.operands[block.height :]
        block.unreachable = True

    def label(self, depth: int) -> Block:
        """The block that a label names."""
        if depth >= len(self.blocks):
            raise Mismatch(f"unknown label {depth}")
        return self.blocks[-1 - depth]

    def branch(self, block: Block, container: Any, key: Any) -> None:
        """Note a branch to a block as container[key], now or when its end is reached."""
        keep = len(block.label_types)
        if block.opcode == "loop":
            container[key] = Branch(block.start + 1, keep, block.height)
        else:
            block.pending.append((container, key, keep))

    @staticmethod
    def resolve(block: Block, target: int) -> None:
        """Give the branches that wait for the end of a block their target."""
        for container, key, keep in block.pending:
            container[key] = Branch(target, keep, block.height)
