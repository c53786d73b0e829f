from __future__ import annotations

import pytest

import wasm_vm
from tests.support import wat
from tests.support.binaries import export, module, section
from tests.support.wasmtime_oracle import accepts
from wasm_vm.errors import Invalid, Malformed
from wasm_vm.types import Features

V1, V2, V3 = Features.V1, Features.V2, Features.V3

MALFORMED = ("malformed", "malformed")
"""Before 3.0 the binary format has no such thing."""

CASES: dict[str, tuple[str | None, str | None, str | None]] = {
    "": (None, None, None),
    "(func (result i32 i32) unreachable)": ("invalid result arity", None, None),
    "(table 0 funcref) (table 0 funcref)": ("multiple tables", None, None),
    "(memory 0) (memory 0)": ("multiple memories", "multiple memories", None),
    '(import "a" "m" (memory 0)) (memory 0)': ("multiple memories", "multiple memories", None),
    "(memory 65536)": (None, None, None),
    "(memory 65537)": ("at most 65536 pages",) * 3,
    "(memory i64 65537)": (*MALFORMED, None),
    "(memory i64 0x1000000000001)": (*MALFORMED, "at most 281474976710656 pages"),
    "(memory i64 1) (data (i64.const 0) \"x\")": (*MALFORMED, None),
    "(memory i64 1) (data (i32.const 0) \"x\")": (*MALFORMED, "expected i64, found i32"),
    "(table i64 1 funcref) (func) (elem (i64.const 0) func 0)": (*MALFORMED, None),
    "(table i64 1 funcref) (func) (elem (i32.const 0) func 0)": (
        *MALFORMED, "expected i64, found i32",
    ),
    "(table 1 (ref func) (ref.func 0)) (func)": (*MALFORMED, None),
    "(table 1 (ref func))": (*MALFORMED, "table 0 needs an initialiser"),
    "(table 1 (ref func) (ref.null func))": (*MALFORMED, r"expected \(ref func\), found funcref"),
    "(table 1 (ref func) (ref.func 5))": (*MALFORMED, "unknown function 5"),
    "(global funcref (ref.null func)) (table 1 funcref (global.get 0))": (
        *MALFORMED, "unknown global 0",
    ),
    "(tag (param i32))": (*MALFORMED, None),
    "(tag) (export \"a\" (tag 0))": (*MALFORMED, None),
    "(export \"a\" (tag 0))": (*MALFORMED, "unknown tag 0"),
    "(tag (result i32))": (*MALFORMED, "non-empty tag result type"),
    "(type (struct (field (ref 1)))) (type (struct))": (*MALFORMED, "unknown type 1"),
    "(table 1 anyref) (table 1 (ref null i31)) (elem (table 0) (i32.const 0) i31ref "
    "(ref.null i31))": (*MALFORMED, None),
    "(table 1 i31ref) (elem (i32.const 0) anyref (ref.null i31))": (
        *MALFORMED, "anyref in a table of i31ref",
    ),
    "(memory 0 65537)": ("at most 65536 pages",) * 3,
    "(memory 2 1)": ("minimum must not be greater",) * 3,
    "(table 5 4 funcref)": ("minimum must not be greater",) * 3,
    '(func) (export "a" (func 0)) (export "b" (func 0))': (None, None, None),
    '(func) (memory 0) (export "a" (func 0)) (export "a" (memory 0))': ("duplicate export",) * 3,
    '(export "a" (func 0))': ("unknown function 0",) * 3,
    '(func) (export "a" (table 0))': ("unknown table 0",) * 3,
    '(func) (export "a" (memory 0))': ("unknown memory 0",) * 3,
    '(func) (export "a" (global 0))': ("unknown global 0",) * 3,
    "(func) (start 0)": (None, None, None),
    "(start 0)": ("unknown function 0",) * 3,
    "(func (param i32)) (start 0)": ("start function",) * 3,
    "(func (result i32) i32.const 0) (start 0)": ("start function",) * 3,
    "(table 1 funcref) (func) (elem (i32.const 0) 0)": (None, None, None),
    "(func) (elem (i32.const 0) func 0)": ("unknown table 0",) * 3,
    "(table 1 funcref) (elem (i32.const 0) 0)": ("unknown function 0",) * 3,
    "(table 1 funcref) (func) (elem (i64.const 0) 0)": ("expected i32, found i64",) * 3,
    "(table 1 funcref) (func) (elem (nop) 0)": ("constant expression required, found nop",) * 3,
    "(memory 1) (data (i32.const 0) \"x\")": (None, None, None),
    "(data (i32.const 0) \"x\")": ("unknown memory 0",) * 3,
    "(memory 1) (data (f32.const 0) \"x\")": ("expected i32, found f32",) * 3,
    "(memory 1) (global i32 (i32.const 0)) (data (global.get 0) \"x\")": (
        "unknown global 0", "unknown global 0", None,
    ),
    "(global i32 (i32.const 0)) (global i32 (global.get 0))": (
        "unknown global 0", "unknown global 0", None,
    ),
    "(global i32 (global.get 0))": ("unknown global 0",) * 3,
    "(global i32 (global.get 1)) (global i32 (i32.const 0))": ("unknown global 1",) * 3,
}  # fmt: skip
"""Fields, and what each release has to say against them."""


@pytest.mark.parametrize("fields", CASES)
def test_modules(fields: str) -> None:
    binary = wat.assemble(fields)
    for level, message in zip(Features, CASES[fields], strict=True):
        if message is None:
            wasm_vm.load(binary, features=level)
        else:
            fault = Malformed if message == "malformed" else Invalid
            with pytest.raises(fault, match=message):
                wasm_vm.load(binary, features=level)
    for level, verdict in (("2.0", CASES[fields][1]), ("3.0", CASES[fields][2])):
        assert accepts(binary, level) == (verdict is None)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            "(table 1 externref) (func) (elem (i32.const 0) func 0)",
            r"(funcref|\(ref func\)) in a table of externref",
        ),
        (
            "(table 1 funcref) (elem (i32.const 0) externref (ref.null extern))",
            "externref in a table",
        ),
        ("(elem externref (ref.null func))", "expected externref, found funcref"),
        ("(elem funcref (ref.func 5))", "unknown function 5"),
    ],
)
def test_segments_of_references(fields: str, message: str) -> None:
    binary = wat.assemble(fields)
    for level in (V2, V3):
        with pytest.raises(Invalid, match=message):
            wasm_vm.load(binary, features=level)
    assert not accepts(binary)


def test_a_fault_of_an_export_is_found_at_its_byte() -> None:
    binary = module(section(7, export("one", 2, 0)))
    with pytest.raises(Invalid) as caught:
        wasm_vm.load(binary)
    assert caught.value.offset == binary.index(b"\x03one")


def test_many_globals_take_time_in_proportion() -> None:
    """Each initialiser sees the globals before it, which must not cost a copy of them."""
    count = 20_000
    binary = module(section(6, *[b"\x7f\x00\x41\x00\x0b"] * (count - 1), b"\x7f\x00\x23\x05\x0b"))
    valid = wasm_vm.load(binary)
    assert len(valid.spaces.globals) == count
