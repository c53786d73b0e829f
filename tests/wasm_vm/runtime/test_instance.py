from __future__ import annotations

import pytest

import wasm_vm
from tests.support import wat
from wasm_vm.errors import BadCall


def test_exports_are_the_objects_themselves() -> None:
    instance = wat.instance(
        """(memory (export "m") 1) (table (export "t") 2 funcref)
        (global (export "g") i32 (i32.const 3)) (func (export "f")) (export "again" (func 0))"""
    )
    kinds = {name: type(extern).__name__ for name, extern in instance.exports.items()}
    assert kinds == {
        "m": "Memory",
        "t": "Table",
        "g": "Global",
        "f": "GuestFunction",
        "again": "GuestFunction",
    }
    assert instance.exports["f"] is instance.exports["again"]
    assert instance.memory is instance.exports["m"]


def test_the_memory_is_the_one_of_that_name_or_the_first() -> None:
    instance = wat.instance('(memory 1) (memory (export "memory") 2)')
    assert instance.memory.pages == 2
    assert wat.instance("(memory 3)").memory.pages == 3
    with pytest.raises(BadCall, match="the module has no memory"):
        _ = wat.instance("").memory


def test_an_unknown_export_is_answered_with_those_that_exist() -> None:
    instance = wat.instance('(memory (export "m") 1) (func (export "a")) (func (export "b"))')
    for name in ("x", "m"):
        with pytest.raises(
            BadCall, match=f"no exported function '{name}'; exported functions: a, b"
        ):
            instance.invoke(name)
    with pytest.raises(BadCall, match="exported functions: none"):
        wat.instance("").invoke_bits("x")


def test_the_meter_is_the_stores() -> None:
    instance = wat.instance('(func (export "f"))', limits=wasm_vm.Limits(fuel=3))
    instance.invoke("f")
    assert instance.fuel is instance.store.meter
    assert (instance.fuel.used, instance.fuel.remaining) == (1, 2)
