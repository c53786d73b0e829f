from __future__ import annotations

import pytest

from tests.support.binaries import I32, I64, V128, body, leb
from wasm_vm.binary.code import Grammar, expression, function_body, opcodes
from wasm_vm.binary.reader import Reader
from wasm_vm.binary.types import TypeReader
from wasm_vm.errors import LimitExceeded, Malformed
from wasm_vm.instructions import TABLE
from wasm_vm.limits import Limits
from wasm_vm.module import Code, Expression
from wasm_vm.types import FUNCREF, Features, FunctionType, ReferenceType, define_function


def level(features: Features = Features.V3, **limits: int) -> Grammar:
    return Grammar(TypeReader(features, Limits(**limits)), opcodes(features, True))


def steps(data: bytes, known: Grammar | None = None) -> Expression:
    reader = Reader(data, 0, len(data))
    found = expression(reader, known or level())
    assert reader.position == len(data)
    return found


def code(data: bytes, known: Grammar | None = None) -> Code:
    return function_body(Reader(data, 0, len(data)), known or level())


def test_steps_are_rows_immediates_and_offsets() -> None:
    found = steps(b"\x41\x05\x02\x7f\x41\x80\x01\x0b\x6a\xfc\x00\x0b")
    assert [(row.name, immediate, offset) for row, immediate, offset in found] == [
        ("i32.const", 5, 0),
        ("block", found[1][1], 2),
        ("i32.const", 128, 4),
        ("end", None, 7),
        ("i32.add", None, 8),
        ("i32.trunc_sat_f32_s", None, 9),
        ("end", None, 11),
    ]


def test_instructions_exist_from_their_level_on() -> None:
    for features in Features:
        known = level(features).opcodes
        assert set(known) == {row.code for row in TABLE if row.since <= features}
        assert all(row.code == code for code, (row, _) in known.items())


def test_without_a_data_count_no_segment_can_be_named() -> None:
    known = Grammar(TypeReader(Features.V3, Limits()), opcodes(Features.V3, False))
    for data in (b"\xfc\x09\x00", b"\xfc\x08\x00\x00", b"\xfb\x09\x00\x00", b"\xfb\x12\x00\x00"):
        assert len(steps(data + b"\x0b")) == 2
        with pytest.raises(Malformed, match="data count section required"):
            steps(data + b"\x0b", known)


def test_types_in_bodies_are_those_of_the_module() -> None:
    types = TypeReader(Features.V3, Limits())
    types.defined += define_function(FunctionType((), ())), define_function(FunctionType((), ()))
    found = steps(b"\xd0\x00\xd0\x70\x0b", Grammar(types, opcodes(Features.V3, True)))
    assert [immediate for _, immediate, _ in found] == [
        ReferenceType(True, types.defined[0]),
        FUNCREF,
        None,
    ]
    steps(b"\xd0\x02\x0b", Grammar(types, opcodes(Features.V3, True)))
    assert types.unknown == [(2, 1)]


@pytest.mark.parametrize(
    ("data", "message", "offset"),
    [
        (b"", "END opcode expected", 0),
        (b"\x01", "END opcode expected", 1),
        (b"\x02\x40\x0b", "END opcode expected", 3),
        (b"\xff\x0b", "illegal opcode ff", 0),
        (b"\x01\x06\x0b", "illegal opcode 06", 1),
        (b"\xfc\x12\x0b", "illegal opcode fc 12", 0),
        (b"\xfb\x1f\x0b", "illegal opcode fb 1f", 0),
        (b"\xfd\x9a\x01\x0b", "illegal opcode fd 9a", 0),
        (b"\x1f\x40\x00\x05\x0b\x0b", "misplaced ELSE opcode", 3),
        (b"\xfc", "unexpected end", 1),
        (b"\x05\x0b", "misplaced ELSE opcode", 0),
        (b"\x02\x40\x05\x0b\x0b", "misplaced ELSE opcode", 2),
        (b"\x04\x40\x05\x05\x0b\x0b", "misplaced ELSE opcode", 3),
        (b"\x04\x40\x02\x40\x05\x0b\x0b\x0b", "misplaced ELSE opcode", 4),
    ],
)
def test_malformed(data: bytes, message: str, offset: int) -> None:
    with pytest.raises(Malformed, match=message) as caught:
        steps(data)
    assert caught.value.offset == offset


@pytest.mark.parametrize("number", [0x1_0008, 0x1_0000, 0xFC_0008, 0x4_000B, 0x80_0000, 2**32 - 1])
def test_a_prefixed_number_is_taken_whole(number: int) -> None:
    """A number whose low bits are those of an instruction is another one, and none."""
    with pytest.raises(Malformed, match=f"illegal opcode fc {number:x}"):
        steps(b"\xfc" + leb(number) + b"\x00\x00\x0b")


def test_a_prefixed_number_may_be_written_overlong() -> None:
    found = steps(b"\xfc\x8b\x80\x80\x80\x00\x00\x0b")
    assert found[0][0].name == "memory.fill"


def test_nesting_is_bounded_and_depth_is_no_recursion() -> None:
    deep = 10_000
    assert len(steps(b"\x02\x40" * deep + b"\x0b" * (deep + 1))) == 2 * deep + 1
    with pytest.raises(LimitExceeded) as caught:
        steps(b"\x02\x40" * 4 + b"\x0b" * 5, level(nesting=3))
    assert caught.value.limit == "nesting"


def test_function_body() -> None:
    data = body(b"\x01", [(3, I32), (0, I64), (2, V128)])
    found = code(data)
    assert [(count, kind.name) for count, kind in found.locals] == [
        (3, "i32"),
        (0, "i64"),
        (2, "v128"),
    ]
    assert [row.name for row, _, _ in found.body] == ["nop", "end"]
    assert (found.offset, found.size) == (1, len(data) - 1)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x05\x00\x0b", "longer than its section"),
        (b"\x03\x00\x0b\x01", "bytes behind the function's END"),
        (b"\x02\x00\x01\x0b", "END opcode expected"),
        (b"\x03\x01\x01\x0b", "malformed value type"),
        (leb(14) + b"\x02\xff\xff\xff\xff\x0f\x7f\x01\x7f\x0b....", "too many locals"),
    ],
)
def test_malformed_body(data: bytes, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        code(data)


def test_bodies_are_bounded() -> None:
    for data, name in (
        (body(b"", [(0xFFFF_FFFF, I32)]), "locals"),
        (body(b"", [(30, I32), (30, I64)]), "locals"),
        (body(b"\x01" * 200), "function_bytes"),
    ):
        with pytest.raises(LimitExceeded) as caught:
            code(data, level(locals=50, function_bytes=100))
        assert caught.value.limit == name
