"""Types of WebAssembly (spec 2.3): what values, functions, memories, tables and globals are.

Rule: a type is immutable and compares by value. Number types are the singletons below, so the
validator may compare them by identity first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Features(IntEnum):
    """The three W3C releases; the order means "from this level on", yet they are not monotone."""

    V1 = 1
    V2 = 2
    V3 = 3


class ValueType:
    """A value type (spec 2.3.4): a number type, the vector type or a reference type."""

    __slots__ = ("code", "name")

    def __init__(self, name: str, code: int) -> None:
        self.name = name
        self.code = code

    @property
    def is_number(self) -> bool:
        """True for number types and the vector type, whose default is zero."""
        return True

    def __repr__(self) -> str:
        """The name in the text format."""
        return self.name


class ReferenceType(ValueType):
    """A reference type (spec 2.3.3): what a table holds."""

    __slots__ = ()

    @property
    def is_number(self) -> bool:
        """False: the default of a reference is null."""
        return False


I32 = ValueType("i32", 0x7F)
I64 = ValueType("i64", 0x7E)
F32 = ValueType("f32", 0x7D)
F64 = ValueType("f64", 0x7C)
V128 = ValueType("v128", 0x7B)
FUNCREF = ReferenceType("funcref", 0x70)
EXTERNREF = ReferenceType("externref", 0x6F)

BY_CODE: dict[int, ValueType] = {
    kind.code: kind for kind in (I32, I64, F32, F64, V128, FUNCREF, EXTERNREF)
}
BY_NAME: dict[str, ValueType] = {kind.name: kind for kind in BY_CODE.values()}


@dataclass(frozen=True, slots=True)
class FunctionType:
    """A function type (spec 2.3.6)."""

    parameters: tuple[ValueType, ...]
    results: tuple[ValueType, ...]

    def __str__(self) -> str:
        """The type as the specification writes it."""
        return f"[{_words(self.parameters)}] -> [{_words(self.results)}]"


def _words(types: tuple[ValueType, ...]) -> str:
    return " ".join(kind.name for kind in types)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of a memory (in pages of 64 KiB) or table (in elements), spec 2.3.9."""

    minimum: int
    maximum: int | None = None

    def fits(self, wanted: Bounds) -> bool:
        """True when something with these bounds may be imported as wanted (spec 3.4.5)."""
        if self.minimum < wanted.minimum:
            return False
        if wanted.maximum is None:
            return True
        return self.maximum is not None and self.maximum <= wanted.maximum

    def __str__(self) -> str:
        """The bounds as in the text format."""
        return f"{self.minimum}" if self.maximum is None else f"{self.minimum} {self.maximum}"


@dataclass(frozen=True, slots=True)
class MemoryType:
    """The type of a memory (spec 2.3.10)."""

    bounds: Bounds

    def __str__(self) -> str:
        """The type as in the text format."""
        return f"memory {self.bounds}"


@dataclass(frozen=True, slots=True)
class TableType:
    """The type of a table (spec 2.3.11)."""

    element: ReferenceType
    bounds: Bounds

    def __str__(self) -> str:
        """The type as in the text format."""
        return f"table {self.bounds} {self.element}"


@dataclass(frozen=True, slots=True)
class GlobalType:
    """The type of a global (spec 2.3.12)."""

    value: ValueType
    mutable: bool = False

    def __str__(self) -> str:
        """The type as in the text format."""
        return f"global (mut {self.value})" if self.mutable else f"global {self.value}"


ExternType = FunctionType | TableType | MemoryType | GlobalType
