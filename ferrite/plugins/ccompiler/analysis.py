"""What must be known of a function before its first instruction is written.

Rule: pure questions over ppci's intermediate representation; nothing here emits code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from ferrite.plugins.ccompiler.codegen import Comparison
from ferrite.plugins.ppci_shim import ir


def operands(instruction: Any) -> list[Any]:
    """Every operand in order of evaluation, repeated where it is used twice; phis have none."""
    if isinstance(instruction, ir.Binop | ir.CJump | Comparison):
        return [instruction.a, instruction.b]
    if isinstance(instruction, ir.Unop):
        return [instruction.a]
    if isinstance(instruction, ir.Cast | ir.AddressOf):
        return [instruction.src]
    if isinstance(instruction, ir.Load):
        return [instruction.address]
    if isinstance(instruction, ir.Store):
        return [instruction.address, instruction.value]
    if isinstance(instruction, ir.CopyBlob):
        return [instruction.dst, instruction.src]
    if isinstance(instruction, ir.FunctionCall | ir.ProcedureCall):
        return [*instruction.arguments, instruction.callee]
    if isinstance(instruction, ir.Return):
        return [instruction.result]
    return []


class Uses:
    """How often and how near each value is used."""

    def __init__(self, blocks: Iterable[Any]) -> None:
        self._count: Counter[Any] = Counter()
        self._near: set[Any] = set()
        for block in blocks:
            for instruction in block:
                values = operands(instruction)
                self._near.update(v for v in values if getattr(v, "block", None) is block)
                if isinstance(instruction, ir.Phi):
                    values = list(instruction.inputs.values())
                self._count.update(values)

    def count(self, value: Any) -> int:
        """Uses of a value in the whole function."""
        return self._count[value]

    def once_and_near(self, value: Any) -> bool:
        """Whether the one use stands in the block of the definition, and is no phi."""
        return self._count[value] == 1 and value in self._near


def register_variables(blocks: Iterable[Any]) -> dict[Any, Any]:
    """Locals of C that need no memory, with the type of each.

    They are scalars that are only loaded and stored, always as one type: nobody takes their
    address, so no pointer can see them.
    """
    types: dict[Any, Any] = {}
    refused: set[Any] = set()
    for block in blocks:
        for instruction in block:
            for value in operands(instruction):
                source = variable_of(value)
                if source is not None and not _is_access(instruction, value):
                    refused.add(source)
            if isinstance(instruction, ir.Load | ir.Store):
                variable = variable_of(instruction.address)
                typ = instruction.ty if isinstance(instruction, ir.Load) else instruction.value.ty
                if variable is not None and (typ.is_blob or types.setdefault(variable, typ) != typ):
                    refused.add(variable)
    return {variable: typ for variable, typ in types.items() if variable not in refused}


def variable_of(value: Any) -> Any:
    """The stack allocation that a value is, or is the address of; else None."""
    if isinstance(value, ir.AddressOf):
        value = value.src
    return value if isinstance(value, ir.Alloc) else None


def _is_access(instruction: Any, value: Any) -> bool:
    if isinstance(instruction, ir.AddressOf):
        return True
    if isinstance(instruction, ir.Store) and instruction.value is value:
        return False
    return isinstance(instruction, ir.Load | ir.Store) and isinstance(value, ir.AddressOf)


def frame_layout(
    arguments: Iterable[Any], blocks: Iterable[Any], registers: Iterable[Any], alignment: int
) -> tuple[dict[Any, int], int]:
    """Offsets and size, in bytes, of what a function keeps in memory.

    Structs passed by value are there too: the callee works on a copy of its own.
    """
    registers = set(registers)
    values = [value for value in arguments if value.ty.is_blob]
    values += [
        instruction
        for block in blocks
        for instruction in block
        if isinstance(instruction, ir.Alloc) and instruction not in registers
    ]
    offsets: dict[Any, int] = {}
    size = 0
    for value in values:
        size += -size % value.ty.alignment
        offsets[value] = size
        size += value.ty.size
    return offsets, size + -size % alignment
