from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.binaries import function_type, leb
from wasm_vm.binary.reader import Reader
from wasm_vm.binary.types import TypeReader, element_kind, mutability
from wasm_vm.errors import LimitExceeded, Malformed
from wasm_vm.limits import Limits
from wasm_vm.types import (
    ANY,
    ANYREF,
    EXTERNREF,
    F32,
    F64,
    FUNC,
    FUNCREF,
    I8,
    I16,
    I32,
    I64,
    NULLREF,
    V128,
    ArrayType,
    Bounds,
    DefinedType,
    Features,
    FieldType,
    FunctionType,
    GlobalType,
    MemoryType,
    RecursiveIndex,
    ReferenceType,
    StructType,
    SubType,
    TableType,
    TagType,
    UnknownType,
    define_function,
)

V1, V2, V3 = Features.V1, Features.V2, Features.V3
Method = Callable[[TypeReader, Reader], Any]

value_type = TypeReader.value_type
reference_type = TypeReader.reference_type
heap_type = TypeReader.heap_type
composite_type = TypeReader.composite_type
sub_type = TypeReader.sub_type
bounds = TypeReader.bounds
memory_type = TypeReader.memory_type
table_type = TypeReader.table_type
global_type = TypeReader.global_type
tag_type = TypeReader.tag_type

FUNCTION = define_function(FunctionType((I64,), ()))


def read(decode: Method, data: bytes, level: Features, **limits: int) -> Any:
    """What is read in a module whose type 0 is FUNCTION."""
    reader = Reader(data, 0, len(data))
    found = decode(TypeReader(level, Limits(**limits), [FUNCTION]), reader)
    assert reader.position == len(data)
    return found


def section(data: bytes, level: Features = V3, **limits: int) -> tuple[DefinedType, ...]:
    """The types of a type section."""
    reader = Reader(data, 0, len(data))
    found = TypeReader(level, Limits(**limits)).type_section(reader)
    assert reader.position == len(data)
    return found


@pytest.mark.parametrize(
    ("decode", "data", "first", "expected"),
    [
        (value_type, b"\x7f", V1, I32),
        (value_type, b"\x7e", V1, I64),
        (value_type, b"\x7d", V1, F32),
        (value_type, b"\x7c", V1, F64),
        (value_type, b"\x7b", V2, V128),
        (value_type, b"\x6f", V2, EXTERNREF),
        (value_type, b"\x6e", V3, ANYREF),
        (value_type, b"\x63\x00", V3, ReferenceType(True, FUNCTION)),
        (reference_type, b"\x70", V1, FUNCREF),
        (reference_type, b"\x6f", V2, EXTERNREF),
        (reference_type, b"\x71", V3, NULLREF),
        (reference_type, b"\x64\x00", V3, ReferenceType(False, FUNCTION)),
        (reference_type, b"\x64\x70", V3, ReferenceType(False, FUNC)),
        (reference_type, b"\x63\x70", V3, FUNCREF),
        (composite_type, b"\x60\x00\x00", V1, FunctionType((), ())),
        (composite_type, b"\x60\x02\x7f\x7e\x01\x7c", V1, FunctionType((I32, I64), (F64,))),
        (
            composite_type,
            b"\x5f\x03\x7f\x00\x78\x01\x6e\x01",
            V3,
            StructType((FieldType(I32, False), FieldType(I8, True), FieldType(ANYREF, True))),
        ),
        (composite_type, b"\x5e\x77\x01", V3, ArrayType(FieldType(I16, True))),
        (sub_type, b"\x60\x00\x00", V1, SubType(True, (), FunctionType((), ()))),
        (sub_type, b"\x4f\x00\x60\x00\x00", V3, SubType(True, (), FunctionType((), ()))),
        (
            sub_type,
            b"\x50\x01\x00\x60\x01\x7e\x00",
            V3,
            SubType(False, (FUNCTION,), FunctionType((I64,), ())),
        ),
        (bounds, b"\x00\x05", V1, (Bounds(5), I32)),
        (bounds, b"\x01\x05\x80\x01", V1, (Bounds(5, 128), I32)),
        (bounds, b"\x04\x05", V3, (Bounds(5), I64)),
        (bounds, b"\x05\x05" + leb(1 << 63), V3, (Bounds(5, 1 << 63), I64)),
        (bounds, b"\x00\x80\x80\x80\x80\x80\x00", V3, (Bounds(0), I32)),
        (memory_type, b"\x00\x01", V1, MemoryType(Bounds(1))),
        (memory_type, b"\x04\x01", V3, MemoryType(Bounds(1), I64)),
        (table_type, b"\x70\x00\x02", V1, TableType(FUNCREF, Bounds(2))),
        (table_type, b"\x6e\x05\x02\x03", V3, TableType(ANYREF, Bounds(2, 3), I64)),
        (global_type, b"\x7f\x00", V1, GlobalType(I32)),
        (global_type, b"\x7c\x01", V1, GlobalType(F64, mutable=True)),
        (tag_type, b"\x00\x00", V1, TagType(FUNCTION)),
        (tag_type, b"\x00\x09", V1, 9),
    ],
)
def test_well_formed_from_a_level_on(
    decode: Method, data: bytes, first: Features, expected: Any
) -> None:
    for level in Features:
        if level >= first:
            assert read(decode, data, level) == expected
        else:
            with pytest.raises(Malformed):
                read(decode, data, level)


def test_function_references_are_values_from_the_second_release_on() -> None:
    for level in (V2, V3):
        assert read(value_type, b"\x70", level) == FUNCREF


@pytest.mark.parametrize(
    ("decode", "data", "message", "offset"),
    [
        (value_type, b"\x7a", "malformed value type", 0),
        (value_type, b"\x40", "malformed value type", 0),
        (value_type, b"\x78", "malformed value type", 0),
        (reference_type, b"\x7f", "malformed reference type", 0),
        (composite_type, b"\x61\x00\x00", "malformed function type", 0),
        (composite_type, b"\x60\x01\x01\x00", "malformed value type", 2),
        (bounds, b"\x02\x01", "shared memory belongs to the threads proposal", 0),
        (bounds, b"\x03\x01\x01", "shared memory belongs to the threads proposal", 0),
        (bounds, b"\x08\x01", "page sizes belong to the custom-page-sizes proposal", 0),
        (bounds, b"\x81\x00\x01", "malformed limits flags", 0),
        (bounds, b"\x10\x01", "malformed limits flags", 0),
        (global_type, b"\x7f\x02", "malformed mutability", 1),
        (global_type, b"\x7f", "unexpected end", 1),
        (tag_type, b"\x01\x00", "malformed tag attribute", 0),
        (heap_type, b"\x40", "malformed heap type", 0),
        (heap_type, b"\x7f", "malformed heap type", 0),
    ],
)
def test_malformed_at_every_level(decode: Method, data: bytes, message: str, offset: int) -> None:
    for level in Features:
        with pytest.raises(Malformed, match=message) as caught:
            read(decode, data, level)
        assert caught.value.offset == offset


def test_wide_addresses_are_malformed_before_the_third_release() -> None:
    for level in (V1, V2):
        with pytest.raises(Malformed, match="malformed limits flags"):
            read(bounds, b"\x05\x01\x01", level)


def test_parameters_results_and_fields_are_bounded() -> None:
    for data, name in (
        (b"\x60\x02\x7f\x7f\x00", "parameters"),
        (b"\x60\x00\x02\x7f\x7f", "results"),
        (b"\x5f\x02\x7f\x00\x7f\x00", "fields"),
    ):
        with pytest.raises(LimitExceeded) as caught:
            read(composite_type, data, V3, **{name: 1})
        assert caught.value.limit == name


def test_an_index_is_a_type_a_place_in_its_group_or_unknown() -> None:
    types = TypeReader(V3, Limits(), [FUNCTION], group=2)
    assert types.resolve(0, 7) is FUNCTION
    assert [types.resolve(1, 7), types.resolve(2, 7)] == [RecursiveIndex(0), RecursiveIndex(1)]
    assert types.unknown == []
    assert types.resolve(3, 7) == UnknownType(3)
    assert types.unknown == [(3, 7)]


def test_types_of_a_module_are_canonical() -> None:
    once = b"\x01" + function_type([0x7F], [0x7E])
    again = b"\x02" + function_type() + function_type([0x7F], [0x7E])
    assert section(once)[0] is section(again)[1] is define_function(FunctionType((I32,), (I64,)))
    assert section(b"\x01\x50\x00\x60\x00\x00")[0] is not section(b"\x01\x60\x00\x00")[0]


def test_a_type_may_name_itself() -> None:
    (found,) = section(b"\x01\x5f\x01\x63\x00\x01")
    assert isinstance(found.composite, StructType)
    assert found.composite.fields == (FieldType(ReferenceType(True, found), True),)
    assert section(b"\x02\x60\x00\x00\x5f\x01\x63\x01\x01")[1] is found


def test_types_of_a_group_may_name_each_other() -> None:
    first, second, alone = section(b"\x02\x4e\x02\x5e\x63\x01\x00\x5e\x64\x00\x00\x5e\x64\x00\x00")
    assert first.group is second.group
    assert (first.position, second.position, alone.position) == (0, 1, 0)
    assert (
        second.composite
        == alone.composite
        == ArrayType(FieldType(ReferenceType(False, first), False))
    )
    assert second is not alone


def test_a_group_is_known_as_a_whole_only() -> None:
    """Behind its group a type index may not be used before it is defined."""
    data = b"\x01\x4e\x01\x5e\x63\x01\x00"
    types = TypeReader(V3, Limits())
    types.type_section(Reader(data, 0, len(data)))
    assert types.unknown == [(1, 5)]


def test_an_empty_group_defines_nothing() -> None:
    assert len(section(b"\x02\x4e\x00\x60\x00\x00")) == 1


def test_groups_are_of_the_third_release_and_bounded() -> None:
    for level in (V1, V2):
        with pytest.raises(Malformed, match="malformed function type"):
            section(b"\x01\x4e\x01\x60\x00\x00", level)
    with pytest.raises(Malformed, match="more types than bytes"):
        section(b"\x01\x4e\xff\xff\xff\xff\x0f")
    with pytest.raises(LimitExceeded) as caught:
        section(b"\x01\x4e\x02\x60\x00\x00\x60\x00\x00", types=1)
    assert caught.value.limit == "types"


def test_mutability_and_the_kind_of_a_segment_are_one_byte() -> None:
    assert [mutability(Reader(data, 0, 1)) for data in (b"\x00", b"\x01")] == [False, True]
    assert element_kind(Reader(b"\x00", 0, 1)) is FUNCREF
    with pytest.raises(Malformed, match="malformed element kind"):
        element_kind(Reader(b"\x01", 0, 1))


def test_heap_types_are_abstract_or_an_index() -> None:
    assert read(heap_type, b"\x6e", V3) is ANY
    assert read(heap_type, b"\x00", V3) is FUNCTION
    assert read(heap_type, b"\xe4\x00", V3) == UnknownType(100)
