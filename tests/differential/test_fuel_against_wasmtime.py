"""Results, fuel, memory and globals of whole programs, against wasmtime's own count.

wasmtime 50 charges by the same rules, operator by operator, so it is an independent oracle of cost
model 1. Left out, because its figure is stale there: runs that trap in a load, a store, a division,
a truncation or a bulk bounds check; and a refused growth by a small constant.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

import wasm_vm
from tests.support import wat
from tests.support.wasmtime_oracle import Oracle, make_engine
from wasm_vm.numeric import f32, f32_bits, f64_bits

PROGRAMS = Path(__file__).parent / "programs"

NAN32, SIGNALLING32, DENORMAL32 = 0x7FC0_0000, 0xFFA0_0001, 0x0000_0001
NAN64, SIGNALLING64, DENORMAL64 = 0x7FF8_0000_0000_0000, 0xFFF4_0000_0000_0001, 1
FLOATS32 = (0.0, -0.0, 1.5, -2.5, 1e38, math.inf, NAN32, SIGNALLING32, DENORMAL32, 0x7F7F_FFFF)
FLOATS64 = (0.0, -0.0, 0.1, -2.5, 1e308, -math.inf, NAN64, SIGNALLING64, DENORMAL64, 4.5e15)


def pairs(values: tuple[Any, ...]) -> list[tuple[Any, Any]]:
    return [(left, right) for left in values for right in values]


def singles(*values: Any) -> list[tuple[Any]]:
    return [(value,) for value in values]


CALLS: dict[str, list[tuple[str, list[tuple[Any, ...]]]]] = {
    "recursion": [
        ("fibonacci", singles(0, 1, 2, 9, 12)),
        ("ackermann", [(0, 0), (1, 5), (2, 3), (2, 0)]),
        ("even", singles(0, 1, 100, 101)),
        ("hanoi", singles(0, 3, 60)),
    ],
    "loops": [
        ("sum", singles(0, 1, 100, 1000)),
        ("collatz", singles(0, 1, 27, 97, 1 << 40)),
        ("triangle", singles(0, 1, 10, 40)),
    ],
    "memory_walk": [
        ("checksum", [(0, 0), (64, 110), (60, 400), (65_500, 65_536)]),
        ("widths", singles(0, 1, 3, 1000)),
        ("reverse", [(64, 109), (64, 64), (0, 300)]),
    ],
    "sieve": [("primes", singles(0, 3, 100, 1500, 800))],
    "dispatch": [
        ("apply", [(0, 2, 3), (1, 2, 3), (2, -7, 9), (4, 3, 13)]),
        ("fold", singles(1, 7, 50)),
    ],
    "floats32": [
        ("arithmetic", pairs(FLOATS32)),
        ("order", pairs(FLOATS32)),
        ("rounding", singles(*FLOATS32, 0.5, 3.5, -0.4, 8388609.0)),
        ("signs", singles(*FLOATS32)),
        ("harmonic", singles(1, 10, 200)),
    ],
    "floats64": [
        ("arithmetic", pairs(FLOATS64)),
        ("order", pairs(FLOATS64)),
        ("rounding", singles(*FLOATS64, 0.5, 3.5, -0.4)),
        ("signs", singles(*FLOATS64, 16777217.0, 1e39, 1e-46)),
        ("mandelbrot", [(0.0, 0.0), (0.3, 0.5), (-2.0, 0.0), (1.0, 1.0), (-0.75, 0.1)]),
    ],
    "switch": [
        ("run", [(0, 0), (1, 5), (1, 100), (-3, 333)]),
        ("name_length", singles(*range(8), -1)),
        ("carried", singles(0, 1, 2, 3, 1 << 31)),
    ],
    "bulk_memory": [
        ("fill", [(0, 7, 0), (100, 255, 1), (4000, 300, 70_000), (131_072, 1, 0)]),
        ("copy", [(500, 10, 16), (12, 10, 14), (8, 10, 14), (131_072, 0, 0)]),
        ("overlap", singles(0, 1, 5, 100)),
        ("drop", singles(0, 20)),
    ],
    "bulk_table": [
        ("init", [(0, 0, 0), (0, 0, 4), (6, 1, 3)]),
        ("fill", [(0, 0), (3, 4), (0, 10)]),
        ("copy", [(0, 2, 0), (0, 2, 4), (3, 2, 5), (1, 2, 5)]),
        ("grow", singles(0, 3, 7, 1000)),
    ],
    "globals": [("draw", singles(1, 2, 100)), ("scaled", singles(3.0, NAN64, SIGNALLING64))],
    "multi_value": [
        ("euclid", [(0, 0), (12, 18), (1071, 462), (1, 0), (832_040, 514_229)]),
        ("pair", [(0, 5), (7, -1)]),
        ("fibonacci", singles(1, 2, 50, 100)),
    ],
    "hash": [
        ("fnv", [(0, 0), (0, 5), (0, 35), (20, 300)]),
        ("mix", singles(0, 1, -1, 1 << 63, 0x0123_4567_89AB_CDEF)),
        ("murmur", [(0, 0), (1, -1), (-5, 77)]),
        ("divide", [(7, 2), (-7, 2), (7, -2), (-(1 << 63), 3), (1, -1)]),
    ],
    "choice": [
        ("clamp", [(5, 0, 9), (-5, 0, 9), (15, 0, 9)]),
        ("grade", singles(0, 30, 42, 60, 80, 95)),
        ("typed", singles(0, 1)),
        ("nothing", singles(0, 1)),
    ],
    "grow": [("grow", singles(0, 1, 2)), ("touch", singles(1, 3)), ("grow", singles(1000, -1))],
    "conversions": [
        ("extend", [(0x80, 0x8080_8080_8080_8080), (0x7FFF_7FFF, -1), (0, 1 << 31)]),
        ("saturate", singles(*FLOATS64, 2.0**31, -(2.0**31) - 1, 2.0**63, 2.0**64, 3e9)),
        ("saturate32", singles(*FLOATS32, 2.0**31, -(2.0**63), 2.0**64, 3e9)),
        ("truncate", singles(0.0, 1.9, 2147483000.5)),
        ("convert", singles(0, -1, 1 << 63, 0x7FFF_FF40_0000_0001, (1 << 53) + 1, 0x8000_0080)),
        ("reinterpret", [(SIGNALLING32, SIGNALLING64), (0, 1 << 63)]),
    ],
    "quicksort": [("sorted", [(1, 5), (10, 1), (60, 99)])],
    "failures": [
        ("indirect", singles(1, 0, 2, 3, 4, -1)),
        ("fall", singles(0, 1, 20)),
        ("dead", singles(0, 3)),
    ],
    "references": [
        ("choose", [(0, 0), (1, 5), (2, 3)]),
        ("nulls", singles(1, 0)),
    ],
}

TRAPS = {
    wasm_vm.TrapKind.UNREACHABLE: "unreachable",
    wasm_vm.TrapKind.UNDEFINED_ELEMENT: "undefined element",
    wasm_vm.TrapKind.UNINITIALIZED_ELEMENT: "uninitialized element",
    wasm_vm.TrapKind.INDIRECT_CALL_TYPE: "indirect call type mismatch",
}


def bits(kind: wasm_vm.ValueType, value: float) -> int:
    """An argument as bits; for a float type an int is taken as bits already."""
    if kind is wasm_vm.I32:
        return int(value) & 0xFFFF_FFFF
    if kind is wasm_vm.I64:
        return int(value) & 0xFFFF_FFFF_FFFF_FFFF
    if isinstance(value, int):
        return value
    return f32_bits(f32(value)) if kind is wasm_vm.F32 else f64_bits(value)


@pytest.fixture(scope="module")
def engine() -> Any:
    return make_engine()


def test_every_function_of_every_program_is_called() -> None:
    assert {path.stem for path in PROGRAMS.glob("*.wat")} == set(CALLS)
    for name, calls in CALLS.items():
        module = wat.load((PROGRAMS / f"{name}.wat").read_text()).module
        functions = {
            export.name for export in module.exports if export.kind is wasm_vm.ExternKind.FUNCTION
        }
        assert {entry for entry, _ in calls} == functions, name


@pytest.mark.parametrize("program", CALLS)
def test_program(program: str, engine: Any) -> None:
    binary = wat.assemble((PROGRAMS / f"{program}.wat").read_text())
    oracle = Oracle(binary, engine)
    ours = wasm_vm.instantiate(wasm_vm.load(binary, features=wasm_vm.Features.V2))
    assert ours.fuel.used == 0
    for name, inputs in CALLS[program]:
        kinds = ours.function(name).type.parameters
        for values in inputs:
            given = [bits(kind, value) for kind, value in zip(kinds, values, strict=True)]
            expected = oracle.invoke(name, *given)
            before = ours.fuel.used
            found = trap = None
            try:
                found = ours.invoke_bits(name, *given)
            except wasm_vm.Trap as error:
                trap = error.kind
            assert found == expected.results, (name, values)
            assert (trap is None) == (expected.trap is None), (name, values)
            if trap is not None and expected.trap is not None:
                assert TRAPS[trap] in expected.trap
            assert ours.fuel.used - before == expected.fuel, (name, values)
            if "memory" in ours.exports:
                assert ours.memory.read(0, ours.memory.size) == oracle.memory(), (name, values)
            for title, extern in ours.exports.items():
                if isinstance(extern, wasm_vm.Global):
                    assert extern.value == oracle.global_(title)


EXAMPLES = {
    "empty": ("", "", 1),
    "structure": ("", "(block (loop nop) (drop (i32.const 1))) return", 2),
    "if": ("", "(if (i32.const 1) (then))", 3),
    "if not": ("", "(if (i32.const 0) (then nop) (else nop))", 3),
    "br in a block": ("", "(block (br 0) nop)", 2),
    "br_if not taken": ("", "(block (br_if 0 (i32.const 0)))", 3),
    "br_table": ("", "(block (br_table 0 0 (i32.const 9)))", 3),
    "call of an empty function": ("(func $g)", "call $g", 3),
    "call_indirect of it": (
        "(table 1 funcref) (elem (i32.const 0) $g) (func $g)",
        "(call_indirect (i32.const 0))",
        4,
    ),
    "memory.fill of 1000 bytes": (
        "(memory 1)",
        "(memory.fill (i32.const 0) (i32.const 7) (i32.const 1000))",
        1005,
    ),
    "memory.copy of 1000 bytes": (
        "(memory 1)",
        "(memory.copy (i32.const 0) (i32.const 7) (i32.const 1000))",
        1005,
    ),
    "memory.init of 5 bytes": (
        '(memory 1) (data $d "12345")',
        "(memory.init $d (i32.const 0) (i32.const 0) (i32.const 5)) (data.drop $d)",
        11,
    ),
    "memory.grow by 10": ("(memory 1)", "(drop (memory.grow (i32.const 10)))", 13),
    "memory.grow by 0": ("(memory 1)", "(drop (memory.grow (i32.const 0)))", 3),
    "table.grow by 10": (
        "(table 1 funcref)",
        "(drop (table.grow (ref.null func) (i32.const 10)))",
        14,
    ),
    "table.fill of 3": (
        "(table 5 funcref)",
        "(table.fill (i32.const 0) (ref.null func) (i32.const 3))",
        8,
    ),
    "table.copy of 3, elements not bytes": (
        "(table 5 funcref)",
        "(table.copy (i32.const 0) (i32.const 1) (i32.const 3))",
        8,
    ),
    "table.init of 2": (
        "(table 5 funcref) (elem $e func $g $g) (func $g)",
        "(table.init $e (i32.const 0) (i32.const 0) (i32.const 2)) (elem.drop $e)",
        8,
    ),
    "variables": (
        "(global $g (mut i32) (i32.const 0))",
        "(local i32) (global.set $g (local.tee 0 (global.get $g))) (local.set 0 (local.get 0))",
        6,
    ),
    "dead code": ("", "(block (br 0) (drop (i32.add (i32.const 1) (i32.const 2))))", 2),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_cost_model_example(name: str, engine: Any) -> None:
    fields, code, units = EXAMPLES[name]
    binary = wat.assemble(f'{fields} (func (export "f") {code})')
    ours = wasm_vm.instantiate(wasm_vm.load(binary))
    ours.invoke("f")
    assert ours.fuel.used == units
    assert Oracle(binary, engine).invoke("f").fuel == units


@pytest.mark.parametrize(
    ("fields", "code", "units"),
    [
        # wasmtime is no oracle here: it prepays a constant growth even where it refuses it.
        ("(memory 1 2)", "(drop (memory.grow (i32.const 10)))", 3),
        ("(table 1 2 funcref)", "(drop (table.grow (ref.null func) (i32.const 10)))", 4),
    ],
)
def test_a_refused_growth_costs_its_fixed_unit(fields: str, code: str, units: int) -> None:
    ours = wat.instance(f'{fields} (func (export "f") {code})')
    ours.invoke("f")
    assert ours.fuel.used == units


def test_a_call_of_a_host_function_costs_no_entry(engine: Any) -> None:
    @wasm_vm.host_function
    def nothing() -> None: ...

    ours = wat.instance(
        '(import "env" "h" (func $h)) (func (export "f") call $h)', {"env": {"h": nothing}}
    )
    ours.invoke("f")
    assert ours.fuel.used == 2


def test_the_start_function_is_billed_and_the_rest_of_instantiation_is_free() -> None:
    fields = """(memory 1) (data (i32.const 0) "abc") (table 2 funcref) (elem (i32.const 0) $s)
        (global i32 (i32.const 7)) (func $s (drop (i32.const 1)))"""
    assert wat.instance(fields).fuel.used == 0
    assert wat.instance(f"{fields} (start $s)").fuel.used == 2
