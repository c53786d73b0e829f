from __future__ import annotations

from typing import Any

import pytest

import wasm_vm
from tests.support import wat
from wasm_vm.errors import Trap, TrapKind, UncaughtException, Unlinkable
from wasm_vm.types import (
    ANYREF,
    EXTERNREF,
    F32,
    FUNCREF,
    I31REF,
    I32,
    I64,
    Bounds,
    Features,
    GlobalType,
    MemoryType,
    TableType,
)


def test_everything_can_be_shared_between_instances() -> None:
    first = wat.instance(
        """(memory (export "m") 1 5) (table (export "t") 2 funcref)
        (global (export "g") (mut i32) (i32.const 3))
        (func (export "f") (result i32) (global.get 0))"""
    )
    second = wat.instance(
        """(import "a" "m" (memory 1)) (import "a" "t" (table 1 funcref))
        (import "a" "g" (global $g (mut i32))) (import "a" "f" (func $f (result i32)))
        (elem (i32.const 1) $f)
        (data (i32.const 7) "x")
        (func (export "f") (result i32)
          (global.set $g (i32.const 9)) (call_indirect (result i32) (i32.const 1)))
        (export "g" (global $g))""",
        {"a": first.exports},
    )
    assert second.invoke("f") == 9
    assert second.store is first.store
    assert first.memory.read(7, 1) == b"x"
    assert second.exports["g"] is first.exports["g"]


def test_guests_of_two_stores_cannot_be_mixed() -> None:
    one, two = (wat.instance('(func (export "f"))') for _ in range(2))
    with pytest.raises(Unlinkable, match="different stores"):
        wat.instance(
            '(import "a" "f" (func)) (import "b" "f" (func))',
            {"a": one.exports, "b": two.exports},
        )
    with pytest.raises(Unlinkable, match="different stores"):
        wat.instance('(import "a" "f" (func))', {"a": one.exports}, store=wasm_vm.Store())


@pytest.mark.parametrize(
    ("wanted", "given", "message"),
    [
        ("(func)", None, r"unknown import env.it: function \[\] -> \[\]"),
        ("(memory 1)", None, "unknown import env.it: memory 1"),
        (
            "(memory 1)",
            wasm_vm.host_function(lambda: None),
            r"wanted memory 1, got function \[\] -> \[\]",
        ),
        ("(memory 2)", wasm_vm.Memory(MemoryType(Bounds(1))), "wanted memory 2, got memory 1"),
        ("(memory 1 2)", wasm_vm.Memory(MemoryType(Bounds(1))), "wanted memory 1 2, got memory 1"),
        (
            "(table 1 funcref)",
            wasm_vm.Table(TableType(EXTERNREF, Bounds(1))),
            "wanted table 1 funcref, got table 1 externref",
        ),
        ("(table 3 funcref)", wasm_vm.Table(TableType(FUNCREF, Bounds(1))), "got table 1 funcref"),
        ("(global i64)", wasm_vm.Global(GlobalType(I32), 1), "wanted global i64, got global i32"),
        (
            "(global (mut i32))",
            wasm_vm.Global(GlobalType(I32), 1),
            r"wanted global \(mut i32\), got global i32",
        ),
        (
            "(global i32)",
            wasm_vm.Global(GlobalType(I32, mutable=True), 1),
            r"wanted global i32, got global \(mut i32\)",
        ),
        (
            "(memory i64 1)",
            wasm_vm.Memory(MemoryType(Bounds(1))),
            "wanted memory i64 1, got memory 1",
        ),
        (
            "(memory 1)",
            wasm_vm.Memory(MemoryType(Bounds(1), I64)),
            "wanted memory 1, got memory i64 1",
        ),
        (
            "(table i64 1 funcref)",
            wasm_vm.Table(TableType(FUNCREF, Bounds(1))),
            "wanted table i64 1 funcref, got table 1 funcref",
        ),
        (
            "(table 1 anyref)",
            wasm_vm.Table(TableType(I31REF, Bounds(1))),
            "wanted table 1 anyref, got table 1 i31ref",
        ),
        (
            "(global i31ref)",
            wasm_vm.Global(GlobalType(ANYREF), None),
            "wanted global i31ref, got global anyref",
        ),
        (
            "(global (mut anyref))",
            wasm_vm.Global(GlobalType(I31REF, mutable=True), None),
            r"wanted global \(mut anyref\), got global \(mut i31ref\)",
        ),
        ("(tag (param i32))", 5, r"wanted tag \[i32\] -> \[\], got int"),
        ("(func)", 5, r"wanted function \[\] -> \[\], got int"),
    ],
)
def test_imports_that_do_not_fit(wanted: str, given: Any, message: str) -> None:
    imports = {"env": {} if given is None else {"it": given}}
    with pytest.raises(Unlinkable, match=message):
        wat.instance(f'(import "env" "it" {wanted})', imports)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("(memory 1)", wasm_vm.Memory(MemoryType(Bounds(2)))),
        ("(memory 1 9)", wasm_vm.Memory(MemoryType(Bounds(2, 9)))),
        ("(table 0 20 externref)", wasm_vm.Table(TableType(EXTERNREF, Bounds(3, 9)))),
        ("(global f32)", wasm_vm.Global(GlobalType(F32), 0.5)),
        ("(memory i64 1)", wasm_vm.Memory(MemoryType(Bounds(2), I64))),
        ("(table i64 1 funcref)", wasm_vm.Table(TableType(FUNCREF, Bounds(2), I64))),
        ("(global anyref)", wasm_vm.Global(GlobalType(I31REF), None)),
        ("(global (mut i64))", wasm_vm.Global(GlobalType(I64, mutable=True), 5)),
    ],
)
def test_imports_that_fit(wanted: str, given: Any) -> None:
    wat.instance(f'(import "env" "it" {wanted})', {"env": {"it": given}})


def test_tags_are_shared_and_told_apart_by_identity() -> None:
    first = wat.instance(
        """(tag $e (export "e") (param i32)) (tag (export "other") (param i32))
        (tag (export "none")) (func (export "throw") (throw $e (i32.const 5)))"""
    )
    text = """(import "a" "throw" (func $throw)) (import "a" "{0}" (tag $e (param i32)))
        (func (export "f") (result i32) (block $h (result i32)
          (try_table (catch $e $h) (call $throw)) (i32.const 0)))"""
    assert wat.instance(text.format("e"), {"a": first.exports}).invoke("f") == 5
    with pytest.raises(UncaughtException):
        wat.instance(text.format("other"), {"a": first.exports}).invoke("f")
    with pytest.raises(Unlinkable, match=r"wanted tag \[i32\] -> \[\], got tag \[\] -> \[\]"):
        wat.instance(text.format("none"), {"a": first.exports})


def test_a_function_may_be_imported_as_a_supertype_of_its_own() -> None:
    types = """(type $top (sub (func (result anyref))))
        (type $low (sub $top (func (result i31ref))))"""
    first = wat.instance(
        f'{types} (func (export "f") (type $low) (ref.i31 (i32.const 1)))'
        f' (func (export "g") (type $top) (ref.null none))'
    )
    wat.instance(f'{types} (import "a" "f" (func (type $top)))', {"a": first.exports})
    with pytest.raises(Unlinkable):
        wat.instance(f'{types} (import "a" "g" (func (type $low)))', {"a": first.exports})


def test_a_grown_memory_is_imported_at_its_size_of_now() -> None:
    memory = wasm_vm.Memory(MemoryType(Bounds(1, 5)))
    with pytest.raises(Unlinkable):
        wat.instance('(import "env" "m" (memory 3))', {"env": {"m": memory}})
    memory.grow(2)
    wat.instance('(import "env" "m" (memory 3))', {"env": {"m": memory}})


SEGMENTS = """
(import "env" "m" (memory 1)) (import "env" "t" (table 4 funcref))
(func $f)
(elem (i32.const 0) $f)
(data (i32.const 0) "first")
(elem (i32.const {element}) $f $f)
(data (i32.const {data}) "second")
"""


@pytest.mark.parametrize(
    ("element", "data", "kind", "written"),
    [
        (2, 65_530, None, b"first"),
        (2, 65_531, TrapKind.MEMORY_BOUNDS, b"first"),
        (3, 0, TrapKind.TABLE_BOUNDS, bytes(5)),
        (-1, 0, TrapKind.TABLE_BOUNDS, bytes(5)),
    ],
)
def test_segments_are_written_in_order_up_to_one_that_traps(
    element: int, data: int, kind: TrapKind | None, written: bytes
) -> None:
    memory = wasm_vm.Memory(MemoryType(Bounds(1)))
    table = wasm_vm.Table(TableType(FUNCREF, Bounds(4)))
    imports = {"env": {"m": memory, "t": table}}
    text = SEGMENTS.format(element=element, data=data)
    if kind is None:
        wat.instance(text, imports)
    else:
        with pytest.raises(Trap) as caught:
            wat.instance(text, imports)
        assert caught.value.kind is kind
    assert memory.read(0, 5) == written
    assert table.elements[0] is not None


@pytest.mark.parametrize(("element", "data"), [(3, 0), (0, 65_531)])
def test_in_the_first_release_segments_that_do_not_fit_leave_nothing_written(
    element: int, data: int
) -> None:
    memory = wasm_vm.Memory(MemoryType(Bounds(1)))
    table = wasm_vm.Table(TableType(FUNCREF, Bounds(4)))
    module = wat.load(SEGMENTS.format(element=element, data=data), Features.V1)
    with pytest.raises(Unlinkable, match="segment does not fit"):
        wasm_vm.instantiate(module, {"env": {"m": memory, "t": table}})
    assert memory.read(0, 5) == bytes(5)
    assert table.elements == [None] * 4


def test_active_and_declared_segments_are_dropped_and_passive_ones_kept() -> None:
    instance = wat.instance(
        """(memory 1) (table 1 funcref) (func $f)
        (data (i32.const 0) "a") (data "b")
        (elem (i32.const 0) $f) (elem func $f $f) (elem declare func $f)"""
    )
    assert instance.datas == [b"", b"b"]
    assert [len(items) for items in instance.elements] == [0, 2, 0]


def test_the_start_function_runs_last() -> None:
    instance = wat.instance(
        """(memory (export "memory") 1) (data (i32.const 0) "\\05")
        (func $s (i32.store8 (i32.const 1) (i32.load8_u (i32.const 0)))) (start $s)"""
    )
    assert instance.memory.read(0, 2) == b"\5\5"
    with pytest.raises(Trap):
        wat.instance("(func $s unreachable) (start $s)")


def test_an_imported_guest_function_may_be_the_start() -> None:
    first = wat.instance(
        """(global (export "g") (mut i32) (i32.const 0))
        (func (export "f") (global.set 0 (i32.const 7)))"""
    )
    wat.instance('(import "a" "f" (func $f)) (start $f)', {"a": first.exports})
    assert first.exports["g"].value == 7  # type: ignore[union-attr]
