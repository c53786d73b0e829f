"""ppci's typed operations as WebAssembly instructions.

Rule: a value of a small integer type always lies in its local extended to 32 bits, by its sign
or by zeros; whatever could leave the range of its type is brought back at once (`normalise`).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from ferrite.plugins import encoder
from ferrite.plugins.ppci_shim import ir

LOCAL_GET, LOCAL_SET, LOCAL_TEE = b"\x20", b"\x21", b"\x22"
GLOBAL_GET, GLOBAL_SET = b"\x23", b"\x24"
UNREACHABLE, BLOCK, LOOP, IF, ELSE, END = b"\x00", b"\x02", b"\x03", b"\x04", b"\x05", b"\x0b"
BRANCH, BRANCH_IF, RETURN, CALL, CALL_INDIRECT = b"\x0c", b"\x0d", b"\x0f", b"\x10", b"\x11"
DROP, I32_EQZ = b"\x1a", b"\x45"
I32_ADD, I32_SUB, I32_AND = b"\x6a", b"\x6b", b"\x71"
MEMORY_COPY, MEMORY_FILL = b"\xfc\x0a\x00\x00", b"\xfc\x0b\x00"

_SMALL = {ir.i8: b"\xc0", ir.i16: b"\xc1"}
_MASKS = {ir.u8: 0xFF, ir.u16: 0xFFFF}

_VALUE_TYPES = {
    **dict.fromkeys((ir.i8, ir.u8, ir.i16, ir.u16, ir.i32, ir.u32, ir.ptr), encoder.I32),
    **dict.fromkeys((ir.i64, ir.u64), encoder.I64),
    ir.f32: encoder.F32,
    ir.f64: encoder.F64,
}

# Opcodes of the four number types, (signed, unsigned) where the sign matters.
_INTEGER_OPERATIONS = ("+", "-", "*", "/", "/u", "%", "%u", "&", "|", "^", "<<", ">>", ">>u")
_I32 = {op: 0x6A + index for index, op in enumerate(_INTEGER_OPERATIONS)}
_I64 = {op: 0x7C + index for index, op in enumerate(_INTEGER_OPERATIONS)}
_F32 = {op: 0x92 + index for index, op in enumerate("+-*/")}
_F64 = {op: 0xA0 + index for index, op in enumerate("+-*/")}
_ARITHMETIC = {encoder.I32: _I32, encoder.I64: _I64, encoder.F32: _F32, encoder.F64: _F64}

_INTEGER_COMPARISONS = ("==", "!=", "<", "<u", ">", ">u", "<=", "<=u", ">=", ">=u")
_COMPARISONS = {
    encoder.I32: {op: 0x46 + index for index, op in enumerate(_INTEGER_COMPARISONS)},
    encoder.I64: {op: 0x51 + index for index, op in enumerate(_INTEGER_COMPARISONS)},
    encoder.F32: {op: 0x5B + i for i, op in enumerate(("==", "!=", "<", ">", "<=", ">="))},
    encoder.F64: {op: 0x61 + i for i, op in enumerate(("==", "!=", "<", ">", "<=", ">="))},
}

_NEGATIONS = {encoder.F32: b"\x8c", encoder.F64: b"\x9a"}
_OPPOSITES = {
    bytes((table[a],)): bytes((table[b],))
    for table in (_COMPARISONS[encoder.I32], _COMPARISONS[encoder.I64])
    for one, other in (("==", "!="), ("<", ">="), ("<u", ">=u"), (">", "<="), (">u", "<=u"))
    for a, b in ((one, other), (other, one))
}
_NEUTRAL = {("+", 0), ("-", 0), ("*", 1), ("/", 1), ("<<", 0), (">>", 0), ("|", 0), ("^", 0)}
_FOLDABLE: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}

_LOADS = {
    **{ir.i32: 0x28, ir.u32: 0x28, ir.ptr: 0x28, ir.i64: 0x29, ir.u64: 0x29},
    **{ir.f32: 0x2A, ir.f64: 0x2B, ir.i8: 0x2C, ir.u8: 0x2D, ir.i16: 0x2E, ir.u16: 0x2F},
}
_STORES = {
    **{ir.i32: 0x36, ir.u32: 0x36, ir.ptr: 0x36, ir.i64: 0x37, ir.u64: 0x37},
    **{ir.f32: 0x38, ir.f64: 0x39, ir.i8: 0x3A, ir.u8: 0x3A, ir.i16: 0x3B, ir.u16: 0x3B},
}

# (from, to): (from signed or float, from unsigned); floats become integers by truncation.
_CONVERSIONS = {
    (encoder.I32, encoder.I64): (0xAC, 0xAD),
    (encoder.I64, encoder.I32): (0xA7, 0xA7),
    (encoder.I32, encoder.F32): (0xB2, 0xB3),
    (encoder.I64, encoder.F32): (0xB4, 0xB5),
    (encoder.I32, encoder.F64): (0xB7, 0xB8),
    (encoder.I64, encoder.F64): (0xB9, 0xBA),
    (encoder.F64, encoder.F32): (0xB6, 0xB6),
    (encoder.F32, encoder.F64): (0xBB, 0xBB),
}
# (from, to): (to signed, to unsigned)
_TRUNCATIONS = {
    (encoder.F32, encoder.I32): (0xA8, 0xA9),
    (encoder.F64, encoder.I32): (0xAA, 0xAB),
    (encoder.F32, encoder.I64): (0xAE, 0xAF),
    (encoder.F64, encoder.I64): (0xB0, 0xB1),
}


def value_type(typ: Any) -> bytes:
    """The WebAssembly type of an ir type; a struct travels as its address."""
    return encoder.I32 if typ.is_blob else _VALUE_TYPES[typ]


def is_unsigned(typ: Any) -> bool:
    """Whether the type has no sign; addresses have none."""
    return typ is ir.ptr or bool(typ.is_unsigned)


def constant(value: float, typ: Any) -> bytes:
    """`const` of a number, reduced to its type."""
    kind = value_type(typ)
    if kind == encoder.F32:
        return b"\x43" + struct.pack("<f", value)
    if kind == encoder.F64:
        return b"\x44" + struct.pack("<d", value)
    bits = 64 if kind == encoder.I64 else getattr(typ, "bits", 32)
    number = int(value) & ((1 << bits) - 1)
    if number >> (bits - 1) and (bits >= 32 or not is_unsigned(typ)):
        number -= 1 << bits
    return (b"\x42" if kind == encoder.I64 else b"\x41") + encoder.signed(number)


def constant_of(instruction: bytes) -> int | None:
    """The value of an `i32.const`; None for any other instruction."""
    if instruction[:1] != b"\x41":
        return None
    value = 0
    for position, byte in enumerate(instruction[1:]):
        value |= (byte & 0x7F) << (7 * position)
    return value - (1 << 7 * (position + 1)) if instruction[-1] & 0x40 else value


def normalise(typ: Any) -> list[bytes]:
    """What brings a 32-bit result back into a small integer type."""
    if typ in _SMALL:
        return [_SMALL[typ]]
    if typ in _MASKS:
        return [b"\x41" + encoder.signed(_MASKS[typ]), I32_AND]
    return []


def arithmetic(operation: str, typ: Any) -> list[bytes]:
    """A binary operation on two values of a type, and the way back into the type."""
    if operation in ("/", "%", ">>") and is_unsigned(typ):
        operation += "u"
    opcode = _ARITHMETIC[value_type(typ)][operation]
    return [bytes((opcode,)), *normalise(typ)]


def folded(operation: str, typ: Any, a: list[bytes], b: list[bytes]) -> list[bytes]:
    """A binary operation on two pieces of code, computed now where both are 32-bit constants."""
    left, right = (constant_of(code[0]) if len(code) == 1 else None for code in (a, b))
    if right is not None and (operation, right) in _NEUTRAL:
        return a
    if left is not None and right is not None and operation in _FOLDABLE:
        return [constant(_FOLDABLE[operation](left, right), typ)]
    if right is not None and operation == "+" and a[-1] == I32_ADD and not normalise(typ):
        inner = constant_of(a[-2])
        if inner is not None:
            return [*a[:-2], constant(inner + right, typ), I32_ADD]
    return [*a, *b, *arithmetic(operation, typ)]


def unary(operation: str, typ: Any, a: list[bytes]) -> list[bytes]:
    """`-` or `~` of a piece of code."""
    kind = value_type(typ)
    if operation == "-" and kind in _NEGATIONS:
        return [*a, _NEGATIONS[kind]]
    if operation == "-":
        return [constant(0, typ), *a, *arithmetic("-", typ)]
    return [*a, constant(-1, typ), *arithmetic("^", typ)]


def inverted(condition: list[bytes]) -> list[bytes]:
    """The opposite of a condition; floats keep their comparison, because of NaN."""
    last = condition[-1]
    if last == I32_EQZ:
        return condition[:-1]
    if last in _OPPOSITES:
        return [*condition[:-1], _OPPOSITES[last]]
    return [*condition, I32_EQZ]


def comparison(condition: str, typ: Any) -> bytes:
    """A comparison of two values of a type."""
    if is_unsigned(typ) and condition not in ("==", "!="):
        condition += "u"
    return bytes((_COMPARISONS[value_type(typ)][condition],))


def load(typ: Any, offset: int) -> bytes:
    """A load at a constant distance from the address, naturally aligned as a hint."""
    return bytes((_LOADS[typ], _alignment(typ))) + encoder.unsigned(offset)


def store(typ: Any, offset: int) -> bytes:
    """A store at a constant distance from the address."""
    return bytes((_STORES[typ], _alignment(typ))) + encoder.unsigned(offset)


def _alignment(typ: Any) -> int:
    size: int = 4 if typ is ir.ptr else typ.size
    return size.bit_length() - 1


def conversion(source: Any, target: Any) -> list[bytes]:
    """A C cast between number types."""
    kinds = value_type(source), value_type(target)
    if kinds in _CONVERSIONS:
        return [bytes((_CONVERSIONS[kinds][is_unsigned(source)],)), *normalise(target)]
    if kinds in _TRUNCATIONS:
        small = target in _SMALL or target in _MASKS
        unsigned = is_unsigned(target) and not small
        return [bytes((_TRUNCATIONS[kinds][unsigned],)), *normalise(target)]
    return [] if _contains(target, source) else normalise(target)


def _contains(target: Any, source: Any) -> bool:
    """Whether every value of one 32-bit-or-smaller type is already one of the other."""
    if source is target:
        return True
    if source not in _SMALL and source not in _MASKS:
        return False
    if is_unsigned(source) == is_unsigned(target):
        return bool(source.bits <= getattr(target, "bits", 32))
    return is_unsigned(source) and source.bits < getattr(target, "bits", 32)
