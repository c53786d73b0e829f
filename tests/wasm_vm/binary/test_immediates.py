from __future__ import annotations

from typing import Any

import pytest

from tests.support.binaries import leb
from wasm_vm.binary.immediates import DATA_KINDS, READERS, no_data
from wasm_vm.binary.reader import Reader
from wasm_vm.binary.types import TypeReader
from wasm_vm.errors import LimitExceeded, Malformed
from wasm_vm.instructions import TABLE
from wasm_vm.limits import Limits
from wasm_vm.module import Cast, Catch, CatchKind, MemoryArgument
from wasm_vm.numeric import f32_bits, f64_bits
from wasm_vm.types import (
    ANY,
    ANYREF,
    EXTERNREF,
    FUNCREF,
    I31,
    I31REF,
    I32,
    I64,
    NULLFUNCREF,
    V128,
    Features,
    FunctionType,
    ReferenceType,
    define_function,
)

V1, V2, V3 = Features.V1, Features.V2, Features.V3
ALL = (V1, V2, V3)
REF_ANY = ReferenceType(False, ANY)


TYPE = define_function(FunctionType((I32,), ()))


def read(kind: str, data: bytes, level: Features) -> Any:
    """The immediate, in a module whose type 0 is TYPE."""
    reader = Reader(data, 0, len(data))
    types = TypeReader(level, Limits(branch_table=3), [TYPE])
    found = READERS[kind](reader, types)
    assert reader.position == len(data)
    return found


def test_the_kinds_are_those_of_the_table() -> None:
    assert {row.immediates for row in TABLE} - {""} == set(READERS)
    assert {kind for kind in READERS if "data" in kind} == DATA_KINDS


@pytest.mark.parametrize(
    ("kind", "data", "levels", "expected"),
    [
        ("block", b"\x40", ALL, ()),
        ("block", b"\x7f", ALL, (I32,)),
        ("block", b"\x6f", (V2, V3), (EXTERNREF,)),
        ("block", b"\x05", (V2, V3), 5),
        ("block", b"\xff\x00", (V2, V3), 127),
        ("label", leb(300), ALL, 300),
        ("labels", b"\x02\x01\x00\x07", ALL, ((1, 0), 7)),
        ("labels", b"\x00\x00", ALL, ((), 0)),
        ("function", b"\x03", ALL, 3),
        ("memory", b"\x00", ALL, 0),
        ("memory", b"\x01", (V3,), 1),
        ("table", b"\x02", ALL, 2),
        ("type table", b"\x04\x00", ALL, (4, 0)),
        ("type table", b"\x04\x02", (V2, V3), (4, 2)),
        ("types", b"\x01\x7e", ALL, (I64,)),
        ("heap", b"\x70", ALL, FUNCREF),
        ("heap", b"\x6f", (V2, V3), EXTERNREF),
        ("heap", b"\x73", (V3,), NULLFUNCREF),
        ("heap", b"\x00", (V3,), ReferenceType(True, TYPE)),
        ("block", b"\x64\x00", (V3,), (ReferenceType(False, TYPE),)),
        ("block", b"\x6e", (V3,), (ANYREF,)),
        ("block", b"\x7b", (V2, V3), (V128,)),
        ("types", b"\x02\x7f\x63\x6e", (V3,), (I32, ANYREF)),
        ("memarg", b"\x02\x80\x01", ALL, MemoryArgument(2, 128, 0)),
        ("memarg", b"\x42\x01\x07", (V3,), MemoryArgument(2, 7, 1)),
        ("memarg", b"\x00" + leb(1 << 40), (V3,), MemoryArgument(0, 1 << 40, 0)),
        ("memarg", b"\x3f\x00", (V3,), MemoryArgument(63, 0, 0)),
        ("memarg", b"\x40\x80\x01\x07", (V3,), MemoryArgument(0, 7, 128)),
        ("memarg lane", b"\x01\x05\x07", ALL, (MemoryArgument(1, 5, 0), 7)),
        ("memarg lane", b"\x40\x02\x05\xff", (V3,), (MemoryArgument(0, 5, 2), 255)),
        ("lane", b"\x11", ALL, 0x11),
        ("lanes", bytes(range(16)), ALL, tuple(range(16))),
        ("v128", bytes(range(16)), ALL, bytes(range(16))),
        ("type", leb(300), ALL, 300),
        ("tag", b"\x02", ALL, 2),
        ("type field", b"\x03\x02", ALL, (3, 2)),
        ("type count", b"\x03" + leb(1000), ALL, (3, 1000)),
        ("type data", b"\x03\x02", ALL, (3, 2)),
        ("type element", b"\x03\x02", ALL, (3, 2)),
        ("type type", b"\x03\x02", ALL, (3, 2)),
        ("reference", b"\x6e", ALL, ReferenceType(False, ANY)),
        ("reference null", b"\x00", ALL, ReferenceType(True, TYPE)),
        ("cast", b"\x00\x05\x6e\x00", ALL, Cast(5, REF_ANY, ReferenceType(False, TYPE))),
        ("cast", b"\x01\x05\x6e\x6c", ALL, Cast(5, ANYREF, ReferenceType(False, I31))),
        ("cast", b"\x02\x05\x6e\x6c", ALL, Cast(5, REF_ANY, I31REF)),
        ("cast", b"\x03\x05\x6e\x6c", ALL, Cast(5, ANYREF, I31REF)),
        ("catches", b"\x40\x00", ALL, ((), ())),
        ("catches", b"\x7f\x01\x00\x04\x03", ALL, ((I32,), (Catch(CatchKind.TAG, 4, 3),))),
        (
            "catches",
            b"\x40\x03\x01\x04\x03\x02\x09\x03\x01",
            ALL,
            (
                (),
                (
                    Catch(CatchKind.TAG_REF, 4, 3),
                    Catch(CatchKind.ALL, None, 9),
                    Catch(CatchKind.ALL_REF, None, 1),
                ),
            ),
        ),
        ("data", b"\x01", ALL, 1),
        ("memory memory", b"\x02\x01", (V3,), (2, 1)),
        ("data memory", b"\x02\x01", (V3,), (2, 1)),
        ("data memory", b"\x01\x00", ALL, (1, 0)),
        ("memory memory", b"\x00\x00", ALL, (0, 0)),
        ("element table", b"\x03\x02", ALL, (3, 2)),
        ("table table", b"\x03\x02", ALL, (3, 2)),
        ("i32", b"\x7f", ALL, 0xFFFF_FFFF),
        ("i32", b"\xff\xff\xff\xff\x07", ALL, 0x7FFF_FFFF),
        ("i64", b"\x80\x7f", ALL, (1 << 64) - 128),
    ],
)
def test_immediates(kind: str, data: bytes, levels: tuple[Features, ...], expected: Any) -> None:
    for level in ALL:
        if level in levels:
            assert read(kind, data, level) == expected
        else:
            with pytest.raises(Malformed):
                read(kind, data, level)


def test_floats_keep_every_bit() -> None:
    for bits in (0, 0x8000_0000, 0x7FA0_0001, 0xFFC0_0000, 0x7F80_0000, 0x3F80_0000):
        assert f32_bits(read("f32", bits.to_bytes(4, "little"), V1)) == bits
    for bits in (1, 0x7FF4_0000_0000_0001, 0xFFF8_0000_0000_0000, 0x3FF0_0000_0000_0000):
        assert f64_bits(read("f64", bits.to_bytes(8, "little"), V1)) == bits


@pytest.mark.parametrize(
    ("kind", "data", "level", "message"),
    [
        ("block", b"\x01", V1, "malformed block type"),
        ("block", b"\x41", V2, "malformed block type"),
        ("block", b"\x80\x80\x80\x80\x70", V2, "malformed block type"),
        ("memory", b"\x01", V2, "zero byte expected"),
        ("memory", b"\x80\x00", V2, "zero byte expected"),
        ("type table", b"\x00\x01", V1, "zero byte expected"),
        ("memarg", b"\x21\x00", V2, "malformed memop flags"),
        ("memarg", b"\x80\x01\x00", V3, "malformed memop flags"),
        ("memarg", b"\x00" + leb(1 << 32), V2, "integer too large"),
        ("types", b"\x01\x01", V2, "malformed value type"),
        ("heap", b"\x7f", V2, "malformed reference type"),
        ("heap", b"\x7f", V3, "malformed heap type"),
        ("reference", b"\x40", V3, "malformed heap type"),
        ("block", b"\x6e", V2, "malformed value type"),
        ("block", b"\x78", V3, "malformed block type"),
        ("cast", b"\x04\x00\x6e\x6e", V3, "malformed br_on_cast flags"),
        ("catches", b"\x40\x01\x04\x00", V3, "malformed catch clause"),
        ("catches", b"\x41\x00", V3, "malformed block type"),
        ("lanes", bytes(15), V2, "unexpected end"),
    ],
)
def test_malformed(kind: str, data: bytes, level: Features, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        read(kind, data, level)


def test_without_a_data_count_no_segment_can_be_named() -> None:
    with pytest.raises(Malformed, match="data count section required"):
        no_data(Reader(b"\x00\x00", 0, 2), TypeReader(V2, Limits()))


def test_branch_tables_and_catch_clauses_are_bounded() -> None:
    for kind, data in (
        ("labels", b"\x04\x00\x00\x00\x00\x00"),
        ("catches", b"\x40\x04" + b"\x02\x00" * 4),
    ):
        with pytest.raises(LimitExceeded) as caught:
            read(kind, data, V3)
        assert caught.value.limit == "branch_table"
