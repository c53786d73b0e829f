from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wasm_vm.binary import types
from wasm_vm.binary.reader import Reader
from wasm_vm.errors import LimitExceeded, Malformed
from wasm_vm.limits import Limits
from wasm_vm.types import (
    EXTERNREF,
    F32,
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

V1, V2, V3 = Features.V1, Features.V2, Features.V3


def read(decode: Callable[[Reader, Features], Any], data: bytes, level: Features) -> Any:
    reader = Reader(data, 0, len(data))
    found = decode(reader, level)
    assert reader.position == len(data)
    return found


def function_type(reader: Reader, level: Features) -> FunctionType:
    return types.function_type(reader, level, Limits())


@pytest.mark.parametrize(
    ("decode", "data", "first", "expected"),
    [
        (types.value_type, b"\x7f", V1, I32),
        (types.value_type, b"\x7e", V1, I64),
        (types.value_type, b"\x7d", V1, F32),
        (types.value_type, b"\x7c", V1, F64),
        (types.value_type, b"\x7b", V2, V128),
        (types.value_type, b"\x70", V2, FUNCREF),
        (types.value_type, b"\x6f", V2, EXTERNREF),
        (types.reference_type, b"\x70", V1, FUNCREF),
        (types.reference_type, b"\x6f", V2, EXTERNREF),
        (function_type, b"\x60\x00\x00", V1, FunctionType((), ())),
        (function_type, b"\x60\x02\x7f\x7e\x01\x7c", V1, FunctionType((I32, I64), (F64,))),
        (types.bounds, b"\x00\x05", V1, Bounds(5)),
        (types.bounds, b"\x01\x05\x80\x01", V1, Bounds(5, 128)),
        (types.bounds, b"\x00\x80\x80\x80\x80\x80\x00", V3, Bounds(0)),
        (types.memory_type, b"\x00\x01", V1, MemoryType(Bounds(1))),
        (types.table_type, b"\x70\x00\x02", V1, TableType(FUNCREF, Bounds(2))),
        (types.global_type, b"\x7f\x00", V1, GlobalType(I32)),
        (types.global_type, b"\x7c\x01", V1, GlobalType(F64, mutable=True)),
    ],
)
def test_well_formed_from_a_level_on(
    decode: Callable[[Reader, Features], Any], data: bytes, first: Features, expected: Any
) -> None:
    for level in Features:
        if level >= first:
            assert read(decode, data, level) == expected
        else:
            with pytest.raises(Malformed):
                read(decode, data, level)


@pytest.mark.parametrize(
    ("decode", "data", "message", "offset"),
    [
        (types.value_type, b"\x7a", "malformed value type", 0),
        (types.value_type, b"\x40", "malformed value type", 0),
        (types.reference_type, b"\x7f", "malformed reference type", 0),
        (function_type, b"\x61\x00\x00", "malformed function type", 0),
        (function_type, b"\x60\x01\x01\x00", "malformed value type", 2),
        (types.bounds, b"\x02\x01", "shared memory is the threads proposal", 0),
        (types.bounds, b"\x03\x01\x01", "shared memory is the threads proposal", 0),
        (types.bounds, b"\x05\x01", "malformed limits flags", 0),
        (types.bounds, b"\x81\x00\x01", "malformed limits flags", 0),
        (types.global_type, b"\x7f\x02", "malformed mutability", 1),
        (types.global_type, b"\x7f", "unexpected end", 1),
    ],
)
def test_malformed_at_every_level(
    decode: Callable[[Reader, Features], Any], data: bytes, message: str, offset: int
) -> None:
    for level in Features:
        with pytest.raises(Malformed, match=message) as caught:
            read(decode, data, level)
        assert caught.value.offset == offset


def test_parameters_and_results_are_bounded() -> None:
    reader = Reader(b"\x60\x02\x7f\x7f\x00", 0, 5)
    with pytest.raises(LimitExceeded) as caught:
        types.function_type(reader, V3, Limits(parameters=1))
    assert caught.value.limit == "parameters"
    reader = Reader(b"\x60\x00\x02\x7f\x7f", 0, 5)
    with pytest.raises(LimitExceeded) as caught:
        types.function_type(reader, V3, Limits(results=1))
    assert caught.value.limit == "results"
