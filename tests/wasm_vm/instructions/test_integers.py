"""Integer rows against plain Python integers."""

from __future__ import annotations

import operator
from collections.abc import Callable

import pytest

from wasm_vm.errors import Trap
from wasm_vm.instructions import BY_NAME
from wasm_vm.instructions.meaning import function

Binary = Callable[[int, int], int]


def toward_zero(left: int, right: int) -> int:
    return (abs(left) // abs(right)) * (1 if (left < 0) == (right < 0) else -1)


UNSIGNED: dict[str, Binary] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "and": operator.and_,
    "or": operator.or_, "xor": operator.xor, "div_u": operator.floordiv, "rem_u": operator.mod,
    "eq": operator.eq, "ne": operator.ne, "lt_u": operator.lt, "gt_u": operator.gt,
    "le_u": operator.le, "ge_u": operator.ge,
}  # fmt: skip
SIGNED: dict[str, Binary] = {
    "div_s": toward_zero,
    "rem_s": lambda left, right: left - right * toward_zero(left, right),
    "lt_s": operator.lt, "gt_s": operator.gt, "le_s": operator.le, "ge_s": operator.ge,
}  # fmt: skip


def edges(bits: int) -> list[int]:
    last = 1 << bits - 1
    return [
        0,
        1,
        2,
        7,
        bits - 1,
        bits,
        bits + 1,
        last - 1,
        last,
        last + 1,
        2 * last - 1,
        2 * last - 7,
    ]


def signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> bits - 1 else value


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("name", [*UNSIGNED, *SIGNED])
def test_binary_operators(name: str, bits: int) -> None:
    call = function(BY_NAME[f"i{bits}.{name}"])
    for left in edges(bits):
        for right in edges(bits):
            if name in SIGNED:
                operands = signed(left, bits), signed(right, bits)
                expected = SIGNED[name]
            else:
                operands, expected = (left, right), UNSIGNED[name]
            divides = name[:3] in ("div", "rem")
            overflow = name == "div_s" and operands == (-(1 << bits - 1), -1)
            if divides and (not right or overflow):
                with pytest.raises(Trap, match=r"integer (divide by zero|overflow)"):
                    call(left, right)
                continue
            found = call(left, right)
            assert found == expected(*operands) % (1 << bits), (left, right)
            assert type(found) is int


@pytest.mark.parametrize("bits", [32, 64])
def test_shifts_and_rotations_against_strings_of_bits(bits: int) -> None:
    for value in edges(bits):
        digits = f"{value:0{bits}b}"
        for distance in (0, 1, 5, bits - 1, bits, bits + 3, (1 << bits) - 1):
            by = distance % bits
            expected = {
                "shl": digits[by:] + "0" * by,
                "shr_u": "0" * by + digits[: bits - by],
                "shr_s": digits[0] * by + digits[: bits - by],
                "rotl": digits[by:] + digits[:by],
                "rotr": digits[bits - by :] + digits[: bits - by],
            }
            for name, answer in expected.items():
                found = function(BY_NAME[f"i{bits}.{name}"])(value, distance)
                assert found == int(answer, 2), (name, value, distance)


@pytest.mark.parametrize("bits", [32, 64])
def test_counts_against_strings_of_bits(bits: int) -> None:
    for value in edges(bits):
        digits = f"{value:0{bits}b}"
        assert function(BY_NAME[f"i{bits}.clz"])(value) == bits - len(digits.lstrip("0"))
        assert function(BY_NAME[f"i{bits}.ctz"])(value) == bits - len(digits.rstrip("0"))
        assert function(BY_NAME[f"i{bits}.popcnt"])(value) == digits.count("1")
        assert function(BY_NAME[f"i{bits}.eqz"])(value) == (value == 0)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("i32.wrap_i64", 0xFFFF_FFFF_8000_0001, 0x8000_0001),
        ("i64.extend_i32_s", 0x8000_0000, 0xFFFF_FFFF_8000_0000),
        ("i64.extend_i32_s", 0x7FFF_FFFF, 0x7FFF_FFFF),
        ("i64.extend_i32_u", 0x8000_0000, 0x8000_0000),
        ("i32.extend8_s", 0x1234_5680, 0xFFFF_FF80),
        ("i32.extend8_s", 0xFFFF_FF7F, 0x7F),
        ("i32.extend16_s", 0x8000, 0xFFFF_8000),
        ("i64.extend8_s", 0x80, 0xFFFF_FFFF_FFFF_FF80),
        ("i64.extend16_s", 0xFFFF_FFFF_FFFF_7FFF, 0x7FFF),
        ("i64.extend32_s", 0x8000_0000, 0xFFFF_FFFF_8000_0000),
    ],
)
def test_widths(name: str, value: int, expected: int) -> None:
    assert function(BY_NAME[name])(value) == expected
