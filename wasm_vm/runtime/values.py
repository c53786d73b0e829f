"""Values at the border of the VM: what the embedder gives and gets, and what the engines hold.

Three forms of one value:
  raw     what numeric.py's invariant says
  public  i32 and i64 as signed ints, f32 and f64 as floats, v128 as 16 bytes, references as they
          are (None is null)
  bits    numbers as unsigned bit patterns, so that a NaN shows every bit; references as they are
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from wasm_vm.errors import BadCall
from wasm_vm.numeric import (
    MASK32,
    MASK64,
    f32,
    f32_bits,
    f32_from_bits,
    f64_bits,
    f64_from_bits,
    signed32,
    signed64,
)
from wasm_vm.types import F32, F64, I32, I64, V128, ValueType

V128_BYTES = 16
_F32_MANTISSA = 0x7F_FFFF
_F32_QUIET = 0x40_0000


def _same(value: Any) -> Any:
    return value


def _vector_bits(value: bytes) -> int:
    return int.from_bytes(value, "little")


def _vector_from_bits(bits: int) -> bytes:
    return bits.to_bytes(V128_BYTES, "little")


_FROM_RAW: dict[ValueType, Callable[[Any], Any]] = {I32: signed32, I64: signed64}
_TO_BITS: dict[ValueType, Callable[[Any], Any]] = {
    F32: f32_bits,
    F64: f64_bits,
    V128: _vector_bits,
}
_FROM_BITS: dict[ValueType, Callable[[Any], Any]] = {
    F32: f32_from_bits,
    F64: f64_from_bits,
    V128: _vector_from_bits,
}
_WIDTH: dict[ValueType, int] = {I32: 32, I64: 64, F32: 32, F64: 64, V128: 128}


def _integer_to_raw(bits: int, mask: int) -> Callable[[Any], int]:
    """Signed or unsigned, as long as it fits."""
    least = -(1 << bits - 1)

    def convert(value: Any) -> int:
        if value.__class__ is int and 0 <= value <= mask:  # the common case
            return value
        if not isinstance(value, int):
            raise TypeError(f"expected an int, got {type(value).__name__}")
        if not least <= value <= mask:
            raise ValueError(f"{value} does not fit into {bits} bits")
        return value & mask

    return convert


def _float_to_raw(round_to: Callable[[float], float]) -> Callable[[Any], float]:
    def convert(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"expected a float, got {type(value).__name__}")
        try:
            return round_to(float(value))
        except OverflowError:
            raise ValueError("the int is too large for a float") from None

    return convert


def _nearest_f32(value: float) -> float:
    """Rounded to f32; a NaN keeps its sign and its leading bits, and stays a NaN."""
    if value == value:
        return f32(value)
    bits = f32_bits(value)
    return f32_from_bits(bits if bits & _F32_MANTISSA else bits | _F32_QUIET)


def _vector_to_raw(value: Any) -> bytes:
    if not isinstance(value, bytes | bytearray) or len(value) != V128_BYTES:
        raise TypeError("expected 16 bytes")
    return bytes(value)


_TO_RAW: dict[ValueType, Callable[[Any], Any]] = {
    I32: _integer_to_raw(32, MASK32),
    I64: _integer_to_raw(64, MASK64),
    F32: _float_to_raw(_nearest_f32),
    F64: _float_to_raw(_same),
    V128: _vector_to_raw,
}


def to_raw(kind: ValueType, value: Any) -> Any:
    """A public value as raw; raises TypeError or ValueError saying what was expected."""
    return _TO_RAW.get(kind, _same)(value)


def from_raw(kind: ValueType, value: Any) -> Any:
    """A raw value as public."""
    return _FROM_RAW.get(kind, _same)(value)


def raw_converter(kind: ValueType) -> Callable[[Any], Any]:
    """What `to_raw` does for a type."""
    return _TO_RAW.get(kind, _same)


def public_converter(kind: ValueType) -> Callable[[Any], Any]:
    """What `from_raw` does for a type."""
    return _FROM_RAW.get(kind, _same)


def to_bits(kind: ValueType, value: Any) -> Any:
    """A raw value as bits."""
    return _TO_BITS.get(kind, _same)(value)


def from_bits(kind: ValueType, bits: Any) -> Any:
    """Bits as a raw value; raises TypeError or ValueError."""
    width = _WIDTH.get(kind)
    if width is not None:
        if not isinstance(bits, int):
            raise TypeError(f"expected the bits as an int, got {type(bits).__name__}")
        if not 0 <= bits < 1 << width:
            raise ValueError(f"{bits} is no pattern of {width} bits")
    return _FROM_BITS.get(kind, _same)(bits)


def arguments_to_raw(
    name: str,
    types: Sequence[ValueType],
    values: Sequence[Any],
    convert: Callable[[ValueType, Any], Any],
) -> list[Any]:
    """The arguments of a call as raw values; raises BadCall naming the one that does not fit."""
    if len(types) != len(values):
        raise BadCall(f"{name} takes {len(types)} arguments, got {len(values)}")
    raw = []
    for position, (kind, value) in enumerate(zip(types, values, strict=True), 1):
        try:
            raw.append(convert(kind, value))
        except (TypeError, ValueError) as error:
            raise BadCall(f"{name}: argument {position} ({kind}): {error}") from None
    return raw


def results_as(
    types: Iterable[ValueType],
    values: Iterable[Any],
    convert: Callable[[ValueType, Any], Any],
) -> tuple[Any, ...]:
    """Raw results in another form."""
    return tuple(convert(kind, value) for kind, value in zip(types, values, strict=True))
