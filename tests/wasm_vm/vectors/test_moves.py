from __future__ import annotations

import struct

import pytest

from tests.support.require import require
from tests.support.vector_cases import assert_as_wasmtime, checked
from wasm_vm.numeric import f32_bits, f32_from_bits
from wasm_vm.vectors.moves import OPERATIONS


@pytest.mark.parametrize("name", checked(OPERATIONS))
def test_as_wasmtime(name: str) -> None:
    require("wasmtime")
    assert_as_wasmtime(name)


def test_what_loads_make_of_their_bytes() -> None:
    """These are no instructions of their own: they take the bytes that a load has read."""
    loads = set(OPERATIONS) - set(checked(OPERATIONS))
    assert len(loads) == 12
    eight = bytes([1, 0x80, 3, 4, 0xFF, 6, 7, 0x81])
    assert OPERATIONS["v128.load8x8_u"](eight) == struct.pack("<8H", *eight)
    assert OPERATIONS["v128.load8x8_s"](eight) == struct.pack("<8h", *struct.unpack("<8b", eight))
    assert OPERATIONS["v128.load16x4_s"](eight) == struct.pack("<4i", *struct.unpack("<4h", eight))
    assert OPERATIONS["v128.load16x4_u"](eight) == struct.pack("<4i", *struct.unpack("<4H", eight))
    assert OPERATIONS["v128.load32x2_s"](eight) == struct.pack("<2q", *struct.unpack("<2i", eight))
    assert OPERATIONS["v128.load32x2_u"](eight) == struct.pack("<2q", *struct.unpack("<2I", eight))
    for size in (1, 2, 4, 8):
        word = eight[:size]
        assert OPERATIONS[f"v128.load{size * 8}_splat"](word) == word * (16 // size)
    assert OPERATIONS["v128.load32_zero"](eight[:4]) == eight[:4] + bytes(12)
    assert OPERATIONS["v128.load64_zero"](eight) == eight + bytes(8)


def test_a_signalling_nan_passes_through_lanes() -> None:
    bits = 0x7FA0_0001
    vector = OPERATIONS["f32x4.splat"](f32_from_bits(bits))
    assert vector == bits.to_bytes(4, "little") * 4
    assert f32_bits(OPERATIONS["f32x4.extract_lane"](vector, 3)) == bits
