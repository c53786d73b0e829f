"""Memory instructions and lanes, 32 and 64 bit, each with wasmtime's verdict."""

from __future__ import annotations

import pytest

import wasm_vm
from tests.support import wat
from tests.support.binaries import leb, one_function, section
from tests.support.rule_bodies import check_invalid, check_invalid_3, check_valid, check_valid_3
from tests.support.wasmtime_oracle import accepts
from wasm_vm.errors import Invalid
from wasm_vm.instructions import TABLE
from wasm_vm.types import Features
from wasm_vm.validation.rules import RULES

VALID = (
    "(result i64) (i64.load32_s offset=4294967295 align=4 (i32.const 0))",
    "(i64.store8 align=1 (i32.const 0) (i64.const 0))",
    "(result i32) (memory.grow (memory.size))",
    "(memory.init $d (i32.const 0) (i32.const 0) (i32.const 0)) (data.drop $d)",
    "(memory.copy (i32.const 0) (i32.const 0) (i32.const 0))",
    "(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))",
)

INVALID = {
    "(drop (i32.load align=8 (i32.const 0)))": "alignment must not be larger than natural",
    "(drop (i32.load8_u align=2 (i32.const 0)))": "alignment must not be larger than natural",
    "(drop (i32.load (i64.const 0)))": "expected i32, found i64",
    "(i64.store (i32.const 0) (i32.const 0))": "expected i64, found i32",
    "(memory.init 9 (i32.const 0) (i32.const 0) (i32.const 0))": "unknown data segment 9",
    "data.drop 9": "unknown data segment 9",
    "(memory.fill (i32.const 0) (i64.const 0) (i32.const 0))": "expected i32, found i64",
}  # fmt: skip

VALID_3 = (
    "(result i32) (i32.load $m64 (i64.const 0))",
    "(result i32) (i32.load $m64 offset=0x100000000 (i64.const 0))",
    "(i64.store8 $m64 (i64.const 0) (i64.const 0))",
    "(result i64) (memory.size $m64)",
    "(result i64) (memory.grow $m64 (i64.const 1))",
    "(memory.fill $m64 (i64.const 0) (i32.const 0) (i64.const 0))",
    "(memory.copy $m64 0 (i64.const 0) (i32.const 0) (i32.const 0))",
    "(memory.copy 0 $m64 (i32.const 0) (i64.const 0) (i32.const 0))",
    "(memory.copy $m64 $m64 (i64.const 0) (i64.const 0) (i64.const 0))",
    "(memory.init $m64 $d (i64.const 0) (i32.const 0) (i32.const 0))",
    "(result v128) (v128.load $m64 (i64.const 0))",
    "(result v128) (v128.load16_lane $m64 7 (i64.const 0) (v128.const i64x2 0 0))",
    "(v128.store64_lane align=8 1 (i32.const 0) (v128.const i64x2 0 0))",
    "(result i32) (i16x8.extract_lane_u 7 (v128.const i64x2 0 0))",
    (
        "(result v128) (i8x16.shuffle 0 31 0 0 0 0 0 0 0 0 0 0 0 0 0 0 (v128.const i64x2 "
        "0 0) (v128.const i64x2 0 0))"
    ),
)

INVALID_3 = {
    "(drop (i32.load $m64 (i32.const 0)))": "expected i64, found i32",
    "(drop (i32.load offset=0x100000000 (i32.const 0)))": "offset out of range",
    "(drop (i32.load 9 (i32.const 0)))": "unknown memory 9",
    "(i64.store8 $m64 (i32.const 0) (i64.const 0))": "expected i64, found i32",
    "(result i32) (memory.size $m64)": "expected i32, found i64",
    "(drop (memory.grow $m64 (i32.const 1)))": "expected i64, found i32",
    "(memory.fill $m64 (i64.const 0) (i32.const 0) (i32.const 0))": "expected i64, found i32",
    "(memory.copy $m64 0 (i64.const 0) (i32.const 0) (i64.const 0))": "expected i32, found i64",
    "(memory.copy 0 $m64 (i64.const 0) (i64.const 0) (i32.const 0))": "expected i32, found i64",
    "(memory.init $m64 $d (i32.const 0) (i32.const 0) (i32.const 0))": "expected i64, found i32",
    "(drop (v128.load align=32 (i32.const 0)))": "alignment must not be larger than natural",
    "(drop (v128.load32_zero align=8 (i32.const 0)))": "alignment must not be larger than natural",
    "(drop (v128.load (i64.const 0)))": "expected i32, found i64",
    "(v128.store (i32.const 0) (i32.const 0))": "expected v128, found i32",
    "(drop (v128.load16_lane 8 (i32.const 0) (v128.const i64x2 0 0)))": "invalid lane index 8",
    "(v128.store64_lane 2 (i32.const 0) (v128.const i64x2 0 0))": "invalid lane index 2",
    "(drop (f64x2.extract_lane 2 (v128.const i64x2 0 0)))": "invalid lane index 2",
    "(drop (i8x16.replace_lane 16 (v128.const i64x2 0 0) (i32.const 0)))": "invalid lane index 16",
    "(drop (i8x16.replace_lane 15 (v128.const i64x2 0 0) (i64.const 0)))":
        "expected i32, found i64",
    (
        "(drop (i8x16.shuffle 0 32 0 0 0 0 0 0 0 0 0 0 0 0 0 0 (v128.const i64x2 0 0) "
        "(v128.const i64x2 0 0)))"
    ): "invalid lane index 32",
}  # fmt: skip


@pytest.mark.parametrize("body", VALID)
def test_valid(body: str) -> None:
    check_valid(body)


@pytest.mark.parametrize("body", INVALID)
def test_invalid(body: str) -> None:
    check_invalid(body, INVALID[body])


@pytest.mark.parametrize("body", VALID_3)
def test_valid_in_the_third_release(body: str) -> None:
    check_valid_3(body)


@pytest.mark.parametrize("body", INVALID_3)
def test_invalid_in_the_third_release(body: str) -> None:
    check_invalid_3(body, INVALID_3[body])


WITHOUT_MEMORY = (
    "(drop (i32.load (i32.const 0)))",
    "(i32.store8 (i32.const 0) (i32.const 0))",
    "(drop (memory.size))",
    "(drop (memory.grow (i32.const 0)))",
    "(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))",
    "(memory.copy (i32.const 0) (i32.const 0) (i32.const 0))",
    "(drop (v128.load8_splat (i32.const 0)))",
    "(v128.store8_lane 0 (i32.const 0) (v128.const i64x2 0 0))",
)


@pytest.mark.parametrize("body", WITHOUT_MEMORY)
def test_memories_must_exist(body: str) -> None:
    binary = wat.assemble(f"(func {body})")
    with pytest.raises(Invalid, match="unknown memory 0"):
        wasm_vm.load(binary)
    assert not accepts(binary)


def test_offsets_above_four_gigabytes_are_read_and_refused_in_the_third_release() -> None:
    binary = one_function(
        b"\x41\x00\x28\x02" + leb(1 << 32) + b"\x1a", sections=[section(5, b"\x00\x01")]
    )
    with pytest.raises(Invalid, match="offset out of range"):
        wasm_vm.load(binary)
    with pytest.raises(wasm_vm.Malformed):
        wasm_vm.load(binary, features=Features.V2)


def test_every_access_has_a_rule_of_its_own() -> None:
    """Its address has the memory's type, which no row can say."""
    accesses = {row.name for row in TABLE if row.access is not None}
    assert accesses <= set(RULES)
    assert len({RULES[name] for name in accesses}) == len(accesses)
