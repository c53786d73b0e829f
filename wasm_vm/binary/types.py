"""Types in the binary format (spec 5.3).

A type index is resolved as soon as it is read: the type section comes before everything else. An
index that names nothing is noted, because that makes a module invalid and not malformed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from wasm_vm.binary.reader import Reader
from wasm_vm.errors import LimitExceeded
from wasm_vm.limits import Limits
from wasm_vm.types import (
    FUNCREF,
    I8,
    I16,
    I32,
    I64,
    NUMBERS,
    REFERENCES,
    V128,
    ArrayType,
    Bounds,
    CompositeType,
    DefinedType,
    Features,
    FieldType,
    FunctionType,
    GlobalType,
    HeapType,
    MemoryType,
    PackedType,
    RecursiveIndex,
    ReferenceType,
    StructType,
    SubType,
    TableType,
    TagType,
    UnknownType,
    ValueType,
    define,
)

_FUNCTION, _STRUCT, _ARRAY = 0x60, 0x5F, 0x5E
_SUB, _SUB_FINAL, _GROUP = 0x50, 0x4F, 0x4E
_REFERENCE, _REFERENCE_NULL = 0x64, 0x63
_PACKED = {0x78: I8, 0x77: I16}
_SHARED = 0x02
_ADDRESS_64 = 0x04
_PAGE_SIZE = 0x08


@dataclass(slots=True)
class TypeReader:
    """Reads types at a level of the specification.

    defined: the types of the module so far. group: size of the recursion group that is being
    read; its members come behind `defined`. unknown: indices that name nothing, with offsets.
    """

    features: Features
    limits: Limits
    defined: list[DefinedType] = field(default_factory=list)
    group: int = 0
    unknown: list[tuple[int, int]] = field(default_factory=list)

    def resolve(self, index: int, offset: int) -> HeapType:
        """The type that an index names."""
        position = index - len(self.defined)
        if position < 0:
            return self.defined[index]
        if position < self.group:
            return RecursiveIndex(position)
        self.unknown.append((index, offset))
        return UnknownType(index)

    def value_type(self, reader: Reader) -> ValueType:
        """A value type (spec 5.3.5)."""
        start = reader.position
        code = reader.byte()
        kind = NUMBERS.get(code)
        if kind is not None:
            if kind is V128 and self.features is Features.V1:
                raise reader.fail("malformed value type", start)
            return kind
        reader.position = start
        return self.reference_type(reader, "malformed value type")

    def reference_type(
        self, reader: Reader, message: str = "malformed reference type"
    ) -> ReferenceType:
        """A reference type (spec 5.3.4)."""
        start = reader.position
        code = reader.byte()
        if code in (_REFERENCE, _REFERENCE_NULL) and self.features >= Features.V3:
            return ReferenceType(code == _REFERENCE_NULL, self.heap_type(reader))
        kind = REFERENCES.get(code)
        if kind is None or code not in _REFERENCES_AT[self.features]:
            raise reader.fail(message, start)
        return kind

    def heap_type(self, reader: Reader) -> HeapType:
        """A heap type (spec 5.3.3)."""
        start = reader.position
        kind = REFERENCES.get(reader.byte())
        if kind is not None:
            return kind.heap
        reader.position = start
        index = reader.signed(33)
        if index < 0:
            raise reader.fail("malformed heap type", start)
        return self.resolve(index, start)

    def function_type(self, reader: Reader) -> FunctionType:
        """A function type behind its code (spec 5.3.6)."""

        def item() -> ValueType:
            return self.value_type(reader)

        parameters = reader.vector(item, "parameters", self.limits.parameters)
        return FunctionType(parameters, reader.vector(item, "results", self.limits.results))

    def field_type(self, reader: Reader) -> FieldType:
        """A field type (spec 5.3.7)."""
        start = reader.position
        packed = _PACKED.get(reader.byte())
        storage: ValueType | PackedType
        if packed is None:
            reader.position = start
            storage = self.value_type(reader)
        else:
            storage = packed
        return FieldType(storage, mutability(reader))

    def composite_type(self, reader: Reader) -> CompositeType:
        """A composite type (spec 5.3.8)."""
        start = reader.position
        code = reader.byte()
        if code == _FUNCTION:
            return self.function_type(reader)
        if self.features >= Features.V3:
            if code == _STRUCT:
                fields = reader.vector(
                    lambda: self.field_type(reader), "fields", self.limits.fields
                )
                return StructType(fields)
            if code == _ARRAY:
                return ArrayType(self.field_type(reader))
        raise reader.fail("malformed function type", start)

    def sub_type(self, reader: Reader) -> SubType:
        """A type definition (spec 5.3.9)."""
        start = reader.position
        code = reader.byte()
        supertypes: tuple[HeapType, ...] = ()
        if code in (_SUB, _SUB_FINAL) and self.features >= Features.V3:
            supertypes = reader.vector(
                lambda: self.resolve(reader.u32(), start), "types", self.limits.types
            )
        else:
            reader.position = start
        return SubType(code != _SUB, supertypes, self.composite_type(reader))

    def type_section(self, reader: Reader) -> tuple[DefinedType, ...]:
        """The types of a module, canonical (spec 5.5.4)."""
        for _ in range(reader.u32()):
            start = reader.position
            code = reader.byte()
            self.group = 1
            if code == _GROUP and self.features >= Features.V3:
                self.group = reader.u32()
                if self.group > reader.end - reader.position:
                    raise reader.fail("unexpected end: the group has more types than bytes", start)
            else:
                reader.position = start
            subtypes = [self.sub_type(reader) for _ in range(self.group)]
            self.group = 0
            self.defined.extend(define(subtypes))
            if len(self.defined) > self.limits.types:
                raise LimitExceeded("types", f"more than {self.limits.types} types")
        return tuple(self.defined)

    def bounds(self, reader: Reader) -> tuple[Bounds, ValueType]:
        """The limits of a memory or table and the type of its addresses (spec 5.3.12).

        From 3.0 on they are 64 bits wide, so that an overlong integer is well-formed there.
        """
        start = reader.position
        flags = reader.byte()
        wide = self.features >= Features.V3
        if flags & _SHARED:
            raise reader.fail(
                "malformed limits flags: shared memory belongs to the threads proposal", start
            )
        if flags & _PAGE_SIZE:
            raise reader.fail(
                "malformed limits flags: page sizes belong to the custom-page-sizes proposal", start
            )
        if flags > (_ADDRESS_64 | 1 if wide else 1):
            raise reader.fail("malformed limits flags", start)
        width = 64 if wide else 32
        minimum = reader.unsigned(width)
        maximum = reader.unsigned(width) if flags & 1 else None
        return Bounds(minimum, maximum), I64 if flags & _ADDRESS_64 else I32

    def memory_type(self, reader: Reader) -> MemoryType:
        """The type of a memory (spec 5.3.13)."""
        return MemoryType(*self.bounds(reader))

    def table_type(self, reader: Reader) -> TableType:
        """The type of a table (spec 5.3.14)."""
        element = self.reference_type(reader)
        return TableType(element, *self.bounds(reader))

    def global_type(self, reader: Reader) -> GlobalType:
        """The type of a global (spec 5.3.15)."""
        return GlobalType(self.value_type(reader), mutability(reader))

    def tag_type(self, reader: Reader) -> TagType | int:
        """The type of a tag (spec 5.3.16); an index that is no function type stays an index."""
        if reader.byte() != 0:
            raise reader.fail("malformed tag attribute", reader.position - 1)
        index = reader.u32()
        if index < len(self.defined):
            kind = self.defined[index]
            if isinstance(kind.composite, FunctionType):
                return TagType(kind)
        return index


_REFERENCES_AT = {
    Features.V1: frozenset({0x70}),
    Features.V2: frozenset({0x70, 0x6F}),
    Features.V3: frozenset(REFERENCES),
}


def mutability(reader: Reader) -> bool:
    """Whether a global or field may be assigned."""
    code = reader.byte()
    if code > 1:
        raise reader.fail("malformed mutability", reader.position - 1)
    return code == 1


def element_kind(reader: Reader) -> ReferenceType:
    """The kind of an element segment of function indices (spec 5.5.12)."""
    if reader.byte() != 0x00:
        raise reader.fail("malformed element kind", reader.position - 1)
    return FUNCREF
