from __future__ import annotations

from typing import Any

import pytest

import wasm_vm
from tests.support import wat


@pytest.mark.parametrize(
    ("kind", "expression", "value"),
    [
        ("i32", "(i32.const -5)", -5),
        ("i64", "(i64.const 9)", 9),
        ("f32", "(f32.const 0.1)", 0.10000000149011612),
        ("f64", "(f64.const -0)", -0.0),
        ("i32", "(global.get $imported)", 40),
        ("i32", "(global.get $earlier)", 2),
        ("i32", "(i32.add (global.get $imported) (global.get $earlier))", 42),
        ("i64", "(i64.sub (i64.const 1) (i64.mul (i64.const 1) (i64.const 3)))", -2),
        ("i32", "(i32.mul (i32.const 0x10000) (i32.const 0x10000))", 0),
        ("funcref", "(ref.null func)", None),
        ("externref", "(ref.null extern)", None),
    ],
)
def test_initialisers(kind: str, expression: str, value: Any) -> None:
    instance = wat.instance(
        f"""(import "env" "g" (global $imported i32)) (global $earlier i32 (i32.const 2))
        (global (export "it") {kind} {expression})""",
        {"env": {"g": wasm_vm.Global(wasm_vm.GlobalType(wasm_vm.I32), 40)}},
    )
    found = instance.exports["it"]
    assert isinstance(found, wasm_vm.Global)
    assert found.value == value
    assert instance.fuel.used == 0


@pytest.mark.parametrize(
    ("expression", "body", "value"),
    [
        ("(ref.i31 (i32.const -1))", "(i31.get_s (ref.cast (ref i31) (global.get $it)))", -1),
        (
            "(struct.new $s (i32.const 300) (i64.const 7))",
            "(struct.get_u $s 0 (ref.cast (ref $s) (global.get $it)))",
            300 & 0xFF,
        ),
        (
            "(struct.new_default $s)",
            "(i32.wrap_i64 (struct.get $s 1 (ref.cast (ref $s) (global.get $it))))",
            0,
        ),
        (
            "(array.new $a (i32.const 9) (i32.const 3))",
            "(array.get_u $a (ref.cast (ref $a) (global.get $it)) (i32.const 2))",
            9,
        ),
        (
            "(array.new_default $a (i32.const 4))",
            "(array.len (ref.cast (ref $a) (global.get $it)))",
            4,
        ),
        (
            "(array.new_fixed $a 3 (i32.const 1) (i32.const 2) (i32.const 0xffff))",
            "(array.get_s $a (ref.cast (ref $a) (global.get $it)) (i32.const 2))",
            -1,
        ),
        ("(any.convert_extern (ref.null extern))", "(ref.is_null (global.get $it))", 1),
    ],
)
def test_aggregates(expression: str, body: str, value: int) -> None:
    instance = wat.instance(
        f"""(type $s (struct (field i8) (field i64))) (type $a (array i16))
        (global $it anyref {expression}) (func (export "f") (result i32) {body})"""
    )
    assert instance.invoke("f") == value


def test_tables_start_with_their_initialiser_and_imported_globals() -> None:
    instance = wat.instance(
        """(import "env" "g" (global $g externref)) (func $f (result i32) (i32.const 6))
        (table $t 2 (ref func) (ref.func $f)) (table $u 3 externref (global.get $g))
        (export "u" (table $u))
        (func (export "f") (result i32)
          (call_indirect $t (result i32) (i32.const 1)))""",
        {"env": {"g": wasm_vm.Global(wasm_vm.GlobalType(wasm_vm.EXTERNREF), "host")}},
    )
    assert instance.invoke("f") == 6
    table = instance.exports["u"]
    assert isinstance(table, wasm_vm.Table)
    assert table.elements == ["host"] * 3


def test_a_reference_to_a_function() -> None:
    instance = wat.instance(
        '(global (export "g") funcref (ref.func 0)) (func (export "f") (result i32) i32.const 4)'
    )
    found = instance.exports["g"]
    assert isinstance(found, wasm_vm.Global)
    assert found.value is instance.exports["f"]
    assert found.value() == 4
