from __future__ import annotations

import pytest

from wasm_vm.types import (
    BY_CODE,
    BY_NAME,
    EXTERNREF,
    F64,
    FUNCREF,
    I32,
    I64,
    V128,
    Bounds,
    Features,
    FunctionType,
    GlobalType,
    MemoryType,
    TableType,
)


def test_value_types_by_name_and_code() -> None:
    assert list(BY_NAME) == ["i32", "i64", "f32", "f64", "v128", "funcref", "externref"]
    assert [kind.code for kind in BY_NAME.values()] == [0x7F, 0x7E, 0x7D, 0x7C, 0x7B, 0x70, 0x6F]
    assert all(BY_CODE[kind.code] is kind and repr(kind) == name for name, kind in BY_NAME.items())


def test_numbers_and_references() -> None:
    assert [kind for kind in BY_NAME.values() if not kind.is_number] == [FUNCREF, EXTERNREF]
    assert V128.is_number


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
