from __future__ import annotations

import operator

import pytest

from wasm_vm.vectors import lanes


def test_shapes_fill_a_vector() -> None:
    for formats in (lanes.SIGNED, lanes.UNSIGNED, lanes.FLOATS):
        for bits, shape in formats.items():
            assert shape.size == lanes.SIZE
            assert len(shape.unpack(bytes(16))) * bits == 128
    for names in (lanes.SHAPES, lanes.FLOAT_SHAPES):
        for bits, name in names.items():
            assert name[1:] == f"{bits}x{128 // bits}"


def test_lane_by_lane() -> None:
    negate = lanes.unary(lanes.I16, lanes.I16, operator.neg)
    assert lanes.I16.unpack(negate(lanes.I16.pack(1, -2, 3, 0, 5, 6, 7, 8))) == (
        -1, 2, -3, 0, -5, -6, -7, -8,
    )  # fmt: skip
    less = lanes.binary(lanes.U32, lanes.U32, min)
    assert lanes.U32.unpack(less(lanes.U32.pack(1, 2, 3, 4), lanes.U32.pack(4, 3, 2, 1))) == (
        1, 2, 2, 1,
    )  # fmt: skip


def test_a_comparison_gives_all_ones_or_zero() -> None:
    same = lanes.comparison(lanes.F64, 64, operator.eq)
    nan = float("nan")
    assert same(lanes.F64.pack(0.0, nan), lanes.F64.pack(-0.0, nan)) == b"\xff" * 8 + bytes(8)


@pytest.mark.parametrize("bits", [8, 16, 32, 64])
def test_ranges(bits: int) -> None:
    least, greatest = lanes.signed_range(bits)
    assert (greatest - least, -least - greatest) == (lanes.mask(bits), 1)
    assert lanes.unsigned_range(bits) == (0, lanes.mask(bits))
    assert lanes.clamp(greatest + 1, least, greatest) == greatest
    assert lanes.clamp(least - 1, least, greatest) == least
    assert lanes.clamp(5, least, greatest) == 5
