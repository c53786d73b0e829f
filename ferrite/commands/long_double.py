"""x86's 80-bit `long double`, exactly: what INCRBYFLOAT counts in.

Rule: a number is `mantissa * 2**exponent` in Python integers, rounded to 64 bits of mantissa, half
to even, after parsing and after adding, as the hardware of every Redis that clients know does. It
is printed with 17 decimals and the zeros at the end cut off, never with an exponent. A Python float
(53 bits) would print other digits.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

MANTISSA_BITS = 64
EXPONENT_MIN = -16_445
"""Of the last bit, in subnormal numbers."""
TOP_BIT_MAX = 16_384
"""Numbers from 2**16384 on are infinite."""
TEXT_BYTES_MAX = 5 * 1024
"""Longer texts are no numbers (Redis's MAX_LONG_DOUBLE_CHARS)."""
DECIMALS = 17

_DECIMAL = re.compile(rb"([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?")
_HEXADECIMAL = re.compile(rb"([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)(?:[pP]([+-]?\d+))?")
_INFINITY = re.compile(rb"[+-]?inf(?:inity)?", re.IGNORECASE)
_DECIMAL_EXPONENT_MAX = 2 * TEXT_BYTES_MAX
_BINARY_EXPONENT_MAX = 8 * TEXT_BYTES_MAX


class LongDouble(NamedTuple):
    """A number: mantissa * 2**exponent."""

    mantissa: int
    exponent: int


INFINITY = LongDouble(1, TOP_BIT_MAX)
"""Stands for both infinities: whatever is added to one, the sum is no finite number."""


def parse(text: bytes) -> LongDouble | None:
    """The number nearest to `text`, as C's strtold reads it; None for what is no number, for NaN,
    for one too large, and for one too small to be told from zero.
    """
    if not 0 < len(text) < TEXT_BYTES_MAX:
        return None
    if _INFINITY.fullmatch(text):
        return INFINITY
    match, base, exponent_max = _HEXADECIMAL.fullmatch(text), 2, _BINARY_EXPONENT_MAX
    if match:
        sign, whole, fraction, power = match.groups()
        digits, fraction_scale = int(whole + fraction or b"0", 16), 4 * len(fraction)
    else:
        match, base, exponent_max = _DECIMAL.fullmatch(text), 10, _DECIMAL_EXPONENT_MAX
        if match is None:
            return None
        sign, whole, fraction, power = match.groups()
        digits, fraction_scale = int(Decimal((whole + fraction or b"0").decode())), len(fraction)
    if not whole + fraction:
        return None
    scale = _clamped(power or b"0", exponent_max) - fraction_scale
    number = _rounded(digits * base ** max(scale, 0), base ** max(-scale, 0))
    if number is None or (digits and not number.mantissa):
        return None
    return LongDouble(-number.mantissa, number.exponent) if sign == b"-" else number


def add(left: LongDouble, right: LongDouble) -> LongDouble:
    """The sum. Raises OverflowError when it is infinite, or no number at all."""
    if INFINITY in (left, right):
        raise OverflowError
    exponent = min(left.exponent, right.exponent)
    total = (left.mantissa << (left.exponent - exponent)) + (
        right.mantissa << (right.exponent - exponent)
    )
    number = _rounded(abs(total) << max(exponent, 0), 1 << max(-exponent, 0))
    if number is None:
        raise OverflowError
    return LongDouble(-number.mantissa if total < 0 else number.mantissa, number.exponent)


def text(number: LongDouble) -> bytes:
    """At most 17 decimals, no exponent, no zeros at the end: "3", "0.1", "-1.5"."""
    scaled = abs(number.mantissa) * 10**DECIMALS
    if number.exponent >= 0:
        scaled <<= number.exponent
    else:
        scaled = _divided(scaled, 1 << -number.exponent)
    # Decimal and not str: Python refuses to print integers of more than 4,300 digits.
    digits = format(Decimal(scaled), "f").rjust(DECIMALS + 1, "0")
    shown = f"{digits[:-DECIMALS]}.{digits[-DECIMALS:]}".rstrip("0").rstrip(".")
    return f"-{shown}".encode() if number.mantissa < 0 and scaled else shown.encode()


def _clamped(power: bytes, limit: int) -> int:
    """An exponent as written; beyond the limit the result is zero or infinite either way."""
    if len(power.lstrip(b"+-0")) > len(str(limit)):
        return -limit if power.startswith(b"-") else limit
    return max(-limit, min(limit, int(power)))


def _rounded(numerator: int, denominator: int) -> LongDouble | None:
    """The nearest number; None when that is infinite. Both arguments are positive."""
    exponent = numerator.bit_length() - denominator.bit_length() - MANTISSA_BITS
    if numerator << max(-exponent, 0) >= denominator << max(exponent, 0) + MANTISSA_BITS:
        exponent += 1
    exponent = max(exponent, EXPONENT_MIN)
    mantissa = _divided(numerator << max(-exponent, 0), denominator << max(exponent, 0))
    if mantissa and mantissa.bit_length() + exponent > TOP_BIT_MAX:
        return None
    return LongDouble(mantissa, exponent)


def _divided(numerator: int, denominator: int) -> int:
    """The quotient, rounded half to even."""
    quotient, remainder = divmod(numerator, denominator)
    twice = 2 * remainder
    return quotient + (twice > denominator or (twice == denominator and quotient & 1))
