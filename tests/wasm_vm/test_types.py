from __future__ import annotations

import gc
import weakref

import pytest

from wasm_vm.types import (
    ANY,
    ARRAY,
    BOTTOM,
    BY_NAME,
    EXTERN,
    F32,
    F64,
    FUNC,
    FUNCREF,
    I8,
    I32,
    I64,
    NOFUNC,
    NONE,
    NUMBERS,
    REFERENCES,
    STRUCT,
    V128,
    AbstractHeapType,
    ArrayType,
    Bounds,
    CompositeType,
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
    define,
    define_function,
)


def test_value_types_by_name_and_code() -> None:
    assert {code: kind.name for code, kind in NUMBERS.items()} == {
        0x7F: "i32", 0x7E: "i64", 0x7D: "f32", 0x7C: "f64", 0x7B: "v128",
    }  # fmt: skip
    assert {code: kind.name for code, kind in REFERENCES.items()} == {
        0x74: "nullexnref", 0x73: "nullfuncref", 0x72: "nullexternref", 0x71: "nullref",
        0x70: "funcref", 0x6F: "externref", 0x6E: "anyref", 0x6D: "eqref", 0x6C: "i31ref",
        0x6B: "structref", 0x6A: "arrayref", 0x69: "exnref",
    }  # fmt: skip
    assert set(BY_NAME.values()) == {*NUMBERS.values(), *REFERENCES.values()}
    assert all(repr(kind) == kind.name == name for name, kind in BY_NAME.items())


def test_numbers_and_references() -> None:
    assert {kind for kind in BY_NAME.values() if kind.is_number} == {I32, I64, F32, F64, V128}
    assert {kind for kind in BY_NAME.values() if not kind.is_number} == set(REFERENCES.values())


def test_zero_is_the_default_of_numbers_and_null_of_references() -> None:
    assert [kind.zero for kind in (I32, I64, F32, F64)] == [0, 0, 0.0, 0.0]
    assert [type(kind.zero) for kind in (I64, F32)] == [int, float]
    assert V128.zero == bytes(16)
    assert all(kind.zero is None and kind.has_default for kind in REFERENCES.values())
    assert I32.has_default
    assert not ReferenceType(False, FUNC).has_default


def test_references_compare_by_nullability_and_heap_type() -> None:
    assert ReferenceType(True, FUNC) == FUNCREF
    assert hash(ReferenceType(True, FUNC)) == hash(FUNCREF)
    assert ReferenceType(False, FUNC) != FUNCREF != ReferenceType(True, EXTERN)
    assert FUNCREF != I32
    assert ReferenceType(False, FUNC).name == "(ref func)"


def test_abstract_heap_types_know_what_is_above_them() -> None:
    assert {kind.name for kind in NONE.above} == {"none", "i31", "struct", "array", "eq", "any"}
    assert NOFUNC.above == {NOFUNC, FUNC}
    assert ANY.above == {ANY}
    for kind in REFERENCES.values():
        assert kind.heap in BOTTOM.above


# --- canonical types ------------------------------------------------------------------------------

TAIL = FieldType(ReferenceType(True, RecursiveIndex(0)), False)
LIST = SubType(True, (), StructType((FieldType(I8, True), TAIL)))
SIMPLE = FunctionType((I32,), (I64,))


def test_equal_types_are_one_object() -> None:
    assert define_function(SIMPLE) is define_function(FunctionType((I32,), (I64,)))
    assert define_function(SIMPLE) is define((SubType(True, (), SIMPLE),))[0]
    assert define_function(SIMPLE) is not define((SubType(False, (), SIMPLE),))[0]
    assert define([LIST])[0] is define((LIST,))[0]


def test_a_type_in_a_greater_group_is_another_one() -> None:
    one, two = define((LIST, SubType(True, (), SIMPLE)))
    assert one.group is two.group
    assert (one.position, two.position) == (0, 1)
    assert two is not define_function(SIMPLE)
    assert one is not define((LIST,))[0]


def test_a_type_that_names_itself_is_closed() -> None:
    (found,) = define((LIST,))
    assert isinstance(found.composite, StructType)
    packed, tail = found.composite.fields
    assert tail.storage == ReferenceType(True, found)
    assert (packed.packed, packed.value, tail.packed, tail.value) == (
        True,
        I32,
        False,
        ReferenceType(True, found),
    )


def test_supertypes_are_closed_too() -> None:
    parent, child = define(
        (
            SubType(False, (), StructType(())),
            SubType(True, (RecursiveIndex(0),), StructType((FieldType(I32, False),))),
        )
    )
    assert (parent.supertypes, child.supertypes) == ((), (parent,))
    assert (parent.final, child.final) == (False, True)


def test_groups_without_users_are_forgotten() -> None:
    made = define((SubType(True, (), FunctionType((I32,) * 77, ())),))
    group = weakref.ref(made[0].group)
    assert group() is not None
    del made
    gc.collect()
    assert group() is None


@pytest.mark.parametrize(
    ("composite", "abstract", "bottom", "shown"),
    [
        (SIMPLE, FUNC, NOFUNC, "func of 1 parameters and 1 results"),
        (StructType(()), STRUCT, NONE, "struct of 0 fields"),
        (ArrayType(FieldType(I8, True)), ARRAY, NONE, "array of i8"),
    ],
)
def test_a_defined_type_stands_between_two_abstract_ones(
    composite: CompositeType, abstract: AbstractHeapType, bottom: AbstractHeapType, shown: str
) -> None:
    (found,) = define((SubType(True, (), composite),))
    assert (found.abstract, found.bottom, repr(found)) == (abstract, bottom, shown)


def test_types_compare_by_value() -> None:
    assert FunctionType((I32,), (I64,)) == FunctionType((I32,), (I64,))
    assert FunctionType((I32,), ()) != FunctionType((), (I32,))
    assert len({MemoryType(Bounds(1)), MemoryType(Bounds(1)), MemoryType(Bounds(1, 2))}) == 2


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (FunctionType((), ()), "[] -> []"),
        (FunctionType((I32, F64), (I64, I64)), "[i32 f64] -> [i64 i64]"),
        (MemoryType(Bounds(1, 2)), "memory 1 2"),
        (TableType(FUNCREF, Bounds(10)), "table 10 funcref"),
        (MemoryType(Bounds(1), I64), "memory i64 1"),
        (TableType(FUNCREF, Bounds(1, 2), I64), "table i64 1 2 funcref"),
        (TagType(define_function(FunctionType((I32,), ()))), "tag [i32] -> []"),
        (GlobalType(I32), "global i32"),
        (GlobalType(F64, mutable=True), "global (mut f64)"),
    ],
)
def test_types_are_shown_as_in_the_text_format(kind: object, text: str) -> None:
    assert str(kind) == text


@pytest.mark.parametrize(
    ("actual", "wanted", "fits"),
    [
        (Bounds(1), Bounds(1), True),
        (Bounds(2), Bounds(1), True),
        (Bounds(0), Bounds(1), False),
        (Bounds(1, 5), Bounds(1), True),
        (Bounds(1), Bounds(1, 5), False),
        (Bounds(1, 5), Bounds(1, 5), True),
        (Bounds(1, 6), Bounds(1, 5), False),
        (Bounds(3, 4), Bounds(1, 5), True),
    ],
)
def test_bounds_fit_an_import(actual: Bounds, wanted: Bounds, fits: bool) -> None:
    assert actual.fits(wanted) is fits


def test_levels_are_ordered() -> None:
    assert Features.V1 < Features.V2 < Features.V3
