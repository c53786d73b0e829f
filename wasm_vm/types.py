"""Types of WebAssembly (spec 2.3): what values, functions, memories, tables and globals are.

Rule: a type is immutable. Number types are the singletons below; types that a module defines are
canonical (see `define`), so that equal types of different modules are one object and comparing
them is comparing identities.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeAlias
from weakref import WeakValueDictionary


class Features(IntEnum):
    """The three W3C releases; the order means "from this level on", yet they are not monotone."""

    V1 = 1
    V2 = 2
    V3 = 3


# --- value types (spec 2.3.1 to 2.3.5) ----------------------------------------------------------


class ValueType:
    """A value type: a number type, the vector type or a reference type."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def name(self) -> str:
        """The name in the text format."""
        return self._name

    @property
    def is_number(self) -> bool:
        """True for number types and the vector type."""
        return True

    @property
    def has_default(self) -> bool:
        """True where a local may be read before it is set: zero, or null."""
        return True

    @property
    def zero(self) -> Any:
        """The default value, raw."""
        return _ZEROS[self._name]

    def __repr__(self) -> str:
        """The name in the text format."""
        return self.name


_ZEROS: dict[str, Any] = {"i32": 0, "i64": 0, "f32": 0.0, "f64": 0.0, "v128": bytes(16)}

I32 = ValueType("i32")
I64 = ValueType("i64")
F32 = ValueType("f32")
F64 = ValueType("f64")
V128 = ValueType("v128")


@dataclass(frozen=True, slots=True)
class PackedType:
    """What a field may hold besides a value type: an integer narrower than i32 (spec 2.3.10)."""

    name: str
    bits: int

    def __repr__(self) -> str:
        """The name in the text format."""
        return self.name


I8 = PackedType("i8", 8)
I16 = PackedType("i16", 16)


class AbstractHeapType:
    """A heap type that no module defines; `above` holds itself and all its supertypes."""

    __slots__ = ("above", "name")

    def __init__(self, name: str, *parents: AbstractHeapType) -> None:
        self.name = name
        above = {self}
        for parent in parents:
            above |= parent.above
        self.above: frozenset[AbstractHeapType] = frozenset(above)

    def __repr__(self) -> str:
        """The name in the text format."""
        return self.name


ANY = AbstractHeapType("any")
EQ = AbstractHeapType("eq", ANY)
I31 = AbstractHeapType("i31", EQ)
STRUCT = AbstractHeapType("struct", EQ)
ARRAY = AbstractHeapType("array", EQ)
NONE = AbstractHeapType("none", I31, STRUCT, ARRAY)
FUNC = AbstractHeapType("func")
NOFUNC = AbstractHeapType("nofunc", FUNC)
EXTERN = AbstractHeapType("extern")
NOEXTERN = AbstractHeapType("noextern", EXTERN)
EXN = AbstractHeapType("exn")
NOEXN = AbstractHeapType("noexn", EXN)
BOTTOM = AbstractHeapType("bot", NONE, NOFUNC, NOEXTERN, NOEXN)
"""Below everything; it occurs in unreachable code alone (spec 3.1.5)."""


@dataclass(frozen=True, slots=True)
class RecursiveIndex:
    """Within a recursion group that is not canonical yet: a type by its position in the group."""

    position: int


@dataclass(frozen=True, slots=True)
class UnknownType:
    """A type index that does not exist; validation refuses the module."""

    index: int


class ReferenceType(ValueType):
    """A reference type (spec 2.3.4)."""

    __slots__ = ("heap", "nullable")

    def __init__(self, nullable: bool, heap: HeapType) -> None:
        self.nullable = nullable
        self.heap = heap

    @property
    def name(self) -> str:
        """The name in the text format."""
        return _SHORT_NAMES.get((self.nullable, self.heap)) or (
            f"(ref null {self.heap})" if self.nullable else f"(ref {self.heap})"
        )

    @property
    def is_number(self) -> bool:
        """False."""
        return False

    @property
    def has_default(self) -> bool:
        """True where null is a value of the type."""
        return self.nullable

    @property
    def zero(self) -> Any:
        """Null."""
        return None

    def __eq__(self, other: object) -> bool:
        """Equal when nullable alike and of the same heap type."""
        return (
            isinstance(other, ReferenceType)
            and self.nullable == other.nullable
            and self.heap == other.heap
        )

    def __hash__(self) -> int:
        """As __eq__."""
        return hash((self.nullable, self.heap))


_SHORT_NAMES: dict[tuple[bool, Any], str] = {
    **{(True, heap): f"{heap}ref" for heap in (ANY, EQ, I31, STRUCT, ARRAY, FUNC, EXTERN, EXN)},
    (True, NONE): "nullref",
    (True, NOFUNC): "nullfuncref",
    (True, NOEXTERN): "nullexternref",
    (True, NOEXN): "nullexnref",
}


# --- composite types (spec 2.3.6 to 2.3.11) -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class FunctionType:
    """A function type."""

    parameters: tuple[ValueType, ...]
    results: tuple[ValueType, ...]

    def __str__(self) -> str:
        """The type as the specification writes it."""
        return f"[{_words(self.parameters)}] -> [{_words(self.results)}]"


def _words(types: tuple[ValueType, ...]) -> str:
    return " ".join(kind.name for kind in types)


@dataclass(frozen=True, slots=True)
class FieldType:
    """A field of a struct, or what an array consists of."""

    storage: ValueType | PackedType
    mutable: bool

    @property
    def value(self) -> ValueType:
        """The type on the operand stack."""
        return I32 if isinstance(self.storage, PackedType) else self.storage

    @property
    def packed(self) -> bool:
        """True where reading needs a sign extension."""
        return isinstance(self.storage, PackedType)


@dataclass(frozen=True, slots=True)
class StructType:
    """A struct type."""

    fields: tuple[FieldType, ...]

    def __str__(self) -> str:
        """Enough to recognise it."""
        return f"struct of {len(self.fields)} fields"


@dataclass(frozen=True, slots=True)
class ArrayType:
    """An array type."""

    element: FieldType

    def __str__(self) -> str:
        """Enough to recognise it."""
        return f"array of {self.element.storage!r}"


CompositeType: TypeAlias = FunctionType | StructType | ArrayType


class DefinedType:
    """A type that a module defines, canonical: one object for all equal types (spec 3.1.2).

    group: the recursion group that it belongs to, at `position`. supertypes: as declared.
    """

    __slots__ = ("__weakref__", "composite", "final", "group", "position", "supertypes")

    composite: CompositeType
    supertypes: tuple[HeapType, ...]

    def __init__(self, group: RecursionGroup, position: int, final: bool) -> None:
        self.group = group
        self.position = position
        self.final = final

    @property
    def abstract(self) -> AbstractHeapType:
        """The abstract type directly above types of its kind."""
        match self.composite:
            case FunctionType():
                return FUNC
            case StructType():
                return STRUCT
        return ARRAY

    @property
    def bottom(self) -> AbstractHeapType:
        """The abstract type below all types of its kind."""
        return NOFUNC if isinstance(self.composite, FunctionType) else NONE

    def __repr__(self) -> str:
        """The kind and shape; types have no names."""
        if isinstance(self.composite, FunctionType):
            counts = len(self.composite.parameters), len(self.composite.results)
            return f"func of {counts[0]} parameters and {counts[1]} results"
        return str(self.composite)


HeapType: TypeAlias = AbstractHeapType | DefinedType | RecursiveIndex | UnknownType


@dataclass(frozen=True, slots=True)
class SubType:
    """A type definition before it is canonical; types of its own group are RecursiveIndex."""

    final: bool
    supertypes: tuple[HeapType, ...]
    composite: CompositeType


class RecursionGroup:
    """Types that may refer to each other (spec 2.3.12)."""

    __slots__ = ("__weakref__", "key", "types")

    def __init__(self, key: tuple[SubType, ...]) -> None:
        self.key = key
        self.types = tuple(
            DefinedType(self, position, subtype.final) for position, subtype in enumerate(key)
        )
        for kind, subtype in zip(self.types, key, strict=True):
            kind.supertypes = tuple(self._closed(heap) for heap in subtype.supertypes)
            kind.composite = _mapped(subtype.composite, self._closed_type)

    def _closed(self, heap: HeapType) -> HeapType:
        return self.types[heap.position] if isinstance(heap, RecursiveIndex) else heap

    def _closed_type(self, kind: Any) -> Any:
        if isinstance(kind, ReferenceType) and isinstance(kind.heap, RecursiveIndex):
            return ReferenceType(kind.nullable, self._closed(kind.heap))
        return kind


def _mapped(composite: CompositeType, change: Callable[[Any], Any]) -> CompositeType:
    """The composite type with every storage or value type changed."""
    match composite:
        case FunctionType(parameters, results):
            return FunctionType(tuple(map(change, parameters)), tuple(map(change, results)))
        case StructType(fields):
            return StructType(
                tuple(FieldType(change(field.storage), field.mutable) for field in fields)
            )
    return ArrayType(FieldType(change(composite.element.storage), composite.element.mutable))


_groups: WeakValueDictionary[tuple[SubType, ...], RecursionGroup] = WeakValueDictionary()


def define(subtypes: Sequence[SubType]) -> tuple[DefinedType, ...]:
    """The canonical types of a recursion group (spec 3.1.2, rolling and unrolling).

    Two groups are equal when they are written alike, with their own members named by position and
    all others canonical already.
    """
    key = tuple(subtypes)
    group = _groups.get(key)
    if group is None:
        group = _groups.setdefault(key, RecursionGroup(key))
    return group.types


def define_function(kind: FunctionType) -> DefinedType:
    """The canonical type of a function type that stands alone."""
    return define((SubType(True, (), kind),))[0]


# --- external types (spec 2.3.13 to 2.3.18) -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of a memory (in pages of 64 KiB) or table (in elements)."""

    minimum: int
    maximum: int | None = None

    def fits(self, wanted: Bounds) -> bool:
        """True when something with these bounds may be imported as wanted (spec 3.3.12)."""
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
    """The type of a memory; address: i32 or i64."""

    bounds: Bounds
    address: ValueType = I32

    def __str__(self) -> str:
        """The type as in the text format."""
        return f"memory {_prefix(self.address)}{self.bounds}"


@dataclass(frozen=True, slots=True)
class TableType:
    """The type of a table; address: i32 or i64."""

    element: ReferenceType
    bounds: Bounds
    address: ValueType = I32

    def __str__(self) -> str:
        """The type as in the text format."""
        return f"table {_prefix(self.address)}{self.bounds} {self.element}"


def _prefix(address: ValueType) -> str:
    return "" if address is I32 else f"{address} "


@dataclass(frozen=True, slots=True)
class GlobalType:
    """The type of a global."""

    value: ValueType
    mutable: bool = False

    def __str__(self) -> str:
        """The type as in the text format."""
        return f"global (mut {self.value})" if self.mutable else f"global {self.value}"


@dataclass(frozen=True, slots=True)
class TagType:
    """The type of an exception tag: a function type without results, canonical."""

    type: DefinedType

    @property
    def parameters(self) -> tuple[ValueType, ...]:
        """What an exception of the tag carries."""
        composite = self.type.composite
        return composite.parameters if isinstance(composite, FunctionType) else ()

    def __str__(self) -> str:
        """The type as in the text format."""
        return f"tag {self.type.composite}"


ExternType: TypeAlias = FunctionType | TableType | MemoryType | GlobalType | TagType


# --- the types that have names of their own ------------------------------------------------------

FUNCREF = ReferenceType(True, FUNC)
EXTERNREF = ReferenceType(True, EXTERN)
ANYREF = ReferenceType(True, ANY)
EQREF = ReferenceType(True, EQ)
I31REF = ReferenceType(True, I31)
STRUCTREF = ReferenceType(True, STRUCT)
ARRAYREF = ReferenceType(True, ARRAY)
NULLREF = ReferenceType(True, NONE)
NULLFUNCREF = ReferenceType(True, NOFUNC)
NULLEXTERNREF = ReferenceType(True, NOEXTERN)
EXNREF = ReferenceType(True, EXN)
NULLEXNREF = ReferenceType(True, NOEXN)

NUMBERS: dict[int, ValueType] = {0x7F: I32, 0x7E: I64, 0x7D: F32, 0x7C: F64, 0x7B: V128}
"""Number and vector types by their code in the binary format (spec 5.3.1)."""

REFERENCES: dict[int, ReferenceType] = {
    0x74: NULLEXNREF,
    0x73: NULLFUNCREF,
    0x72: NULLEXTERNREF,
    0x71: NULLREF,
    0x70: FUNCREF,
    0x6F: EXTERNREF,
    0x6E: ANYREF,
    0x6D: EQREF,
    0x6C: I31REF,
    0x6B: STRUCTREF,
    0x6A: ARRAYREF,
    0x69: EXNREF,
}
"""Nullable references to abstract heap types by the code of the heap type (spec 5.3.3)."""

BY_NAME: dict[str, ValueType] = {
    kind.name: kind for kind in (*NUMBERS.values(), *REFERENCES.values())
}
