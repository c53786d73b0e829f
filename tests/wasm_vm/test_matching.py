from __future__ import annotations

import itertools

import pytest

import wasm_vm
from tests.support import wat
from wasm_vm.matching import (
    all_match,
    composite_matches,
    field_matches,
    heap_matches,
    matches,
)
from wasm_vm.types import (
    ANY,
    ARRAY,
    BOTTOM,
    BY_NAME,
    EQ,
    EXN,
    EXTERN,
    F32,
    FUNC,
    I8,
    I16,
    I31,
    I32,
    NOEXN,
    NOEXTERN,
    NOFUNC,
    NONE,
    STRUCT,
    AbstractHeapType,
    ArrayType,
    FieldType,
    FunctionType,
    ReferenceType,
    StructType,
    UnknownType,
)

HIERARCHIES = (
    (ANY, EQ, I31, STRUCT, ARRAY, NONE),
    (FUNC, NOFUNC),
    (EXTERN, NOEXTERN),
    (EXN, NOEXN),
)
BELOW = {
    (EQ, ANY), (I31, EQ), (I31, ANY), (STRUCT, EQ), (STRUCT, ANY), (ARRAY, EQ), (ARRAY, ANY),
    (NONE, I31), (NONE, STRUCT), (NONE, ARRAY), (NONE, EQ), (NONE, ANY), (NOFUNC, FUNC),
    (NOEXTERN, EXTERN), (NOEXN, EXN),
}  # fmt: skip
"""All pairs of different abstract types that match (spec 3.3.3)."""

ABSTRACT = sorted((kind for hierarchy in HIERARCHIES for kind in hierarchy), key=str)

TYPES = """
(type $s (sub (struct (field i32))))
(type $t (sub $s (struct (field i32) (field f32))))
(type $u (sub final $t (struct (field i32) (field f32))))
(type $a (array i8))
(type $f (sub (func (result anyref))))
(type $g (sub $f (func (result eqref))))
"""


def defined(text: str = TYPES) -> tuple[wasm_vm.types.DefinedType, ...]:
    return wasm_vm.decode(wat.assemble(text)).types


@pytest.mark.parametrize(
    ("actual", "expected"), list(itertools.product(ABSTRACT, ABSTRACT)), ids=lambda kind: str(kind)
)
def test_abstract_heap_types(actual: AbstractHeapType, expected: AbstractHeapType) -> None:
    assert heap_matches(actual, expected) == (actual is expected or (actual, expected) in BELOW)


def test_bottom_is_below_everything() -> None:
    for kind in (*ABSTRACT, *defined(), BOTTOM):
        assert heap_matches(BOTTOM, kind)
    for kind in ABSTRACT:
        assert not heap_matches(kind, BOTTOM)


def test_defined_types_follow_their_declarations() -> None:
    s, t, u, a, f, g = defined()
    below = {(t, s), (u, t), (u, s), (g, f)}
    for actual, expected in itertools.product((s, t, u, a, f, g), repeat=2):
        assert heap_matches(actual, expected) == (actual is expected or (actual, expected) in below)


def test_defined_types_stand_between_their_kind_and_its_bottom() -> None:
    s, _, _, a, f, _ = defined()
    for kind, above in ((s, {STRUCT, EQ, ANY}), (a, {ARRAY, EQ, ANY}), (f, {FUNC})):
        assert {each for each in ABSTRACT if heap_matches(kind, each)} == above
    for kind, below in ((s, {NONE}), (a, {NONE}), (f, {NOFUNC})):
        assert {each for each in ABSTRACT if heap_matches(each, kind)} == below


def test_equal_definitions_of_two_modules_are_one_type() -> None:
    assert defined() == defined()
    assert heap_matches(defined()[1], defined()[0])


def test_a_type_that_does_not_exist_matches_itself_alone() -> None:
    assert heap_matches(UnknownType(3), UnknownType(3))
    assert not heap_matches(UnknownType(3), UnknownType(4))
    assert not heap_matches(UnknownType(3), ANY)


@pytest.mark.parametrize(("actual", "expected"), list(itertools.product((True, False), repeat=2)))
def test_null_goes_up_and_never_down(actual: bool, expected: bool) -> None:
    assert matches(ReferenceType(actual, I31), ReferenceType(expected, EQ)) == (
        expected or not actual
    )


def test_numbers_match_themselves_alone() -> None:
    numbers = [BY_NAME[name] for name in ("i32", "i64", "f32", "f64", "v128", "anyref")]
    for actual, expected in itertools.product(numbers, repeat=2):
        assert matches(actual, expected) == (actual is expected)


def test_all_must_match_and_be_as_many() -> None:
    assert all_match((I32, BY_NAME["i31ref"]), (I32, BY_NAME["anyref"]))
    assert not all_match((I32, BY_NAME["anyref"]), (I32, BY_NAME["i31ref"]))
    assert not all_match((I32,), (I32, I32))
    assert all_match((), ())


EQREF, ANYREF = BY_NAME["eqref"], BY_NAME["anyref"]


@pytest.mark.parametrize(
    ("actual", "expected", "fits"),
    [
        (FieldType(EQREF, False), FieldType(ANYREF, False), True),
        (FieldType(EQREF, True), FieldType(ANYREF, True), False),
        (FieldType(ANYREF, True), FieldType(ANYREF, True), True),
        (FieldType(EQREF, True), FieldType(EQREF, False), False),
        (FieldType(EQREF, False), FieldType(EQREF, True), False),
        (FieldType(I8, True), FieldType(I8, True), True),
        (FieldType(I8, False), FieldType(I16, False), False),
        (FieldType(I8, False), FieldType(I32, False), False),
        (FieldType(I32, False), FieldType(F32, False), False),
    ],
)
def test_fields(actual: FieldType, expected: FieldType, fits: bool) -> None:
    assert field_matches(actual, expected) == fits


ONE = FieldType(I32, False)


@pytest.mark.parametrize(
    ("actual", "expected", "fits"),
    [
        (FunctionType((ANYREF,), (EQREF,)), FunctionType((EQREF,), (ANYREF,)), True),
        (FunctionType((EQREF,), (EQREF,)), FunctionType((ANYREF,), (ANYREF,)), False),
        (FunctionType((), (ANYREF,)), FunctionType((), (EQREF,)), False),
        (FunctionType((I32,), ()), FunctionType((), ()), False),
        (StructType((ONE, ONE)), StructType((ONE,)), True),
        (StructType((ONE,)), StructType((ONE, ONE)), False),
        (StructType((FieldType(F32, False), ONE)), StructType((ONE,)), False),
        (ArrayType(FieldType(EQREF, False)), ArrayType(FieldType(ANYREF, False)), True),
        (ArrayType(FieldType(EQREF, True)), ArrayType(FieldType(ANYREF, True)), False),
        (StructType((ONE,)), ArrayType(ONE), False),
        (ArrayType(ONE), FunctionType((), ()), False),
    ],
)
def test_composite_types(
    actual: wasm_vm.types.CompositeType, expected: wasm_vm.types.CompositeType, fits: bool
) -> None:
    assert composite_matches(actual, expected) == fits
