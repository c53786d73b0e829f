"""Modules made to hurt their host: each is refused, or ends, within a second and 64 MB.

The second is CPU time, so that a busy machine fails no test; a watchdog guards the real one.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

import wasm_vm
from tests.support import wat
from tests.support.binaries import (
    END,
    I32,
    I64,
    body,
    custom,
    export,
    function_type,
    leb,
    module,
    name,
    one_function,
    raw_section,
    section,
)
from tests.support.contained import attempt, contained
from tests.support.wasmtime_oracle import refusal

SECONDS_MAX = 5.0
MEGABYTES_MAX = 64
LIMITS: dict[str, int | None] = {"fuel": 1_000_000, "total_bytes": 32 << 20}

BLOCK, LOOP, CALL, BR_TABLE, DROP, UNREACHABLE = (
    b"\x02\x40",
    b"\x03\x40",
    b"\x10",
    b"\x0e",
    b"\x1a",
    b"\x00",
)
ZERO = b"\x41\x00"
EVERYTHING = leb(2**32 - 1)


def text(fields: str) -> Callable[[], bytes]:
    return lambda: wat.assemble(fields)


def many_functions(locals_: int, count: int) -> bytes:
    """Functions that each declare a lot, in a few bytes, and can all be called."""
    return module(
        section(1, function_type()),
        section(3, *[leb(0)] * count),
        section(7, *[export(str(index), 0, index) for index in range(count)]),
        section(10, *[body(b"", [(locals_ - index, I64)]) for index in range(count)]),
    )


def announced(code: int, content: bytes = b"") -> Callable[[], bytes]:
    """A section whose vector announces more items than there can be."""
    return lambda: module(raw_section(code, EVERYTHING + content))


GROW_FOREVER = """
(memory 0) (table 0 funcref)
(func (export "memory") (local i32)
  (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))))
(func (export "leap") (drop (memory.grow (i32.const 65536))))
(func (export "table")
  (loop (br_if 0 (i32.ne (table.grow (ref.null func) (i32.const 1000)) (i32.const -1)))))
(func (export "jump") (drop (table.grow (ref.null func) (i32.const -1))))
"""

HOSTILE: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "an endless loop": (text('(func (export "f") (loop (br 0)))'), {"OutOfFuel"}),
    "an endless loop of free operators and one branch": (
        text('(func (export "f") (loop nop nop (block) (block) (br 0)))'),
        {"OutOfFuel"},
    ),
    "an endless start function": (text("(func $s (loop (br 0))) (start $s)"), {"OutOfFuel"}),
    "endless calls": (
        text('(func $g) (func (export "f") (loop (call $g) (br 0)))'),
        {"OutOfFuel"},
    ),
    "recursion": (text('(func $f (export "f") (call $f))'), {"Trap"}),
    "mutual recursion": (
        text('(func $f (export "f") (call $g)) (func $g (call $f))'),
        {"Trap"},
    ),
    "recursion by a table": (
        text(
            """(table 1 funcref) (elem (i32.const 0) $f)
            (func $f (export "f") (call_indirect (i32.const 0)))"""
        ),
        {"Trap"},
    ),
    "recursion by the host": (
        text('(import "env" "again" (func $again)) (func (export "f") (call $again))'),
        {"Trap"},
    ),
    "recursion of a function with many locals": (
        lambda: one_function(CALL + b"\0", locals_=[(50_000, I64)]),
        {"Trap"},
    ),
    "recursion with many operands": (
        lambda: one_function(ZERO * 10_000 + CALL + b"\0" + DROP * 10_000),
        {"Trap"},
    ),
    "a big memory": (text('(memory 65536) (func (export "f"))'), {"LimitExceeded"}),
    "many memories": (
        lambda: module(section(5, *[b"\x00\xe8\x07"] * 1_000)),
        {"LimitExceeded"},
    ),
    "a big table": (text("(table 4294967295 funcref)"), {"LimitExceeded"}),
    "many tables": (
        lambda: module(section(4, *[b"\x70\x00" + leb(1 << 20)] * 1_000)),
        {"LimitExceeded"},
    ),
    "memories and tables that grow": (text(GROW_FOREVER), {"result"}),
    "long bulk operators": (
        text(
            """(memory 256) (func (export "f") (loop
            (memory.fill (i32.const 0) (i32.const 1) (i32.const 100000))
            (memory.copy (i32.const 1) (i32.const 0) (i32.const 100000)) (br 0)))"""
        ),
        {"OutOfFuel"},
    ),
    "four thousand million locals": (
        lambda: one_function(b"", locals_=[(2**32 - 1, I64)]),
        {"LimitExceeded"},
    ),
    "more locals than there are numbers": (
        lambda: one_function(b"", locals_=[(2**31, I64), (2**31, I32)]),
        {"Malformed"},
    ),
    "many locals in many functions": (lambda: many_functions(50_000, 1_000), {"result"}),
    "operands beyond all bounds": (
        lambda: one_function((CALL + b"\0") * 20_000 + UNREACHABLE, [], [I64] * 1_000),
        {"LimitExceeded"},
    ),
    "many calls of a type with a thousand operands": (
        lambda: one_function(UNREACHABLE + (CALL + b"\0") * 20_000, [I64] * 1_000, [I64] * 1_000),
        {"Trap"},
    ),
    "a branch table announced only": (
        lambda: one_function(ZERO + BR_TABLE + EVERYTHING),
        {"Malformed"},
    ),
    "a big branch table": (
        lambda: one_function(ZERO + BR_TABLE + leb(100_000) + bytes(100_000) + b"\0"),
        {"result"},
    ),
    "a bigger branch table": (
        lambda: one_function(ZERO + BR_TABLE + leb(1_000_001) + bytes(1_000_002)),
        {"LimitExceeded"},
    ),
    "blocks in blocks": (
        lambda: one_function(BLOCK * 100_000 + END * 100_000),
        {"LimitExceeded"},
    ),
    "as many blocks in blocks as may be": (
        lambda: one_function(BLOCK * 9_999 + b"\x0c" + leb(9_999) + END * 9_999),
        {"result"},
    ),
    "blocks that never end": (lambda: one_function(LOOP * 5_000), {"Malformed"}),
    "many globals": (
        lambda: module(section(6, *[b"\x7f\x00" + ZERO + END] * 20_000)),
        {"result"},
    ),
    "many empty types": (lambda: module(section(1, *[function_type()] * 50_000)), {"result"}),
    "many custom sections": (lambda: module(*[custom("")] * 50_000), {"result"}),
    "a long name": (
        lambda: module(section(7, name("x" * 100_001) + b"\0\0")),
        {"LimitExceeded"},
    ),
    "a name longer than the module": (
        lambda: module(raw_section(7, leb(1) + EVERYTHING + b"x")),
        {"Malformed"},
    ),
    "a section longer than the module": (lambda: module(b"\x01" + EVERYTHING), {"Malformed"}),
    "data longer than the module": (
        lambda: module(raw_section(11, leb(1) + b"\x01" + EVERYTHING)),
        {"Malformed"},
    ),
    "a data count of everything": (lambda: module(raw_section(12, EVERYTHING)), {"Malformed"}),
    "a segment beyond its memory": (
        text('(memory 1) (data (i32.const -1) "x")'),
        {"Trap"},
    ),
    "a segment beyond its table": (
        text("(table 1 funcref) (func $f) (elem (i32.const -1) $f)"),
        {"Trap"},
    ),
    **{
        f"section {code} announcing everything": (announced(code, bytes(100)), {"Malformed"})
        for code in (1, 2, 3, 4, 5, 6, 7, 9, 10, 11)
    },
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile(what: str) -> None:
    make, outcomes = HOSTILE[what]
    report = contained(make(), **LIMITS)
    assert report.outcome in outcomes
    assert report.seconds < SECONDS_MAX
    assert report.megabytes < MEGABYTES_MAX


WHOLE = """
(type $t (func (param i32) (result i32)))
(import "env" "again" (func $again))
(memory (export "memory") 1 2)
(table (export "table") 3 9 funcref)
(global (export "global") (mut i64) (i64.const -5))
(elem (i32.const 0) $f $g)
(elem $passive funcref (ref.func $f) (ref.null func))
(data (i32.const 8) "data")
(data $later "later")
(func $f (export "f") (type $t) (local i64 f32)
  (loop $next (block $out (br_table $next $out $out (local.get 0))))
  (i32.const 7))
(func $g (export "g") (param f64) (result f32)
  (memory.init $later (i32.const 0) (i32.const 0) (i32.const 5))
  (table.init $passive (i32.const 0) (i32.const 0) (i32.const 2))
  (f32.demote_f64 (f64.add (local.get 0) (f64.const 0.1))))
(func $s (i64.store offset=200 (i32.const 0) (i64.const 1)))
(start $s)
"""


def test_a_file_cut_off_at_every_byte() -> None:
    """Each piece is malformed or a smaller module; wasmtime gives the verdict."""
    whole = wat.assemble(WHOLE)
    assert len(whole) < 1_024
    limits = wasm_vm.Limits(fuel=10_000, total_bytes=32 << 20)
    assert attempt(whole, limits) == "OutOfFuel"
    accepted = 0
    for size in range(len(whole)):
        piece = whole[:size]
        outcome = attempt(piece, limits)
        if refusal(piece, "3.0") is None:
            accepted += 1
            assert outcome not in ("Malformed", "Invalid"), size
        else:
            assert outcome in ("Malformed", "Invalid"), size
    # After the preamble and after whole sections that ask for nothing more.
    assert 1 <= accepted < 20


def test_every_section_cut_short_inside_of_the_file() -> None:
    """The section's size is put right, so that its content alone is at fault."""
    whole = wat.assemble(WHOLE)
    position, limits = 8, wasm_vm.Limits(fuel=10_000, total_bytes=32 << 20)
    while position < len(whole):
        code, size, start = whole[position], whole[position + 1], position + 2
        if size >= 0x80:
            size, start = size & 0x7F | whole[position + 2] << 7, position + 3
        for kept in range(size):
            piece = raw_section(code, whole[start : start + kept])
            binary = whole[:position] + piece + whole[start + size :]
            outcome = attempt(binary, limits)
            if code == 0 and kept:
                continue
            assert outcome in ("Malformed", "Invalid"), (code, kept)
            assert refusal(binary, "3.0") is not None
        position = start + size


def test_what_a_failing_instantiation_leaves_behind_is_usable() -> None:
    """A store whose guest ended badly serves the next one as if nothing had been."""
    store = wasm_vm.Store(wasm_vm.Limits(total_bytes=32 << 20))
    for fields in (
        "(func $s (call $s)) (start $s)",
        "(func $s unreachable) (start $s)",
        '(memory 1) (data (i32.const -1) "x")',
        "(memory 65536)",
    ):
        with pytest.raises(wasm_vm.WasmError):
            wat.instance(fields, store=store)
        assert store.slots == store.limits.call_stack
        assert store.reentries == 0
    assert (
        wat.instance('(func (export "f") (result i32) i32.const 5)', store=store).invoke("f") == 5
    )
