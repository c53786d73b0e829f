"""The decoder against ppci's, and the table against its opcodes, on what 1.0 has.

ppci reads no later features, and accepts nearly everything; so it is asked about good modules only.
"""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import pytest

import wasm_vm
from tests.support import wat
from tests.support.binaries import (
    F32,
    F64,
    I32,
    I64,
    body,
    function_type,
    leb,
    module,
    section,
    sleb,
)
from wasm_vm.instructions import BY_NAME, TABLE
from wasm_vm.module import Expression
from wasm_vm.numeric import signed32, signed64

pytestmark = pytest.mark.filterwarnings("ignore:'cgitb' is deprecated")

PROGRAMS = Path(__file__).parent / "programs"
MVP = ("recursion", "loops", "memory_walk", "sieve", "dispatch", "switch", "globals", "quicksort")
WITH_ALL_SECTIONS = """
(import "env" "call" (func (param i32)))
(import "env" "memory" (memory 1 2))
(import "env" "base" (global i32))
(table 3 5 funcref)
(global $x (mut i64) (i64.const -3))
(global f32 (f32.const 1.5))
(elem (i32.const 1) $f $s)
(elem (global.get 0) $s)
(data (i32.const 2) "abc\\00\\ff")
(func $f (export "f") (export "again") (param i32) (result i32) (local i64 i64 f32 i64)
  (call 0 (i32.const -70)) (i32.const 5))
(func $s)
(start $s)
"""


def ppci_module(binary: bytes) -> Any:
    from ppci.wasm import Module

    import ferrite.plugins.ppci_shim  # noqa: F401  what ppci lacks on newer Pythons

    return Module(binary)


def ours(step: tuple[Any, Any, int]) -> tuple[str, Any]:
    """One of our steps in a form that both decoders can be brought into."""
    row, immediate, _ = step
    match row.immediates:
        case "block":
            return row.name, immediate[0].name if immediate else "emptyblock"
        case "labels":
            return row.name, [*immediate[0], immediate[1]]
        case "memarg":
            return row.name, [immediate.align, immediate.offset]
        case "type table":
            return row.name, list(immediate)
        case "i32":
            return row.name, signed32(immediate)
        case "i64":
            return row.name, signed64(immediate)
        case "f32" | "f64":
            return row.name, shown(immediate)
    return row.name, immediate


def theirs(instruction: Any) -> tuple[str, Any]:
    arguments = [plain(argument) for argument in instruction.args]
    if len(arguments) > 1:
        return instruction.opcode, arguments
    return instruction.opcode, arguments[0] if arguments else None


def plain(argument: Any) -> Any:
    if isinstance(argument, list):
        return [plain(item) for item in argument]
    if isinstance(argument, float):
        return shown(argument)
    return argument if isinstance(argument, int | str) else argument.index


def shown(number: float) -> str:
    return "nan" if math.isnan(number) else repr(number)


def same_code(mine: Expression, other: Any) -> None:
    *found, last = [ours(step) for step in mine]
    assert last == ("end", None)
    assert found == [theirs(instruction) for instruction in other]


def parts(peer: Any, kind: str) -> list[Any]:
    return [part for part in peer.definitions if type(part).__name__ == kind]


def same_module(binary: bytes) -> None:
    mine = wasm_vm.decode(binary, features=wasm_vm.Features.V1)
    peer = ppci_module(binary)
    assert [str(kind.composite) for kind in mine.types] == [
        f"[{' '.join(name for _, name in kind.params)}] -> [{' '.join(kind.results)}]"
        for kind in parts(peer, "Type")
    ]
    assert [(entry.module, entry.name) for entry in mine.imports] == [
        (entry.modname, entry.name) for entry in parts(peer, "Import")
    ]
    assert [
        (t.type.element.name, t.type.bounds.minimum, t.type.bounds.maximum) for t in mine.tables
    ] == [(t.kind, t.min, t.max) for t in parts(peer, "Table")]
    assert [(m.bounds.minimum, m.bounds.maximum) for m in mine.memories] == [
        (m.min, m.max) for m in parts(peer, "Memory")
    ]
    for variable, other in zip(mine.globals, parts(peer, "Global"), strict=True):
        assert (variable.type.value.name, variable.type.mutable) == (other.typ, other.mutable)
        same_code(variable.initialiser, other.init)
    assert [(entry.name, entry.index) for entry in mine.exports] == [
        (entry.name, entry.ref.index) for entry in parts(peer, "Export")
    ]
    assert mine.start == next((part.ref.index for part in parts(peer, "Start")), None)
    for segment, other in zip(mine.elements, parts(peer, "Elem"), strict=True):
        assert [item[0][1] for item in segment.items] == [ref.index for ref in other.refs]
        same_code(segment.position, other.offset)
    for segment, other in zip(mine.datas, parts(peer, "Data"), strict=True):
        assert segment.data == other.data
        same_code(segment.position, other.offset)
    for index, code, other in zip(mine.functions, mine.codes, parts(peer, "Func"), strict=True):
        assert index == other.ref.index
        locals_ = [kind.name for count, kind in code.locals for _ in range(count)]
        assert locals_ == [name for _, name in other.locals]
        same_code(code.body, other.instructions)


@pytest.mark.parametrize("program", MVP)
def test_programs(program: str) -> None:
    same_module(wat.assemble((PROGRAMS / f"{program}.wat").read_text()))


def test_a_module_with_every_section() -> None:
    same_module(wat.assemble(WITH_ALL_SECTIONS))


def encoded(kind: str, random_: random.Random) -> bytes:
    """A random immediate; f32 only such as Python's own decoding keeps."""
    number = leb(random_.choice((0, 1, 63, 127, 128, 300, 70_000, 2**31, 2**32 - 1)))
    match kind:
        case "":
            return b""
        case "block":
            return bytes((random_.choice((0x40, I32, I64, F32, F64)),))
        case "labels":
            return leb(2) + number + b"\x00" + number
        case "memarg":
            return leb(random_.randrange(4)) + number
        case "memory":
            return b"\x00"
        case "type table":
            return number + b"\x00"
        case "i32":
            return sleb(random_.randrange(-(2**31), 2**31))
        case "i64":
            return sleb(random_.randrange(-(2**63), 2**63))
        case "f32":
            return random_.choice((b"\0\0\x80\x3f", b"\0\0\0\x80", b"\0\0\x80\x7f", b"\1\0\0\0"))
        case "f64":
            return random_.randbytes(6) + random_.choice((b"\xf0\x3f", b"\x10\x80", b"\xf8\x7f"))
    return number


def test_every_instruction_of_the_first_release_with_random_immediates() -> None:
    """Not valid, only well-formed: every instruction once, blocks opened and closed around it."""
    random_ = random.Random(1)
    rows = [row for row in TABLE if row.since is wasm_vm.Features.V1]
    for _ in range(20):
        random_.shuffle(rows)
        code, depth = b"", 0
        for row in rows:
            if row.name in ("else", "end"):
                continue
            code += bytes((row.code,)) + encoded(row.immediates, random_)
            depth += row.name in ("block", "loop", "if")
            if row.name == "if":
                code += b"\x05"
        same_module(
            module(
                section(1, function_type([I32, F64], [I64])),
                section(3, leb(0)),
                section(10, body(code + b"\x0b" * depth, [(3, I32), (2, F32)])),
            )
        )


def test_names_and_opcodes() -> None:
    from ppci.wasm.opcodes import OPCODES

    import ferrite.plugins.ppci_shim  # noqa: F401

    single = {name: code for name, code in OPCODES.items() if isinstance(code, int)}
    since = {name for name in single if BY_NAME[name].since is wasm_vm.Features.V1}
    ours_ = {row.name: row.code for row in TABLE if row.since is wasm_vm.Features.V1}
    assert {name: single[name] for name in since} == ours_
    for name, code in OPCODES.items():
        number = code if isinstance(code, int) else code[0] << 16 | code[1]
        assert BY_NAME[name].code == number
