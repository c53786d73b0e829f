"""Vector operations against wasmtime: one module with a function per operation and lane."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import cache
from itertools import product
from random import Random
from typing import Any

from tests.support import wat
from tests.support.wasmtime_3_0 import Oracle
from wasm_vm.instructions import BY_NAME, TABLE, Instruction
from wasm_vm.numeric import f32_from_bits, f64_from_bits
from wasm_vm.runtime.values import to_bits
from wasm_vm.vectors import OPERATIONS

SHUFFLE = (0, 31, 1, 30, 2, 29, 3, 28, 15, 16, 8, 24, 7, 7, 23, 0)

_INTEGERS = (
    bytes(16),
    b"\xff" * 16,
    b"\x80" * 16,
    b"\x7f" * 16,
    bytes(range(16)),
    struct.pack("<8h", -32768, 32767, -1, 0, 1, 255, -256, 128),
    struct.pack("<4i", -(1 << 31), (1 << 31) - 1, -1, 1),
    struct.pack("<2q", -(1 << 63), (1 << 63) - 1),
    Random(1).randbytes(16),
    Random(2).randbytes(16),
)
_F32 = (
    *(0, 0x8000_0000, 0x3F80_0000, 0xBF80_0000, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0x7FA0_0001),
    *(0xFFFF_FFFF, 1, 0x8000_0001, 0x7F7F_FFFF, 0x3F00_0000, 0x3FC0_0000, 0x4020_0000, 0xC020_0000),
    *(0x4F00_0000, 0xCF00_0000, 0x4F80_0000, 0x4B00_0001, 0x3EFF_FFFF, 0x4EFF_FFFF, 0x0080_0000),
    *(0xBF00_0000, 0x3F80_0001),
)
_F64 = (
    *(0, 1 << 63, 0x3FF << 52, 0xBFF << 52, 0x7FF << 52, 0xFFF << 52, 0x7FF8 << 48, 0x7FF4 << 48),
    *((1 << 64) - 1, 1, 0x7FEF_FFFF_FFFF_FFFF, 0x3FE << 52, 0x4004 << 48, 0xC004 << 48),
    *(0x41E0 << 48, 0xC1E0 << 48, 0x41F0 << 48, 0x3FDF_FFFF_FFFF_FFFF, 0x41DF_FFFF_FFC0_0000),
    *(0x36A0 << 48, 0x47EF_FFFF_E000_0000, 0x47EF_FFFF_F000_0000),
)


def _float_vectors(words: tuple[int, ...], count: int) -> list[bytes]:
    size, chance = 16 // count, Random(3)
    shuffled = [chance.choice(words) for _ in range(len(words) * 2)] + list(words)
    lanes = [word.to_bytes(size, "little") for word in shuffled]
    return [b"".join(lanes[at : at + count]) for at in range(0, len(lanes) - count + 1, count)]


_VALUES: dict[str, list[Any]] = {
    "i32": [0, 1, 7, 8, 31, 33, 63, 65, 0x7FFF_FFFF, 0x8000_0080, 0xFFFF_FFFF],
    "i64": [0, 1, 1 << 63, (1 << 63) - 1, (1 << 64) - 1, 0x8080_7F7F_8000_00FF],
    "f32": [f32_from_bits(bits) for bits in _F32],
    "f64": [f64_from_bits(bits) for bits in _F64],
}


def _vectors(name: str) -> list[bytes]:
    """Operands that make a difference to an operation, of every shape in its name."""
    found = list(_INTEGERS)
    if "f32" in name:
        found += _float_vectors(_F32, 4)
    if "f64" in name:
        found += _float_vectors(_F64, 2)
    return found


def _lanes(row: Instruction) -> int:
    return int(row.name.partition("x")[2].partition(".")[0])


def _variants(row: Instruction) -> list[tuple[str, tuple[Any, ...]]]:
    """Immediates as text and as the operation takes them."""
    if row.immediates == "lane":
        return [(f" {lane}", (lane,)) for lane in range(_lanes(row))]
    if row.immediates == "lanes":
        return [(" " + " ".join(map(str, SHUFFLE)), (SHUFFLE,))]
    return [("", ())]


def _rows() -> list[Instruction]:
    return [
        row
        for row in TABLE
        if row.name in OPERATIONS and row.access is None and row.operands is not None
    ]


@cache
def _oracle() -> Oracle:
    functions = []
    for row in _rows():
        parameters = " ".join(kind.name for kind in row.operands or ())
        for number, (text, _) in enumerate(_variants(row)):
            operands = " ".join(f"(local.get {at})" for at in range(len(row.operands or ())))
            functions.append(
                f'(func (export "{row.name} {number}") (param {parameters}) '
                f"(result {row.results[0].name}) ({row.name}{text} {operands}))"
            )
    return Oracle(wat.assemble(" ".join(functions)))


def _cases(row: Instruction) -> Iterable[tuple[Any, ...]]:
    """Operands: all pairs, and for three a third of the way through them."""
    pools = [
        _vectors(row.name) if kind.name == "v128" else _VALUES[kind.name]
        for kind in row.operands or ()
    ]
    if len(pools) < 3:
        return product(*pools)
    chance = Random(row.name)
    return [tuple(chance.choice(pool) for pool in pools) for _ in range(300)]


def assert_as_wasmtime(name: str) -> None:
    """The operation answers what wasmtime answers, bit by bit."""
    row = BY_NAME[name]
    kinds = row.operands or ()
    oracle, operation = _oracle(), OPERATIONS[name]
    for number, (_, immediate) in enumerate(_variants(row)):
        for operands in _cases(row):
            bits = [to_bits(kind, value) for kind, value in zip(kinds, operands, strict=True)]
            ours = to_bits(row.results[0], operation(*operands, *immediate))
            theirs = oracle.invoke(f"{name} {number}", [kind.name for kind in kinds], bits)
            assert theirs.results == (ours,), (name, immediate, operands)


def checked(names: Iterable[str]) -> list[str]:
    """Those of the operations that are instructions of their own, and not what a load does."""
    known = {row.name for row in _rows()}
    return [name for name in names if name in known]
