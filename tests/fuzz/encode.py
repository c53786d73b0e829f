"""Instructions of the generator as bytes: one encoder per kind of immediate of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.fuzz.kinds import Reference, heap_bytes, value_bytes
from tests.support.binaries import leb, sleb, vector
from wasm_vm.instructions import BY_NAME

Code = list[tuple[str, Any]]
"""Names of the instruction table with their immediates, in the order of the binary format."""


def _block(kind: Any) -> bytes:
    """None, a value type, or the index of a function type."""
    if kind is None:
        return b"\x40"
    return sleb(kind) if isinstance(kind, int) else value_bytes(kind)


def _catches(immediate: Any) -> bytes:
    """The block type, and clauses as (code, tag or None, label)."""
    block, clauses = immediate
    return _block(block) + vector(
        bytes((code,)) + (b"" if tag is None else leb(tag)) + leb(label)
        for code, tag, label in clauses
    )


def _cast(immediate: tuple[int, Reference, Reference]) -> bytes:
    label, source, target = immediate
    flags = source.nullable | target.nullable << 1
    return bytes((flags,)) + leb(label) + heap_bytes(source.heap) + heap_bytes(target.heap)


def _memarg(immediate: tuple[int, int, int]) -> bytes:
    align, offset, memory = immediate
    index = leb(memory) if memory else b""
    return leb(align | (0x40 if memory else 0)) + index + leb(offset)


def _signed(value: int, bits: int) -> bytes:
    sign = 1 << bits - 1
    return sleb((value & (1 << bits) - 1 ^ sign) - sign)


def _two(immediate: tuple[int, int]) -> bytes:
    return leb(immediate[0]) + leb(immediate[1])


_INDEX = ("label", "function", "local", "global", "table", "data", "element", "type", "tag")
_TWO = (
    *("element table", "table table", "type field", "type data", "type element", "type type"),
    *("type count", "type table", "data memory", "memory memory"),
)
ENCODERS: dict[str, Callable[[Any], bytes]] = {
    "": lambda _: b"",
    **dict.fromkeys(_INDEX, leb),
    **dict.fromkeys(_TWO, _two),
    "memory": leb,
    "block": _block,
    "catches": _catches,
    "cast": _cast,
    "labels": lambda labels: vector(map(leb, labels[:-1])) + leb(labels[-1]),
    "types": lambda kinds: vector(map(value_bytes, kinds)),
    "heap": heap_bytes,
    "reference": heap_bytes,
    "reference null": heap_bytes,
    "memarg": _memarg,
    "memarg lane": lambda immediate: _memarg(immediate[0]) + bytes((immediate[1],)),
    "lane": lambda lane: bytes((lane,)),
    "lanes": bytes,
    "v128": bytes,
    "i32": lambda value: _signed(value, 32),
    "i64": lambda value: _signed(value, 64),
    "f32": lambda bits: bits.to_bytes(4, "little"),
    "f64": lambda bits: bits.to_bytes(8, "little"),
}


def instruction(name: str, immediate: Any = None) -> bytes:
    row = BY_NAME[name]
    opcode = (
        bytes((row.code,))
        if row.code <= 0xFF
        else bytes((row.code >> 16,)) + leb(row.code & 0xFFFF)
    )
    return opcode + ENCODERS[row.immediates](immediate)


def encode(code: Iterable[tuple[str, Any]]) -> bytes:
    return b"".join(instruction(name, immediate) for name, immediate in code)
