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


def test_a_reference_to_a_function() -> None:
    instance = wat.instance(
        '(global (export "g") funcref (ref.func 0)) (func (export "f") (result i32) i32.const 4)'
    )
    found = instance.exports["g"]
    assert isinstance(found, wasm_vm.Global)
    assert found.value is instance.exports["f"]
    assert found.value() == 4
