"""Floating-point numbers as C's strtod reads them, which is how Redis reads scores and timeouts.

Rule: `parse` is for arguments that are a number as a whole, `parse_bound` for the ends of score
ranges, which Redis reads less strictly: white space before the number, no text at all for 0, and
nothing behind a NUL byte counts.
"""

from __future__ import annotations

import math
import re

SIMPLE_DIGITS_MAX = 15
"""So many digits are a number without rounding."""

_NUMBER = re.compile(
    rb"[ \t\n\v\f\r]*(?P<number>[+-]?(?:"
    rb"0x(?P<hexadecimal>[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?\d+)?"
    rb"|(?P<decimal>\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
    rb"|inf(?:inity)?|nan(?:\(\w*\))?))",
    re.IGNORECASE,
)


def parse(text: bytes) -> float | None:
    """The number that `text` is; None for anything else, NaN, and what is out of range."""
    if text.isdigit() and len(text) <= SIMPLE_DIGITS_MAX:
        return float(text)
    match = _NUMBER.fullmatch(text)
    if match is None or match.start("number"):
        return None
    number, mantissa = _value(match), match["decimal"] or match["hexadecimal"]
    too_large = mantissa is not None and math.isinf(number)
    too_small = mantissa is not None and not number and mantissa.strip(b"0.")
    return None if too_large or too_small or math.isnan(number) else number


def parse_bound(text: bytes) -> float | None:
    """The number at an end of a range; None for anything else and NaN."""
    text = text.partition(b"\0")[0]
    if not text:
        return 0.0
    match = _NUMBER.fullmatch(text)
    number = math.nan if match is None else _value(match)
    return None if math.isnan(number) else number


def _value(match: re.Match[bytes]) -> float:
    text = match["number"]
    if match["hexadecimal"] is None:
        return math.nan if b"(" in text else float(text)
    try:
        return float.fromhex(text.decode("ascii"))
    except OverflowError:
        return -math.inf if text.startswith(b"-") else math.inf
