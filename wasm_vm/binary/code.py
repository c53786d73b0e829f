"""Function bodies and constant expressions (spec 5.4, 5.5.13)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from wasm_vm.binary.immediates import DATA_KINDS, READERS, ImmediateReader, index, no_data
from wasm_vm.binary.reader import Reader
from wasm_vm.binary.types import TypeReader
from wasm_vm.errors import LimitExceeded
from wasm_vm.instructions import TABLE, Instruction
from wasm_vm.module import Code, Expression, Locals, Step
from wasm_vm.types import Features, ValueType

_PREFIXES = frozenset(row.code >> 16 for row in TABLE if row.code > 0xFF)
_NUMBER_MAX = 0xFFFF
_END, _ELSE, _IF = 0x0B, 0x05, 0x04
_OPENING = frozenset({0x02, 0x03, _IF, 0x1F})
_STRUCTURE = _OPENING | {_END, _ELSE}
_LOCALS_DECLARABLE = 1 << 32

_PROPOSALS = {
    0xFE: "threads",
    0xFC_0013: "wide-arithmetic",
    0xFC_0014: "wide-arithmetic",
    0xFC_0015: "wide-arithmetic",
    0xFC_0016: "wide-arithmetic",
    0x06: "legacy exception handling",
    0x07: "legacy exception handling",
    0x09: "legacy exception handling",
    0x18: "legacy exception handling",
    0x19: "legacy exception handling",
}
"""Opcodes that are refused by the name of the proposal which they belong to."""

Opcodes = dict[int, tuple[Instruction, ImmediateReader | None]]


@dataclass(frozen=True, slots=True)
class Grammar:
    """What may be read: the instructions of a level, and the types of the module."""

    types: TypeReader
    opcodes: Opcodes


@cache
def opcodes(features: Features, data_count: bool) -> Opcodes:
    """The instructions of a level, each with the reader of its immediate.

    Without a data count no instruction may name a data segment.
    """
    found: Opcodes = {}
    for row in TABLE:
        if row.since <= features:
            reader = READERS[row.immediates] if row.immediates else None
            if row.immediates in DATA_KINDS and not data_count:
                reader = no_data
            found[row.code] = row, reader
    return found


def expression(reader: Reader, grammar: Grammar) -> Expression:
    """Instructions up to and with the `end` that closes them."""
    table, types = grammar.opcodes, grammar.types
    nesting = types.limits.nesting
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
        if immediate is None:
            steps.append((row, None, start))
        elif immediate is index:
            steps.append((row, reader.u32(), start))
        else:
            steps.append((row, immediate(reader, types), start))
        if code in _STRUCTURE:
            if code == _END:
                if not open_blocks:
                    return tuple(steps)
                open_blocks.pop()
            elif code == _ELSE:
                if not open_blocks or open_blocks[-1] != _IF:
                    raise reader.fail("misplaced ELSE opcode", start)
                open_blocks[-1] = _ELSE
            else:
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
    proposal = _PROPOSALS.get(code)
    text = f"{code:02x}" if code <= 0xFF else f"{code >> 16:02x} {code & 0xFFFF:02x}"
    return f"illegal opcode {text}" + (f": {proposal} is not supported" if proposal else "")


def function_body(reader: Reader, grammar: Grammar, known: bool = False) -> Code:
    """One entry of the code section. known: to be well-formed, so that it may be read later."""
    size = reader.u32()
    start = reader.position
    end = start + size
    if end > reader.end:
        raise reader.fail("unexpected end: the function is longer than its section")
    if size > grammar.types.limits.function_bytes:
        raise LimitExceeded("function_bytes", f"a function of {size} bytes (at byte {start:#x})")
    inner = Reader(reader.data, start, end)
    declared = _locals(inner, grammar.types)
    reader.position = end
    if known:
        first = inner.position
        return Code(
            declared, lambda: expression(Reader(reader.data, first, end), grammar), start, size
        )
    body = expression(inner, grammar)
    if inner.position != end:
        raise inner.fail("section size mismatch: bytes behind the function's END")
    return Code(declared, lambda: body, start, size)


def _locals(reader: Reader, types: TypeReader) -> Locals:
    start = reader.position
    runs: list[tuple[int, ValueType]] = []
    total = 0
    for _ in range(reader.u32()):
        count = reader.u32()
        total += count
        if total >= _LOCALS_DECLARABLE:
            raise reader.fail("too many locals", start)
        runs.append((count, types.value_type(reader)))
    most = types.limits.locals
    if total > most:
        raise LimitExceeded("locals", f"{total} of at most {most} (at byte {start:#x})")
    return tuple(runs)
