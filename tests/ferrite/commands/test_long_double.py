from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrite.commands.long_double import (
    INFINITY,
    MANTISSA_BITS,
    LongDouble,
    add,
    parse,
    text,
)


def total(*texts: bytes) -> bytes:
    left, right = (parse(each) for each in texts)
    assert left is not None
    assert right is not None
    return text(add(left, right))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((b"0", b"3.14"), b"3.14"),
        ((b"0.1", b"0.2"), b"0.3"),
        ((b"10.5", b"0.1"), b"10.6"),
        ((b"5.0e3", b"2.0e2"), b"5200"),
        ((b"-1.5", b"1.5"), b"0"),
        ((b"-0", b"-0"), b"0"),
        ((b"0x1.8p3", b"0"), b"12"),
        ((b"3", b"1.1"), b"4.1"),
        ((b"1e-18", b"0"), b"0"),
        ((b"-1e-18", b"0"), b"0"),
        ((b"9007199254740993", b"1"), b"9007199254740994"),
        ((b"1e22", b"0"), b"10000000000000000000000"),
    ],
)
def test_sums(texts: tuple[bytes, bytes], expected: bytes) -> None:
    assert total(*texts) == expected


@pytest.mark.parametrize(
    "bad",
    [
        *(b"", b" 1", b"1 ", b"1e", b".", b"e5", b"0x", b"0x.p1", b"nan", b"NaN(1)", b"infinit"),
        *(b"--1", b"1\x00", b"1_0", b"1e5000", b"-1e5000", b"1e-5000", b"1" * 5120),
        b"1e" + b"9" * 50,
    ],
)
def test_what_is_no_number(bad: bytes) -> None:
    assert parse(bad) is None


@pytest.mark.parametrize("infinite", [b"inf", b"-inf", b"+Infinity", b"INF"])
def test_infinity_adds_to_nothing_finite(infinite: bytes) -> None:
    number = parse(infinite)
    assert number == INFINITY
    for other in (b"1", b"inf", b"-inf"):
        right = parse(other)
        assert right is not None
        with pytest.raises(OverflowError):
            add(INFINITY, right)


def test_a_sum_may_be_too_large() -> None:
    largest = parse(b"1.18973149535723176502e4932")
    assert largest is not None
    with pytest.raises(OverflowError):
        add(largest, largest)
    assert len(text(largest)) == 4933


def test_the_exponent_of_zero_does_not_matter() -> None:
    assert parse(b"0e99999999999999999999") == parse(b"0")


@given(st.integers(-(2**64), 2**64))
def test_integers_of_64_bits_are_exact(number: int) -> None:
    assert total(b"%d" % number, b"0") == b"%d" % number


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_a_double_keeps_its_value(number: float) -> None:
    assert abs(float(total(repr(number).encode(), b"0")) - number) <= 1e-17


@given(st.integers(0, 10**30), st.integers(-40, 40))
def test_mantissas_are_rounded_to_their_bits(digits: int, exponent: int) -> None:
    number = parse(b"%de%d" % (digits, exponent))
    assert isinstance(number, LongDouble)
    assert number.mantissa.bit_length() <= MANTISSA_BITS + 1
