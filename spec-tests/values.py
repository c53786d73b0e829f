"""Values of the test scripts: the literals of arguments, and the patterns of results.

Rule: numbers are bit patterns. A number is an unsigned integer of its type's width, floats and
v128 (lane 0 in the lowest bits) included, so -0.0 and the payload of a NaN are compared exactly.
A literal is rounded once, from an exact fraction: a decimal f32 that passed through a double would
be rounded twice. The patterns follow the suite's README: a NaN class, one lane at a time in a
v128, `either`, and the kinds of references.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, Protocol, TypeAlias

from reader import Form

WIDTHS = {"i8": 8, "i16": 16, "i32": 32, "i64": 64, "f32": 32, "f64": 64, "v128": 128}
MANTISSA_BITS = {"f32": 23, "f64": 52}
REFERENCE = "ref"


@dataclass(frozen=True, slots=True)
class HostReference:
    """The host object of `ref.extern n` and of `ref.host n`, which convert into each other."""

    number: int


@dataclass(frozen=True, slots=True)
class GuestReference:
    """A reference of which a script can see the kind only: func, i31, struct, array, exn."""

    kind: str


Reference: TypeAlias = HostReference | GuestReference | None


class Value(NamedTuple):
    """A value and its type: a name of WIDTHS with its bits, or REFERENCE."""

    type: str
    raw: int | Reference

    def __str__(self) -> str:
        if self.type == REFERENCE:
            return "null" if self.raw is None else str(self.raw)
        return f"{self.type}:{self.raw:#0{WIDTHS[self.type] // 4 + 2}x}"


class Pattern(Protocol):
    """What an assertion accepts as one result."""

    def matches(self, value: Value) -> bool:
        """Tell whether this is a right result."""


@dataclass(frozen=True, slots=True)
class Exact:
    """One bit pattern of one type."""

    type: str
    bits: int

    def matches(self, value: Value) -> bool:
        """Same type, same bits; True and 1.0 are no integers."""
        return value.raw == self.bits and value.type == self.type and type(value.raw) is int

    def __str__(self) -> str:
        return str(Value(self.type, self.bits))


@dataclass(frozen=True, slots=True)
class NanClass:
    """nan:canonical or nan:arithmetic of either sign; of f32 and f64 where `type` is None."""

    type: str | None
    canonical: bool

    def matches(self, value: Value) -> bool:
        """Exponent all ones and quiet bit set; canonical: no other payload bit."""
        if value.type not in MANTISSA_BITS or self.type not in {None, value.type}:
            return False
        if type(value.raw) is not int:
            return False
        quiet_nan = _infinity(value.type) | 1 << MANTISSA_BITS[value.type] - 1
        magnitude = value.raw & ~(1 << WIDTHS[value.type] - 1)
        return magnitude == quiet_nan if self.canonical else magnitude & quiet_nan == quiet_nan

    def __str__(self) -> str:
        return f"{self.type or 'f32/f64'}:nan:{'canonical' if self.canonical else 'arithmetic'}"


@dataclass(frozen=True, slots=True)
class Lanes:
    """A v128 of which at least one lane is a NaN class."""

    type: str
    lanes: tuple[Pattern, ...]

    def matches(self, value: Value) -> bool:
        """Every lane matches its pattern."""
        if value.type != "v128" or type(value.raw) is not int or value.raw >> 128:
            return False
        width = WIDTHS[self.type]
        mask = (1 << width) - 1
        return all(
            lane.matches(Value(self.type, value.raw >> width * index & mask))
            for index, lane in enumerate(self.lanes)
        )

    def __str__(self) -> str:
        return f"v128({' '.join(map(str, self.lanes))})"


@dataclass(frozen=True, slots=True)
class Either:
    """Any one of several patterns (relaxed SIMD)."""

    patterns: tuple[Pattern, ...]

    def matches(self, value: Value) -> bool:
        """One of them matches."""
        return any(pattern.matches(value) for pattern in self.patterns)

    def __str__(self) -> str:
        return f"either({' | '.join(map(str, self.patterns))})"


@dataclass(frozen=True, slots=True)
class ReferencePattern:
    """`(ref.null ...)`, `(ref.func)`, `(ref.extern 1)` ...: the word after `ref.`, maybe a number.

    A null is a null of every type: the validator has seen to the type already.
    """

    kind: str
    number: int | None = None

    def matches(self, value: Value) -> bool:
        """Same kind, and same number where the script gives one."""
        if value.type != REFERENCE or (self.kind == "null") != (value.raw is None):
            return False
        if self.kind == "null":
            return True
        if isinstance(value.raw, HostReference):
            return self.kind in {"extern", "host", "any"} and self.number in {
                None,
                value.raw.number,
            }
        kind = value.raw.kind if isinstance(value.raw, GuestReference) else ""
        return self.number is None and kind in _KINDS_OF.get(self.kind, {self.kind})

    def __str__(self) -> str:
        return f"ref.{self.kind}" + ("" if self.number is None else f" {self.number}")


# The abstract types that a pattern may name, by the kinds that belong to them. What a guest made
# external (extern.convert_any) keeps its kind.
_KINDS_OF = {
    "eq": {"i31", "struct", "array"},
    "any": {"i31", "struct", "array"},
    "extern": {"extern", "i31", "struct", "array"},
}
_NAN_CLASSES = {"nan:canonical": True, "nan:arithmetic": False}
_FLOAT = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<inf>inf)|(?P<nan>nan)(?::0x(?P<payload>[0-9a-f]+))?"
    r"|0x(?P<hex>[0-9a-f]+)(?:\.(?P<hex_fraction>[0-9a-f]*))?(?:p(?P<binary>[+-]?\d+))?"
    r"|(?P<dec>\d+)(?:\.(?P<dec_fraction>\d*))?(?:e(?P<decimal>[+-]?\d+))?)"
)


def parse_argument(form: Form) -> Value:
    """Turn `(i32.const 1)`, `(ref.null func)`, `(ref.extern 2)` ... into a value.

    Raises ValueError for anything else.
    """
    pattern = parse_pattern(form)
    if isinstance(pattern, Exact):
        return Value(pattern.type, pattern.bits)
    if isinstance(pattern, ReferencePattern):
        if pattern.kind == "null":
            return Value(REFERENCE, None)
        if pattern.kind in {"extern", "host"} and pattern.number is not None:
            return Value(REFERENCE, HostReference(pattern.number))
    raise ValueError(f"{form} is no value")


def parse_pattern(form: Form) -> Pattern:
    """Turn one expected result into its pattern; raises ValueError."""
    words = [word for word in form if isinstance(word, str)]
    head = words[0] if words else ""
    if head == "either":
        return Either(tuple(parse_pattern(part) for part in form[1:] if isinstance(part, list)))
    if len(words) != len(form):
        raise ValueError(f"{form} is no value")
    if head == "v128.const":
        return _vector(words[1], tuple(words[2:]))
    if head.endswith(".const") and len(words) == 2:
        return _number(head.removesuffix(".const"), words[1])
    if head.startswith("ref."):
        number = int(words[1]) if len(words) == 2 and words[1].isdigit() else None
        return ReferencePattern(head.removeprefix("ref."), number)
    raise ValueError(f"{form} is no value")


@lru_cache(maxsize=16384)
def _number(type_: str, literal: str) -> Exact | NanClass:
    if literal in _NAN_CLASSES:
        return NanClass(type_, _NAN_CLASSES[literal])
    if type_ in MANTISSA_BITS:
        return Exact(type_, float_bits(type_, literal))
    return Exact(type_, integer_bits(type_, literal))


@lru_cache(maxsize=16384)
def _vector(shape: str, literals: tuple[str, ...]) -> Exact | Lanes:
    type_, _, count = shape.partition("x")
    if type_ not in WIDTHS or len(literals) * WIDTHS[type_] != 128 or count != str(len(literals)):
        raise ValueError(f"v128.const {shape} with {len(literals)} lanes")
    lanes = [_number(type_, literal) for literal in literals]
    bits = 0
    for lane in reversed(lanes):
        if not isinstance(lane, Exact):
            return Lanes(type_, tuple(lanes))
        bits = bits << WIDTHS[type_] | lane.bits
    return Exact("v128", bits)


def integer_bits(type_: str, literal: str) -> int:
    """Return the bits of an integer literal, signed or unsigned; raises ValueError out of range."""
    width = WIDTHS[type_]
    value = int(literal, 16 if "0x" in literal else 10)
    if not -(1 << width - 1) <= value < 1 << width:
        raise ValueError(f"{literal} does not fit in {type_}")
    return value & (1 << width) - 1


def float_bits(type_: str, literal: str) -> int:
    """Return the bits of a float literal, rounded to nearest, ties to even; raises ValueError."""
    match = _FLOAT.fullmatch(literal.replace("_", "").lower())
    if match is None:
        raise ValueError(f"{literal} is no {type_}")
    sign = int(match["sign"] == "-") << WIDTHS[type_] - 1
    if match["inf"]:
        return sign | _infinity(type_)
    if match["nan"]:
        quiet = 1 << MANTISSA_BITS[type_] - 1
        return sign | _infinity(type_) | (int(match["payload"], 16) if match["payload"] else quiet)
    if match["hex"]:
        fraction = match["hex_fraction"] or ""
        digits = int(match["hex"] + fraction, 16)
        exact = digits * Fraction(2) ** (int(match["binary"] or 0) - 4 * len(fraction))
    else:
        fraction = match["dec_fraction"] or ""
        digits = int(match["dec"] + fraction)
        exact = digits * Fraction(10) ** (int(match["decimal"] or 0) - len(fraction))
    magnitude = _round(type_, exact)
    if magnitude >= _infinity(type_):
        raise ValueError(f"{literal} is too large for {type_}")
    return sign | magnitude


def _infinity(type_: str) -> int:
    return (1 << WIDTHS[type_] - 1) - (1 << MANTISSA_BITS[type_])


def _round(type_: str, exact: Fraction) -> int:
    """Round a positive fraction to the nearest float of the type; return its bits.

    Float bit patterns of one sign are in the order of their values, so rounding up may carry from
    the mantissa into the exponent, and that carry is right.
    """
    if not exact:
        return 0
    mantissa_bits = MANTISSA_BITS[type_]
    bias = (1 << WIDTHS[type_] - mantissa_bits - 2) - 1
    exponent = exact.numerator.bit_length() - exact.denominator.bit_length()
    if exact < Fraction(2) ** exponent:
        exponent -= 1
    exponent = max(exponent, 1 - bias)
    steps = round(exact / Fraction(2) ** (exponent - mantissa_bits))
    return (exponent + bias - 1 << mantissa_bits) + steps
