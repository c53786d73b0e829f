"""Valid modules with random damage: nothing but WasmError escapes, and wasmtime agrees on each.

Every module has at most 1 KB. FERRITE_SOAK=1 runs ten times as many, with a new seed unless
FERRITE_SEED names one; the seed is printed, and a failure names its case, so that both repeat it.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import wasm_vm
from tests.support import wat
from tests.support.binaries import PREAMBLE, leb, raw_section
from tests.support.contained import IMPORTS, attempt
from tests.support.wasmtime_oracle import Oracle, make_engine, refusal
from wasm_vm.errors import Invalid, LimitExceeded, Malformed, UncaughtException
from wasm_vm.instructions import TABLE, Instruction
from wasm_vm.types import Features

SOAK = os.environ.get("FERRITE_SOAK") == "1"
SEED = os.environ.get("FERRITE_SEED") or (str(time.time_ns()) if SOAK else "1")
CASES = 100_000 if SOAK else 10_000
SHARDS = 20
BYTES_MAX = 1_024
SECONDS_MAX = 5.0
LIMITS = wasm_vm.Limits(fuel=10_000, total_bytes=64 << 20)

PROGRAMS = Path(__file__).parents[1] / "differential" / "programs"
SMALL = (
    """(import "env" "again" (func $again)) (import "env" "global" (global i32))
    (import "env" "memory" (memory 1)) (import "env" "table" (table 1 funcref))
    (global $g (mut i64) (i64.const -5)) (elem (i32.const 0) $f) (data (i32.const 8) "data")
    (func $f (export "f") (param i32) (result i32) (local i64 f32 f64 externref)
      (loop $next (block $out (br_table $next $out $out (local.get 0)))) (i32.const 7))
    (func $s (i64.store offset=200 (i32.const 0) (i64.const 1)) (call $again))
    (start $s) (export "g" (global $g))""",
    """(memory (export "memory") 1 2) (data $later "later") (table 3 9 funcref)
    (elem $passive funcref (ref.func $g) (ref.null func)) (elem declare func $g)
    (func $g (export "g") (param f64 i64) (result f32 i32)
      (memory.init $later (i32.const 0) (i32.const 0) (i32.const 5))
      (table.init $passive (i32.const 0) (i32.const 0) (i32.const 2))
      (data.drop $later) (elem.drop $passive)
      (table.set (i32.const 0)
        (select (result funcref) (ref.func $g) (ref.null func) (i32.const 1)))
      (f32.demote_f64 (f64.add (local.get 0) (f64.const 0.1)))
      (i32.trunc_sat_f64_s (local.get 0)) (memory.grow (i32.const 1)) (i32.add))
    (func (export "h") (result i64) (i64.load16_s offset=3 (i32.const 9)) (i64.clz))""",
    """(func (export "f") (param i32 i32) (result i32 i32)
      (local.get 0) (local.get 1) (if (param i32) (result i32) (local.get 0)
        (then (i32.const 1) (br_if 0 (local.get 1)) (i32.add))
        (else (i32.extend8_s) (drop) (return (i32.const 5) (i32.const 6)))))""",
    """(memory (export "memory") 1) (func (export "f") (param i32 f32) (result i64) (local v128)
      (local.set 2 (v128.load offset=4 (local.get 0)))
      (v128.store16_lane 3 (i32.const 8) (i16x8.mul (local.get 2) (i16x8.splat (local.get 0))))
      (i64x2.extract_lane 1 (i8x16.shuffle 0 1 2 3 4 5 6 7 31 30 29 28 27 26 25 24
        (f32x4.add (local.get 2) (f32x4.splat (local.get 1))) (v128.const i32x4 1 2 3 4))))
    (func (export "g") (param i64 i32) (result i32) (i32x4.bitmask (i64x2.shr_s
      (v128.bitselect (i64x2.splat (local.get 0)) (v128.const i64x2 1 -1) (v128.const i64x2 9 5))
      (local.get 1))))""",
)
SMALL_3 = (
    """(rec (type $node (sub (struct (field (mut i32)) (field (ref null $node)))))
      (type $leaf (sub final $node (struct (field (mut i32)) (field (ref null $node)) (field i8)))))
    (type $bytes (array (mut i8))) (data $d "bytes") (global $g (ref $leaf)
      (struct.new $leaf (i32.const 1) (ref.null $node) (i32.const 2)))
    (func (export "f") (param i32) (result i32) (local (ref $bytes))
      (local.set 1 (array.new_data $bytes $d (i32.const 0) (i32.const 5)))
      (array.fill $bytes (local.get 1) (i32.const 1) (local.get 0) (i32.const 3))
      (i32.add (array.get_u $bytes (local.get 1) (i32.const 2))
        (struct.get_s $leaf 2 (global.get $g))))
    (func (export "g") (param i32) (result i32)
      (block $no (result (ref null $node))
        (br_on_cast_fail $no (ref null $node) (ref $leaf)
          (struct.new $node (local.get 0) (global.get $g)))
        (struct.get $leaf 0) (return))
      (drop) (i31.get_u (ref.i31 (ref.test (ref eq) (global.get $g)))))""",
    """(type $f (func (param i32) (result i32))) (tag $e (param i32)) (tag $other)
    (table 2 (ref $f) (ref.func $twice)) (elem declare func $throws)
    (func $twice (type $f) (i32.mul (local.get 0) (i32.const 2)))
    (func $throws (type $f) (throw $e (local.get 0)))
    (func (export "f") (param i32) (result i32)
      (block $caught (result i32) (block $any (result exnref)
        (try_table (result i32) (catch $e $caught) (catch_all_ref $any)
          (call_ref $f (local.get 0)
            (select (result (ref $f)) (ref.func $throws) (ref.func $twice) (local.get 0))))
        (return)) (drop) (i32.const 9)))
    (func $loop (export "g") (param i64 i64) (result i64)
      (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
      (return_call $loop (i64.sub (local.get 0) (i64.const 1)) (i64.const 7)))""",
    """(memory (export "memory") i64 1) (memory $two 1 2) (table $t i64 3 funcref) (data $d "data")
    (data (memory $two) (i32.const 2) "two") (elem (table $t) (i64.const 1) func $f)
    (func $f (export "f") (param i64) (result i64)
      (memory.copy 0 $two (local.get 0) (i32.const 0) (i32.const 8))
      (memory.init $two $d (i32.const 9) (i32.const 0) (i32.const 4))
      (i64.store offset=16 (local.get 0) (i64.const -2))
      (i64.add (i64.load32_u (local.get 0)) (i64.load $two (i32.const 4))))
    (func (export "g") (result i32) (ref.is_null (table.get $t (i64.const 2))))""",
)
"""What 3.0 alone can read."""


def host() -> dict[str, dict[str, Any]]:
    """Something of every kind to import."""
    memory = wasm_vm.MemoryType(wasm_vm.Bounds(1))
    table = wasm_vm.TableType(wasm_vm.FUNCREF, wasm_vm.Bounds(2))
    return {
        "env": {
            **IMPORTS["env"],
            "global": wasm_vm.Global(wasm_vm.GlobalType(wasm_vm.I32), 1),
            "memory": wasm_vm.Memory(memory, LIMITS),
            "table": wasm_vm.Table(table, LIMITS),
        }
    }


def seeds() -> list[Seed]:
    """The modules that are damaged."""
    texts = [*SMALL, *(path.read_text() for path in sorted(PROGRAMS.glob("*.wat")))]
    found = [binary for binary in map(wat.assemble, texts) if len(binary) <= BYTES_MAX]
    assert len(found) > 15
    for binary in found:
        assert verdict(binary, Features.V2) is None
    newer = [wat.assemble(text) for text in SMALL_3]
    for binary in newer:
        assert verdict(binary, Features.V2) is not None
        assert verdict(binary, Features.V3) is None
        assert len(binary) <= BYTES_MAX
    return [Seed(binary) for binary in (*found, *newer)]


def sections(binary: bytes) -> list[tuple[int, bytes]]:
    found, position = [], 8
    while position < len(binary):
        code, size, shift = binary[position], 0, 0
        position += 1
        while True:
            byte = binary[position]
            size |= (byte & 0x7F) << shift
            position, shift = position + 1, shift + 7
            if byte < 0x80:
                break
        found.append((code, binary[position : position + size]))
        position += size
    return found


INTERESTING = (
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x0B, 0x0C, 0x0F, 0x1A, 0x1B, 0x20, 0x40, 0x41, 0x60, 0x6F,
    0x70, 0x7B, 0x7C, 0x7F, 0x80, 0xD0, 0xD2, 0xFC, 0xFF, 0x08, 0x1F, 0x4E, 0x50, 0x5E, 0x5F, 0x63,
    0x64, 0x6E, 0xFB, 0xFD,
)  # fmt: skip

CODE = 10
STRUCTURE = frozenset({0x02, 0x03, 0x04, 0x05, 0x0B, 0x1F})


def encoded(row: Instruction) -> bytes:
    if row.code <= 0xFF:
        return bytes((row.code,))
    return bytes((row.code >> 16,)) + leb(row.code & 0xFFFF)


PLAIN = [
    [
        encoded(row)
        for row in TABLE
        if not row.immediates and row.code not in STRUCTURE and wanted(row)
    ]
    for wanted in (
        lambda row: row.code >> 16 != 0xFD and row.since <= Features.V2,
        lambda row: row.code >> 16 == 0xFD,
        lambda row: row.code >> 16 != 0xFD and row.since is Features.V3,
    )
]
"""Instructions without immediates: numeric ones and the like, vectors, and those of 3.0."""

Damage = Callable[[bytearray, random.Random, bytes], None]


def flip(data: bytearray, chance: random.Random, other: bytes) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def replace(data: bytearray, chance: random.Random, other: bytes) -> None:
    data[chance.randrange(len(data))] = chance.choice((*INTERESTING, chance.randrange(256)))


def step(data: bytearray, chance: random.Random, other: bytes) -> None:
    place = chance.randrange(len(data))
    data[place] = (data[place] + chance.choice((-1, 1))) % 256


def remove(data: bytearray, chance: random.Random, other: bytes) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.randint(1, 6)]


def repeat(data: bytearray, chance: random.Random, other: bytes) -> None:
    start = chance.randrange(len(data))
    data[start:start] = data[start : start + chance.randint(1, 8)]


def insert(data: bytearray, chance: random.Random, other: bytes) -> None:
    start = chance.randrange(len(data) + 1)
    data[start:start] = chance.choice(
        (
            bytes((chance.choice(INTERESTING),)),
            leb(chance.choice((0, 1, 127, 128, 65_536, 2**31, 2**32 - 1))),
            chance.randbytes(chance.randint(1, 3)),
            b"\x80" * chance.randint(1, 5) + b"\0",
        )
    )


def splice(data: bytearray, chance: random.Random, other: bytes) -> None:
    start, source = chance.randrange(len(data)), chance.randrange(len(other))
    size = chance.randint(1, 12)
    data[start : start + size] = other[source : source + size]


DAMAGES: tuple[Damage, ...] = (flip, replace, replace, step, step, remove, repeat, insert, splice)


class Seed:
    """A valid module, and its function bodies as lists of encoded instructions."""

    def __init__(self, binary: bytes) -> None:
        self.binary = binary
        self.sections = [(code, content) for code, content in sections(binary) if code != 0]
        self.bodies = []
        for code in wasm_vm.decode(binary).codes:
            starts = [offset for _, _, offset in code.body]
            ends = [*starts[1:], code.offset + code.size]
            instructions = [binary[a:b] for a, b in zip(starts, ends, strict=True)]
            self.bodies.append((binary[code.offset : starts[0]], instructions))


def anywhere(seed: Seed, other: Seed, chance: random.Random) -> bytes:
    """Damage to the bare bytes."""
    data = bytearray(seed.binary)
    for _ in range(chance.randint(1, 3)):
        chance.choice(DAMAGES)(data, chance, other.binary)
    return bytes(data)


def in_sections(seed: Seed, other: Seed, chance: random.Random) -> bytes:
    """Damage inside of sections, whose sizes are put right; or sections out of their order."""
    parts = list(seed.sections)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        place = chance.randrange(len(parts))
        code, content = parts[place]
        if chance.random() < 0.05:
            parts.insert(chance.randrange(len(parts) + 1), parts.pop(place))
        elif content:
            data = bytearray(content)
            chance.choice(DAMAGES)(data, chance, chance.choice(other.sections)[1] or b"\0")
            parts[place] = code, bytes(data)
    return assembled(parts)


def in_code(seed: Seed, other: Seed, chance: random.Random) -> bytes:
    """Whole instructions taken out, doubled, exchanged, or brought in from another module."""
    bodies = [(locals_, list(instructions)) for locals_, instructions in seed.bodies]
    foreign = chance.choice(other.bodies)[1]
    for _ in range(chance.choice((1, 1, 2, 3, 5))):
        edit(chance.choice(bodies)[1], foreign, chance)
    code = leb(len(bodies))
    for locals_, instructions in bodies:
        body = locals_ + b"".join(instructions)
        code += leb(len(body)) + body
    return assembled(
        [(number, code if number == CODE else content) for number, content in seed.sections]
    )


def edit(instructions: list[bytes], foreign: list[bytes], chance: random.Random) -> None:
    """One edit; it mostly leaves the structure of blocks alone."""
    plain = [at for at, each in enumerate(instructions) if each[0] not in STRUCTURE]
    if not plain or chance.random() < 0.05:
        plain = list(range(len(instructions)))
    if not plain:
        return
    place, there = chance.choice(plain), chance.choice(plain)
    match chance.randrange(8):
        case 0:
            instructions[place : place + 1] = []
        case 1:
            instructions.insert(place, instructions[there])
        case 2:
            instructions[place], instructions[there] = instructions[there], instructions[place]
        case 3:
            instructions.insert(place, chance.choice(foreign))
        case 4:
            # What follows is dead, and its operands may be anything.
            instructions.insert(place, chance.choice((b"\x00", b"\x0c\x00", b"\x0f")))
        case 5:
            value = chance.choice((b"\x41\x01", b"\x42\x7f", b"\x43\0\0\xc0\x7f", b"\xd0\x70"))
            use = chance.choice((b"\x1a", b"\x1a", b"\x21\x00", b"\x0d\x00", b"\x1b"))
            instructions[place:place] = [value, use]
        case 6:
            data = bytearray(instructions[place])
            step(data, chance, b"")
            instructions[place] = bytes(data)
        case _:
            instructions[place] = chance.choice(PLAIN[chance.choice((0, 0, 0, 0, 1, 2))])


def assembled(parts: list[tuple[int, bytes]]) -> bytes:
    return PREAMBLE + b"".join(raw_section(*part) for part in parts)


WAYS = (anywhere, in_sections, in_sections, in_code, in_code, in_code)


def damaged(modules: list[Seed], case: int) -> bytes:
    """Case number `case` of this seed."""
    chance = random.Random(f"{SEED}/{case}")
    way = chance.choice(WAYS)
    return way(chance.choice(modules), chance.choice(modules), chance)[:BYTES_MAX]


def verdict(binary: bytes, level: Features) -> str | None:
    """Why we do not take a module; None where it is valid."""
    try:
        wasm_vm.load(binary, features=level, limits=LIMITS)
    except (Malformed, Invalid, LimitExceeded) as error:
        return f"{type(error).__name__}: {error}"
    return None


def beyond_this_vm(reason: str) -> bool:
    """A bound of ours."""
    return reason.startswith("LimitExceeded")


def written_long(binary: bytes, reason: str) -> bool:
    """A `(ref null func)` or `(ref null extern)` in full, which 2.0 has as one byte only; wasmtime
    reads it at every level.
    """
    found = re.match(r"Malformed: malformed (?:reference|value) type \(at byte 0x(\w+)\)", reason)
    if found is None:
        return False
    offset = int(found[1], 16)
    return binary[offset : offset + 2] in (b"\x63\x70", b"\x63\x6f")


def check_against_wasmtime(binary: bytes) -> Features | None:
    """The same verdict at both levels; the first at which the module is valid."""
    valid: Features | None = None
    for level, name in ((Features.V3, "3.0"), (Features.V2, "2.0")):
        ours, theirs = verdict(binary, level), refusal(binary, name)
        if ours is None:
            assert theirs is None, f"{name}: {theirs}"
            valid = level
        elif theirs is None:
            assert beyond_this_vm(ours) or written_long(binary, ours), f"{name}: {ours}"
    return valid


def check_execution_against_wasmtime(binary: bytes, level: Features) -> None:
    """Results, traps, memory, and the fuel of calls that return; for modules that import nothing
    and never grow, because a growth that is refused is billed otherwise there. What 3.0 has added
    is billed otherwise too.
    """
    module = wasm_vm.load(binary, features=level)
    growing = any(row.variable == "granted" for plan in module.plans for row, _, _ in plan.body)
    if module.module.imports or growing:
        return
    try:
        ours = wasm_vm.instantiate(module, limits=LIMITS)
    except wasm_vm.WasmError:
        return
    oracle = Oracle(binary, make_engine("2.0" if level is Features.V2 else "3.0"))
    for name, extern in ours.exports.items():
        if not isinstance(extern, wasm_vm.Function):
            continue
        if any(not kind.is_number for kind in (*extern.type.parameters, *extern.type.results)):
            continue
        if wasm_vm.V128 in (*extern.type.parameters, *extern.type.results):
            continue
        for argument in (0, 3):
            ours.fuel.refill(LIMITS.fuel or 0)
            before, found, kind = ours.fuel.used, None, None
            given = [argument] * len(extern.type.parameters)
            try:
                found = extern.invoke_bits(*given)
            except (wasm_vm.OutOfFuel, UncaughtException):
                return
            except wasm_vm.Trap as trap:
                kind = trap.kind
            if kind in (wasm_vm.TrapKind.CALL_STACK, wasm_vm.TrapKind.ALLOCATION):
                return
            expected = oracle.invoke(name, *given)
            assert found == expected.results, name
            if kind is None and level is Features.V2:
                assert ours.fuel.used - before == expected.fuel, name
            if isinstance(ours.exports.get("memory"), wasm_vm.Memory):
                assert ours.memory.read(0, ours.memory.size) == oracle.memory()


@pytest.mark.parametrize("shard", range(SHARDS))
def test_mutations(shard: int) -> None:
    modules = seeds()
    print(f"FERRITE_SEED={SEED}")
    for case in range(shard, CASES, SHARDS):
        binary = damaged(modules, case)
        start = time.process_time()
        try:
            attempt(binary, LIMITS, host())
            seconds = time.process_time() - start
            assert seconds < SECONDS_MAX
            level = check_against_wasmtime(binary)
            if level is not None:
                check_execution_against_wasmtime(binary, level)
        except Exception as error:
            pytest.fail(f"FERRITE_SEED={SEED} case {case}: {binary.hex()}: {error!r}")


def test_damage_leaves_enough_modules_whole() -> None:
    """The campaign is worth its time only while many cases get through the decoder."""
    modules = seeds()
    kinds = [verdict(damaged(modules, case), Features.V3) for case in range(600)]
    valid = sum(kind is None for kind in kinds)
    invalid = sum(kind is not None and kind.startswith("Invalid") for kind in kinds)
    assert valid > 60
    assert invalid > 120
