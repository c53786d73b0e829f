"""The generator's own small model of types: what it may produce where.

It is written apart from wasm_vm's types on purpose: both engines have to agree that what it says
about subtypes is true, or a module of it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from tests.support.binaries import leb, sleb, vector

NUMBERS = {"i32": 0x7F, "i64": 0x7E, "f32": 0x7D, "f64": 0x7C, "v128": 0x7B}
PACKED = {"i8": 0x78, "i16": 0x77}
ABSTRACT = {
    "noexn": 0x74,
    "nofunc": 0x73,
    "noextern": 0x72,
    "none": 0x71,
    "func": 0x70,
    "extern": 0x6F,
    "any": 0x6E,
    "eq": 0x6D,
    "i31": 0x6C,
    "struct": 0x6B,
    "array": 0x6A,
    "exn": 0x69,
}
_ABOVE = {
    "any": "any",
    "eq": "eq any",
    "i31": "i31 eq any",
    "struct": "struct eq any",
    "array": "array eq any",
    "none": "none i31 struct array eq any",
    "func": "func",
    "nofunc": "nofunc func",
    "extern": "extern",
    "noextern": "noextern extern",
    "exn": "exn",
    "noexn": "noexn exn",
}
BOTTOM_OF = {"any": "none", "func": "nofunc", "extern": "noextern", "exn": "noexn"}

Heap: TypeAlias = "str | int"


@dataclass(frozen=True)
class Reference:
    """A reference type; a heap type is a word, or the index of a type of the module."""

    nullable: bool
    heap: Heap


Value: TypeAlias = "str | Reference"
Storage: TypeAlias = "str | Reference"


@dataclass(frozen=True)
class Field:
    storage: Storage
    mutable: bool

    @property
    def value(self) -> Value:
        return "i32" if self.storage in PACKED else self.storage


@dataclass(frozen=True)
class Signature:
    parameters: tuple[Value, ...]
    results: tuple[Value, ...]


@dataclass(frozen=True)
class StructKind:
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class ArrayKind:
    element: Field


Composite: TypeAlias = Signature | StructKind | ArrayKind


@dataclass(frozen=True)
class Definition:
    """A type definition: open ones may have subtypes; `parent` is an index."""

    composite: Composite
    open: bool = False
    parent: int | None = None


class Types:
    """The types of a module, in recursion groups."""

    def __init__(self) -> None:
        self.groups: list[list[Definition]] = []
        self.all: list[Definition] = []
        self._signatures: dict[Signature, int] = {}

    def add_group(self, group: list[Definition]) -> None:
        first = len(self.all)
        self.groups.append(group)
        self.all += group
        for index, definition in enumerate(group, first):
            alone = len(group) == 1 and not definition.open and definition.parent is None
            if alone and isinstance(definition.composite, Signature):
                self._signatures.setdefault(definition.composite, index)

    def signature(self, parameters: tuple[Value, ...], results: tuple[Value, ...]) -> int:
        """The index of a function type that stands alone."""
        wanted = Signature(parameters, results)
        if wanted not in self._signatures:
            self.add_group([Definition(wanted)])
        return self._signatures[wanted]

    def of_kind(self, kind: type) -> list[int]:
        return [at for at, entry in enumerate(self.all) if isinstance(entry.composite, kind)]

    def above(self, heap: Heap) -> list[Heap]:
        """The heap type and all its supertypes."""
        found: list[Heap] = []
        while isinstance(heap, int):
            found.append(heap)
            definition = self.all[heap]
            if definition.parent is None:
                kind = type(definition.composite)
                heap = {Signature: "func", StructKind: "struct", ArrayKind: "array"}[kind]
            else:
                heap = definition.parent
        return [*found, *_ABOVE[heap].split()]

    def top(self, heap: Heap) -> str:
        return str(self.above(heap)[-1])

    def fits(self, actual: Value, expected: Value) -> bool:
        """True when a value of one type may stand where the other is expected."""
        if isinstance(actual, str) or isinstance(expected, str):
            return actual == expected
        if actual.nullable and not expected.nullable:
            return False
        if expected.heap in self.above(actual.heap):
            return True
        # The bottom types are below the module's own types too.
        return isinstance(expected.heap, int) and actual.heap == BOTTOM_OF[self.top(expected.heap)]

    def inhabited(self, kind: Value) -> bool:
        """False where a type has no value but in unreachable code."""
        return isinstance(kind, str) or kind.nullable or kind.heap not in BOTTOM_OF.values()


def defaultable(kind: Value) -> bool:
    return isinstance(kind, str) or kind.nullable


# --- the binary format ---------------------------------------------------------------------------


def heap_bytes(heap: Heap) -> bytes:
    return bytes((ABSTRACT[heap],)) if isinstance(heap, str) else sleb(heap)


def value_bytes(kind: Value) -> bytes:
    if isinstance(kind, str):
        return bytes((NUMBERS[kind],))
    return bytes((0x63 if kind.nullable else 0x64,)) + heap_bytes(kind.heap)


def _field_bytes(field: Field) -> bytes:
    packed = PACKED.get(field.storage) if isinstance(field.storage, str) else None
    storage = value_bytes(field.storage) if packed is None else bytes((packed,))
    return storage + bytes((field.mutable,))


def _composite_bytes(kind: Composite) -> bytes:
    if isinstance(kind, Signature):
        return (
            b"\x60"
            + vector(map(value_bytes, kind.parameters))
            + vector(map(value_bytes, kind.results))
        )
    if isinstance(kind, StructKind):
        return b"\x5f" + vector(map(_field_bytes, kind.fields))
    return b"\x5e" + _field_bytes(kind.element)


def _definition_bytes(definition: Definition) -> bytes:
    body = _composite_bytes(definition.composite)
    if not definition.open and definition.parent is None:
        return body
    parents = vector([] if definition.parent is None else [leb(definition.parent)])
    return (b"\x50" if definition.open else b"\x4f") + parents + body


def group_bytes(group: list[Definition]) -> bytes:
    if len(group) == 1:
        return _definition_bytes(group[0])
    return b"\x4e" + vector(map(_definition_bytes, group))
