"""Integer instructions as expressions: ranges drop masks, comparisons stay conditions.

Each operation takes operands and gives one; it may answer None where the instruction needs a
statement (it can trap) or the table's own meaning is as good.
"""

from __future__ import annotations

from collections.abc import Callable

from wasm_vm.compiler.values import (
    ATOM,
    BIT_AND,
    BIT_OR,
    COMPARE,
    MASKS,
    OR,
    PRODUCT,
    SHIFT,
    SMALL,
    SUM,
    TERNARY,
    WIDEST,
    XOR,
    Value,
    about,
    closed,
    constant,
    negated,
    number,
    plain,
    signed,
    truth,
    truthy,
)

Name = Callable[[Value], Value]
"""Gives an operand a name, so that an expression may say it twice."""


SHIFT_MOST = 3
"""Values that are shifted by so little are mostly small: they are indices."""


def _widest(bits: int) -> int:
    return WIDEST if bits == 32 else WIDEST * WIDEST


def _limited(value: Value) -> Value:
    most = _widest(value.bits)
    return value if -most < value.low and value.high < most else closed(value)


def _binary(sign: str, level: int, a: Value, b: Value, low: int, high: int, zeros: int) -> Value:
    text = f"{a.at(level)} {sign} {b.at(level + 1)}"
    return Value(text, level, a.reads | b.reads, a.bits, low, high, zeros)


def add(a: Value, b: Value) -> Value:
    """Sum, open."""
    a, b = _limited(plain(a)), _limited(plain(b))
    if a.is_constant and b.is_constant:
        return constant(a.low + b.low & MASKS[a.bits], a.bits)
    if a.is_constant:
        a, b = b, a
    if b.is_constant:
        distance = b.low
        if distance > MASKS[b.bits] >> 1:
            distance -= MASKS[b.bits] + 1
        if distance == 0:
            return a
        zeros = min(a.zeros, b.zeros)
        low, high = a.low + distance, a.high + distance
        text = f"{a.at(SUM)} {'-' if distance < 0 else '+'} {number(abs(distance))}"
        found = Value(text, SUM, a.reads, a.bits, low, high, zeros)
        found.step = _step(a, distance)
        return found
    return _binary("+", SUM, a, b, a.low + b.low, a.high + b.high, min(a.zeros, b.zeros))


def _step(a: Value, distance: int) -> tuple[str, int, int] | None:
    """For which values of its only name an expression plus a constant needs no mask."""
    if a.is_constant:
        return None
    mask = MASKS[a.bits]
    if a.level == ATOM and a.is_closed:
        return (a.text, -distance, mask) if distance < 0 else (a.text, 0, SMALL)
    if a.step is not None and a.step[2] <= SMALL and 0 <= distance <= mask >> 1:
        return a.step
    return None


def sub(a: Value, b: Value) -> Value:
    """Difference, open."""
    a, b = _limited(plain(a)), _limited(plain(b))
    if b.is_constant:
        return add(a, constant(-b.low & MASKS[b.bits], b.bits))
    return _binary("-", SUM, a, b, a.low - b.high, a.high - b.low, min(a.zeros, b.zeros))


def mul(a: Value, b: Value) -> Value:
    """Product, open."""
    a, b = closed(a), closed(b)
    if a.is_constant and b.is_constant:
        return constant(a.low * b.low & MASKS[a.bits], a.bits)
    zeros = min(a.zeros + b.zeros, a.bits)
    if a.is_constant:
        a, b = b, a
    if b.is_constant and b.low > MASKS[b.bits] - SMALL:
        factor = signed(b)
        low, high = a.high * factor.low, a.low * factor.low
        return _limited(_binary("*", PRODUCT, a, factor, low, high, zeros))
    return _limited(_binary("*", PRODUCT, a, b, a.low * b.low, a.high * b.high, zeros))


def _ones(value: int) -> int:
    return (1 << value.bit_length()) - 1


def and_(a: Value, b: Value) -> Value:
    """Conjunction; one closed operand closes the result."""
    if a.condition and b.condition:
        return truth(f"{a.at(COMPARE)} and {b.at(COMPARE)}", 2, a.reads | b.reads)
    for one, other in ((a, b), (b, a)):
        if one.condition and other.is_constant and other.low & 1:
            return one if other.low & 1 else constant(0, 32)
    a, b = plain(a), plain(b)
    if a.is_constant:
        a, b = b, a
    if b.is_constant:
        if a.is_constant:
            return constant(a.low & b.low & MASKS[a.bits], a.bits)
        mask = b.low
        if a.low >= 0 and a.high <= mask and mask & mask + 1 == 0:
            return a
        zeros = max(a.zeros, b.zeros)
        high = mask if a.low < 0 or a.high > MASKS[a.bits] else min(mask, _ones(a.high) & mask)
        return _binary("&", BIT_AND, a, b, 0, high, zeros)
    if not a.is_closed and not b.is_closed:
        a = closed(a)
    highs = [value.high for value in (a, b) if value.is_closed]
    return _binary("&", BIT_AND, a, b, 0, min(highs), max(a.zeros, b.zeros))


def or_(a: Value, b: Value) -> Value:
    """Disjunction."""
    if a.condition and b.condition:
        return truth(f"{a.at(COMPARE)} or {b.at(COMPARE)}", OR, a.reads | b.reads)
    a, b = closed(a), closed(b)
    if a.is_constant and b.is_constant:
        return constant(a.low | b.low, a.bits)
    high = _ones(a.high | b.high)
    return _binary("|", BIT_OR, a, b, max(a.low, b.low), high, min(a.zeros, b.zeros))


def xor(a: Value, b: Value) -> Value:
    """Exclusive disjunction."""
    if a.condition and b.is_constant and b.low == 1:
        return negated(a)
    a, b = closed(a), closed(b)
    if a.is_constant and b.is_constant:
        return constant(a.low ^ b.low, a.bits)
    return _binary("^", XOR, a, b, 0, _ones(a.high | b.high), min(a.zeros, b.zeros))


def shl(a: Value, b: Value) -> Value:
    """Shift left."""
    b = closed(b)
    last = a.bits - 1
    if b.is_constant:
        distance = b.low & last
        a = plain(a)
        if a.is_constant:
            return constant(a.low << distance & MASKS[a.bits], a.bits)
        if distance == 0:
            return a
        most = _widest(a.bits) >> distance
        if not -most < a.low or not a.high < most:
            kept = MASKS[a.bits] >> distance
            a = and_(a, constant(kept, a.bits))
        zeros = min(a.zeros + distance, a.bits)
        by = constant(distance, a.bits)
        found = _binary("<<", SHIFT, a, by, a.low << distance, a.high << distance, zeros)
        if a.level == ATOM and a.is_closed and distance <= SHIFT_MOST:
            found.step = (a.text, 0, SMALL >> distance)
        elif a.bits == 32 and a.is_closed and not found.is_closed:
            lower = and_(a, constant(MASKS[32] >> distance, 32))
            found.cut = _binary("<<", SHIFT, lower, by, 0, MASKS[32], zeros)
        return found
    a = closed(a)
    distance_value = and_(b, constant(last, b.bits))
    return closed(_binary("<<", SHIFT, a, distance_value, 0, a.high << last, a.zeros))


def shr_u(a: Value, b: Value) -> Value:
    """Shift right with zeros."""
    a, b = closed(a), closed(b)
    last = a.bits - 1
    if b.is_constant:
        distance = b.low & last
        if distance == 0:
            return a
        by = constant(distance, a.bits)
        zeros = max(a.zeros - distance, 0)
        return _binary(">>", SHIFT, a, by, a.low >> distance, a.high >> distance, zeros)
    return _binary(">>", SHIFT, a, and_(b, constant(last, b.bits)), 0, a.high, 0)


def shr_s(a: Value, b: Value) -> Value:
    """Shift right with the sign: open."""
    a, b = signed(a), closed(b)
    last = a.bits - 1
    if b.is_constant:
        distance = b.low & last
        by = constant(distance, a.bits)
        zeros = max(a.zeros - distance, 0)
        return _binary(">>", SHIFT, a, by, a.low >> distance, a.high >> distance, zeros)
    by = and_(b, constant(last, b.bits))
    return _binary(">>", SHIFT, a, by, min(a.low, 0), max(a.high, 0), 0)


def rotate(name: Name, a: Value, b: Value, left: bool) -> Value | None:
    """Rotation by a constant."""
    if not closed(b).is_constant:
        return None
    bits = a.bits
    distance = closed(b).low % bits
    if not left:
        distance = (bits - distance) % bits
    if distance == 0:
        return a
    a = name(closed(a))
    kept = MASKS[bits] >> distance
    upper = a.text if a.high <= kept else f"({a.text} & {kept:#x})"
    text = f"{upper} << {distance} | {a.text} >> {bits - distance}"
    return Value(text, BIT_OR, a.reads, bits, 0, MASKS[bits])


def extend(a: Value, source: int, bits: int) -> Value:
    """The lowest bits as a signed number: open."""
    a = plain(a)
    half = 1 << source - 1
    if -half <= a.low and a.high < half:
        return Value(a.text, a.level, a.reads, bits, a.low, a.high, a.zeros)
    low = and_(a, constant((1 << source) - 1, a.bits))
    if low.is_constant:
        return constant((low.low ^ half) - half & MASKS[bits], bits)
    text = f"({low.at(XOR)} ^ {half:#x}) - {half:#x}"
    return Value(text, SUM, low.reads, bits, -half, half - 1)


def wrap(a: Value) -> Value:
    """The lower half of an i64: the same expression, open."""
    if a.is_constant:
        return constant(a.low & MASKS[32], 32)
    return Value(a.text, a.level, a.reads, 32, a.low, a.high, min(a.zeros, 32))


def extend_u(a: Value) -> Value:
    """An i32 as i64."""
    a = closed(a)
    return Value(a.text, a.level, a.reads, 64, a.low, a.high, 64 if a.zeros == 32 else a.zeros)


# --- comparisons --------------------------------------------------------------------------------


def compare(sign: str, a: Value, b: Value) -> Value:
    """A relation of unsigned numbers, or of signed ones that fit."""
    level = COMPARE + 1
    text = f"{a.at(level)} {sign} {b.at(level)}"
    return truth(text, COMPARE, a.reads | b.reads)


def eqz(a: Value) -> Value:
    """Is it zero?"""
    return negated(truthy(a))


def equality(sign: str, a: Value, b: Value) -> Value:
    """Equal or not."""
    a, b = plain(a), plain(b)
    if not (a.fits_signed and b.fits_signed and not b.is_constant):
        a, b = closed(a), closed(b)
    if b.is_constant and b.low == 0:
        return truthy(a) if sign == "!=" else negated(truthy(a))
    found = compare(sign, a, b)
    if b.is_constant:
        same, other = (b.low, b.low), (1, 0)
        return about(found, a, *((same, other) if sign == "==" else (other, same)))
    return found


def _is_near(a: Value, bound: int) -> bool:
    """True for an open operand that wraps to less than the bound only if it is within 0..bound."""
    half = 1 << a.bits - 1
    return a.low < 0 and a.low >= -half and a.high <= MASKS[a.bits] and bound <= half


def unsigned(sign: str, a: Value, b: Value) -> Value:
    """A relation of unsigned numbers."""
    if sign in ("<", ">=") and b.is_constant and _is_near(plain(a), closed(b).low):
        a = plain(a)
        text = f"0 <= {a.at(COMPARE + 1)} < {number(closed(b).low)}"
        found = truth(text, COMPARE, a.reads)
        return found if sign == "<" else negated(found)
    a, b = closed(a), closed(b)
    found = compare(sign, a, b)
    if a.is_constant:
        sign, a, b = _MIRRORED[sign], b, a
    if not b.is_constant:
        return found
    edge = b.low + (sign in ("<=", ">"))  # below the edge, or at least the edge
    below, least = (a.low, min(a.high, edge - 1)), (max(a.low, edge), a.high)
    return about(found, a, *((below, least) if sign in ("<", "<=") else (least, below)))


_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def signed_relation(name: Name, sign: str, a: Value, b: Value) -> Value:
    """A relation of signed numbers, by the ranges that are known."""
    a, b = plain(a), plain(b)
    if a.fits_signed and b.fits_signed:
        return unsigned(sign, a, b) if min(a.low, b.low) >= 0 else compare(sign, a, b)
    half = 1 << a.bits - 1
    if signed(a).is_constant:
        sign, a, b = _MIRRORED[sign], b, a
    other = signed(b)
    if other.is_constant:
        return _with_constant(name, sign, a, other.low, half)
    if a.fits_signed or b.fits_signed:
        return compare(sign, signed(a), signed(b))
    a, b = name(closed(a)), name(closed(b))
    small = number(0x3FFF_FFFF)
    text = (
        f"{a.text} {sign} {b.text} if {a.text} <= {small} >= {b.text} "
        f"else ({a.text} ^ {half:#x}) {sign} ({b.text} ^ {half:#x})"
    )
    return truth(text, TERNARY, a.reads | b.reads)


def _with_constant(name: Name, sign: str, a: Value, bound: int, half: int) -> Value:
    """A signed relation to a constant as one or two unsigned ones."""
    if sign in ("<=", ">"):
        bound, sign = bound + 1, "<" if sign == "<=" else ">="
    least = sign == "<"  # is it below the bound, or at least the bound
    if bound >= half:
        return truth("True" if least else "False", ATOM, a.reads)
    if bound <= -half:
        return truth("False" if least else "True", ATOM, a.reads)
    a = closed(a)
    if bound == 0:
        found = compare(">=" if least else "<", a, constant(half, a.bits))
        below, above = (half, a.high), (a.low, half - 1)
        return about(found, a, *((below, above) if least else (above, below)))
    a = name(a)
    if bound > 0:
        text = f"{a.text} < {number(bound)} or {a.text} > {half - 1:#x}"
        inside = f"{number(bound)} <= {a.text} < {half:#x}"
        known = (bound, half - 1)
        if least:
            return about(truth(text, OR, a.reads), a, (1, 0), known)
        return about(truth(inside, COMPARE, a.reads), a, known, (1, 0))
    edge = bound + 2 * half
    text = f"{half - 1:#x} < {a.text} < {edge:#x}"
    outside = f"{a.text} < {half:#x} or {a.text} >= {edge:#x}"
    return truth(text, COMPARE, a.reads) if least else truth(outside, OR, a.reads)


_RELATIONS = {"lt": "<", "gt": ">", "le": "<=", "ge": ">="}

_BINARY: dict[str, Callable[[Value, Value], Value]] = {
    "add": add,
    "sub": sub,
    "mul": mul,
    "and": and_,
    "or": or_,
    "xor": xor,
    "shl": shl,
    "shr_u": shr_u,
    "shr_s": shr_s,
    "eq": lambda a, b: equality("==", a, b),
    "ne": lambda a, b: equality("!=", a, b),
}

_UNARY: dict[str, Callable[[Value], Value]] = {
    "eqz": eqz,
    "extend8_s": lambda a: extend(a, 8, a.bits),
    "extend16_s": lambda a: extend(a, 16, a.bits),
    "extend32_s": lambda a: extend(a, 32, a.bits),
    "wrap_i64": wrap,
    "extend_i32_u": extend_u,
    "extend_i32_s": lambda a: extend(a, 32, 64),
}


def _clz(a: Value) -> Value:
    a = closed(a)
    text = f"{a.bits} - {a.at(ATOM)}.bit_length()"
    if a.is_constant:
        return constant(a.bits - a.low.bit_length(), a.bits)
    return Value(text, SUM, a.reads, a.bits, 0, a.bits)


def operation(name: Name, row_name: str, operands: list[Value]) -> Value | None:
    """The result of an integer instruction that cannot trap."""
    kind, _, verb = row_name.partition(".")
    if kind not in ("i32", "i64"):
        return None
    if verb in _BINARY:
        return _BINARY[verb](*operands)
    if verb in _UNARY:
        return _UNARY[verb](*operands)
    if verb in ("rotl", "rotr"):
        return rotate(name, operands[0], operands[1], verb == "rotl")
    if verb == "clz":
        return _clz(*operands)
    relation, _, sign = verb.partition("_")
    if relation in _RELATIONS and sign in ("s", "u"):
        if sign == "u":
            return unsigned(_RELATIONS[relation], *operands)
        return signed_relation(name, _RELATIONS[relation], *operands)
    return None
