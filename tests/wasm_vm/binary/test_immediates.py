from __future__ import annotations

from typing import Any

import pytest

from tests.support.binaries import leb
from wasm_vm.binary.immediates import readers
from wasm_vm.binary.reader import Reader
from wasm_vm.errors import LimitExceeded, Malformed
from wasm_vm.instructions import TABLE
from wasm_vm.limits import Limits
from wasm_vm.module import MemoryArgument
from wasm_vm.numeric import f32_bits, f64_bits
from wasm_vm.types import EXTERNREF, FUNCREF, I32, I64, Features

V1, V2, V3 = Features.V1, Features.V2, Features.V3
ALL = (V1, V2, V3)


def read(kind: str, data: bytes, level: Features, data_count: bool = True) -> Any:
    reader = Reader(data, 0, len(data))
    found = readers(level, Limits(branch_table=3), data_count)[kind](reader)
    assert reader.position == len(data)
    return found


def test_every_kind_of_the_table_has_a_reader() -> None:
    for level in ALL:
        known = readers(level, Limits(), True)
        assert {row.immediates for row in TABLE if row.since <= level} - {""} <= set(known)


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
        ("reference", b"\x70", ALL, FUNCREF),
        ("memarg", b"\x02\x80\x01", ALL, MemoryArgument(2, 128, 0)),
        ("memarg", b"\x42\x01\x07", (V3,), MemoryArgument(2, 7, 1)),
        ("memarg", b"\x00" + leb(1 << 40), (V3,), MemoryArgument(0, 1 << 40, 0)),
        ("data", b"\x01", ALL, 1),
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
        ("reference", b"\x7f", V2, "malformed reference type"),
    ],
)
def test_malformed(kind: str, data: bytes, level: Features, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        read(kind, data, level)


def test_without_a_data_count_no_segment_can_be_named() -> None:
    for kind in ("data", "data memory"):
        with pytest.raises(Malformed, match="data count section required"):
            read(kind, b"\x00\x00", V2, data_count=False)


def test_branch_tables_are_bounded() -> None:
    with pytest.raises(LimitExceeded) as caught:
        read("labels", b"\x04\x00\x00\x00\x00\x00", V3)
    assert caught.value.limit == "branch_table"
