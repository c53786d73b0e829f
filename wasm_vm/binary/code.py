"""Function bodies and constant expressions (spec 5.4, 5.5.13)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from wasm_vm.binary.immediates import ImmediateReader, readers
from wasm_vm.binary.reader import Reader
from wasm_vm.binary.types import value_type
from wasm_vm.errors import LimitExceeded
from wasm_vm.instructions import TABLE, Instruction
from wasm_vm.limits import Limits
from wasm_vm.module import Code, Expression, Locals, Step
from wasm_vm.types import Features, ValueType

_PREFIXES = frozenset(row.code >> 16 for row in TABLE if row.code > 0xFF)
_NUMBER_MAX = 0xFFFF
_BLOCK, _LOOP, _IF, _ELSE, _END = 0x02, 0x03, 0x04, 0x05, 0x0B
_LOCALS_DECLARABLE = 1 << 32


@dataclass(frozen=True, slots=True)
class Grammar:
    """What may be read at a level: its instructions, each with the reader of its immediate."""

    features: Features
    limits: Limits
    opcodes: dict[int, tuple[Instruction, ImmediateReader | None]]


@cache
def grammar(features: Features, limits: Limits, data_count: bool) -> Grammar:
    """The grammar of a level; without a data count no instruction may name a data segment."""
    by_kind = readers(features, limits, data_count)
    opcodes = {
        row.code: (row, by_kind[row.immediates] if row.immediates else None)
        for row in TABLE
        if row.since <= features
    }
    return Grammar(features, limits, opcodes)


def expression(reader: Reader, grammar: Grammar) -> Expression:
    """Instructions up to and with the `end` that closes them."""
    table, nesting = grammar.opcodes, grammar.limits.nesting
    data, end = reader.data, reader.end
    steps: list[Step] = []
    open_blocks: list[int] = []
    while True:
        start = reader.position
        if start >= end:
            raise reader.fail("unexpected end: END opcode expected")
        code = data[start]
        reader.position = start + 1
        if code in _PREFIXES:
            code = _prefixed(code, reader, start)
        entry = table.get(code)
        if entry is None:
            raise reader.fail(_illegal(code), start)
        row, immediate = entry
        steps.append((row, immediate(reader) if immediate else None, start))
        if code <= _END:
            if code == _END:
                if not open_blocks:
                    return tuple(steps)
                open_blocks.pop()
            elif code == _ELSE:
                if not open_blocks or open_blocks[-1] != _IF:
                    raise reader.fail("misplaced ELSE opcode", start)
                open_blocks[-1] = _ELSE
            elif _BLOCK <= code <= _IF:
                open_blocks.append(code)
                if len(open_blocks) > nesting:
                    raise LimitExceeded("nesting", f"more than {nesting} nested blocks")


def _prefixed(prefix: int, reader: Reader, start: int) -> int:
    """The table's code for what stands behind a prefix: there a number has 16 bits."""
    number = reader.u32()
    if number > _NUMBER_MAX:
        raise reader.fail(f"illegal opcode {prefix:02x} {number:02x}", start)
    return prefix << 16 | number


def _illegal(code: int) -> str:
    if code <= 0xFF:
        return f"illegal opcode {code:02x}"
    return f"illegal opcode {code >> 16:02x} {code & _NUMBER_MAX:02x}"


def function_body(reader: Reader, grammar: Grammar) -> Code:
    """One entry of the code section."""
    features, limits = grammar.features, grammar.limits
    size = reader.u32()
    start = reader.position
    end = start + size
    if end > reader.end:
        raise reader.fail("unexpected end: the function is longer than its section")
    if size > limits.function_bytes:
        raise LimitExceeded("function_bytes", f"a function of {size} bytes (at byte {start:#x})")
    inner = Reader(reader.data, start, end)
    declared = _locals(inner, features, limits)
    body = expression(inner, grammar)
    if inner.position != end:
        raise inner.fail("section size mismatch: bytes behind the function's END")
    reader.position = end
    return Code(declared, body, start, size)


def _locals(reader: Reader, features: Features, limits: Limits) -> Locals:
    start = reader.position
    runs: list[tuple[int, ValueType]] = []
    total = 0
    for _ in range(reader.u32()):
        count = reader.u32()
        total += count
        if total >= _LOCALS_DECLARABLE:
            raise reader.fail("too many locals", start)
        runs.append((count, value_type(reader, features)))
    if total > limits.locals:
        raise LimitExceeded("locals", f"{total} of at most {limits.locals} (at byte {start:#x})")
    return tuple(runs)
