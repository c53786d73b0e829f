"""Operations that move lanes without a look at their meaning: splat, extract, replace, load."""

from __future__ import annotations

from wasm_vm.numeric import MASK32, f32_bits, f32_from_bits, f64_bits, f64_from_bits
from wasm_vm.vectors.lanes import SHAPES, SIGNED, UNSIGNED, Operation, Vector, mask

OPERATIONS: dict[str, Operation] = {}


def _splat(bits: int, word: Operation) -> Operation:
    """The same number in every lane; `word` gives its bits."""
    size = bits // 8
    return lambda a: word(a).to_bytes(size, "little") * (16 // size)


def _extract(bits: int, number: Operation) -> Operation:
    """A lane; `number` makes a value of its bits."""
    size = bits // 8
    return lambda a, lane: number(int.from_bytes(a[lane * size : lane * size + size], "little"))


def _replace(bits: int, word: Operation) -> Operation:
    size = bits // 8

    def replace(a: Vector, value: object, lane: int) -> Vector:
        start = lane * size
        return a[:start] + bytes(word(value).to_bytes(size, "little")) + a[start + size :]

    return replace


def _same(value: int) -> int:
    return value


def _declare_integers(bits: int) -> None:
    shape, ones = SHAPES[bits], mask(bits)

    def word(value: int) -> int:
        return value & ones

    OPERATIONS[f"{shape}.splat"] = _splat(bits, word)
    OPERATIONS[f"{shape}.replace_lane"] = _replace(bits, word)
    if bits >= 32:
        OPERATIONS[f"{shape}.extract_lane"] = _extract(bits, _same)
        return
    sign = 1 << bits - 1
    OPERATIONS[f"{shape}.extract_lane_u"] = _extract(bits, _same)
    OPERATIONS[f"{shape}.extract_lane_s"] = _extract(
        bits, lambda value: (value ^ sign) - sign & MASK32
    )


for _bits in SHAPES:
    _declare_integers(_bits)

for _shape, _bits, _word, _number in (
    ("f32x4", 32, f32_bits, f32_from_bits),
    ("f64x2", 64, f64_bits, f64_from_bits),
):
    OPERATIONS[f"{_shape}.splat"] = _splat(_bits, _word)
    OPERATIONS[f"{_shape}.extract_lane"] = _extract(_bits, _number)
    OPERATIONS[f"{_shape}.replace_lane"] = _replace(_bits, _word)


# --- what a load makes of the bytes it has read --------------------------------------------------

for _bits in (8, 16, 32):
    for _sign, _narrow, _wide in (
        ("s", SIGNED[_bits], SIGNED[_bits * 2]),
        ("u", UNSIGNED[_bits], UNSIGNED[_bits * 2]),
    ):

        def _extend(a: Vector, narrow=_narrow, wide=_wide) -> Vector:  # type: ignore[no-untyped-def]
            lanes = narrow.unpack(a + bytes(8))
            return bytes(wide.pack(*lanes[: len(lanes) // 2]))

        OPERATIONS[f"v128.load{_bits}x{64 // _bits}_{_sign}"] = _extend

for _size in (1, 2, 4, 8):
    OPERATIONS[f"v128.load{_size * 8}_splat"] = lambda a, count=16 // _size: a * count

for _size in (4, 8):
    OPERATIONS[f"v128.load{_size * 8}_zero"] = lambda a, rest=bytes(16 - _size): a + rest
