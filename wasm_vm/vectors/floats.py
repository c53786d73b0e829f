"""Operations on float lanes and conversions (spec 4.3.5), by the name of their instruction."""

from __future__ import annotations

import operator

from wasm_vm import numeric
from wasm_vm.vectors.lanes import (
    FLOAT_SHAPES,
    FLOATS,
    ROUND,
    SIGNED,
    UNSIGNED,
    Operation,
    Vector,
    binary,
    comparison,
    unary,
)

OPERATIONS: dict[str, Operation] = {}


def _declare(bits: int) -> None:
    shape, lanes, rounded = FLOAT_SHAPES[bits], FLOATS[bits], ROUND[bits]
    for name, test in (
        ("eq", operator.eq),
        ("ne", operator.ne),
        ("lt", operator.lt),
        ("gt", operator.gt),
        ("le", operator.le),
        ("ge", operator.ge),
    ):
        OPERATIONS[f"{shape}.{name}"] = comparison(lanes, bits, test)
    for name, exact in (
        ("add", operator.add),
        ("sub", operator.sub),
        ("mul", operator.mul),
        ("div", numeric.divide),
    ):

        def arithmetic(a: float, b: float, exact: Operation = exact) -> float:
            return rounded(exact(a, b))

        OPERATIONS[f"{shape}.{name}"] = binary(lanes, lanes, arithmetic)
    OPERATIONS[f"{shape}.min"] = binary(lanes, lanes, numeric.minimum)
    OPERATIONS[f"{shape}.max"] = binary(lanes, lanes, numeric.maximum)
    OPERATIONS[f"{shape}.sqrt"] = unary(lanes, lanes, lambda a: rounded(numeric.square_root(a)))
    OPERATIONS[f"{shape}.ceil"] = unary(lanes, lanes, numeric.ceiling)
    OPERATIONS[f"{shape}.floor"] = unary(lanes, lanes, numeric.floor)
    OPERATIONS[f"{shape}.trunc"] = unary(lanes, lanes, numeric.truncate)
    OPERATIONS[f"{shape}.nearest"] = unary(lanes, lanes, numeric.nearest)
    _declare_bitwise(bits)


def _declare_bitwise(bits: int) -> None:
    """Operations that keep the bits of a NaN: they work on the lanes as integers."""
    shape, lanes, words = FLOAT_SHAPES[bits], FLOATS[bits], UNSIGNED[bits]
    sign = 1 << bits - 1
    OPERATIONS[f"{shape}.abs"] = unary(words, words, lambda a: a & ~sign)
    OPERATIONS[f"{shape}.neg"] = unary(words, words, lambda a: a ^ sign)

    def choose(test: Operation) -> Operation:
        """The second lane where the test holds between second and first, else the first."""

        def chosen(a: Vector, b: Vector) -> Vector:
            picks = map(test, lanes.unpack(b), lanes.unpack(a))
            pairs = zip(picks, words.unpack(a), words.unpack(b), strict=True)
            return words.pack(*[second if pick else first for pick, first, second in pairs])

        return chosen

    OPERATIONS[f"{shape}.pmin"] = choose(operator.lt)
    OPERATIONS[f"{shape}.pmax"] = choose(operator.gt)


for _bits in FLOATS:
    _declare(_bits)


# --- conversions --------------------------------------------------------------------------------

_F32, _F64 = FLOATS[32], FLOATS[64]
_U32 = UNSIGNED[32]


def _narrow_to_i32(saturate: Operation) -> Operation:
    """Two f64 lanes to the two lower i32 lanes; the upper ones are zero."""
    return lambda a: _U32.pack(*[saturate(lane, 32) for lane in _F64.unpack(a)], 0, 0)


def _convert_low(source: Operation) -> Operation:
    return lambda a: _F64.pack(*map(float, source(a)[:2]))


OPERATIONS.update(
    {
        "i32x4.trunc_sat_f32x4_s": unary(_F32, _U32, lambda a: numeric.trunc_sat_s(a, 32)),
        "i32x4.trunc_sat_f32x4_u": unary(_F32, _U32, lambda a: numeric.trunc_sat_u(a, 32)),
        "i32x4.trunc_sat_f64x2_s_zero": _narrow_to_i32(numeric.trunc_sat_s),
        "i32x4.trunc_sat_f64x2_u_zero": _narrow_to_i32(numeric.trunc_sat_u),
        "f32x4.convert_i32x4_s": unary(SIGNED[32], _F32, lambda a: numeric.f32(float(a))),
        "f32x4.convert_i32x4_u": unary(_U32, _F32, lambda a: numeric.f32(float(a))),
        "f64x2.convert_low_i32x4_s": _convert_low(SIGNED[32].unpack),
        "f64x2.convert_low_i32x4_u": _convert_low(_U32.unpack),
        "f32x4.demote_f64x2_zero": lambda a: _F32.pack(
            *[numeric.f32(lane) for lane in _F64.unpack(a)], 0.0, 0.0
        ),
        "f64x2.promote_low_f32x4": lambda a: _F64.pack(
            *[numeric.f64(lane) for lane in _F32.unpack(a)[:2]]
        ),
    }
)
