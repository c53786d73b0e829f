"""Bulk operators: effects, bounds, and nothing by halves."""

from __future__ import annotations

from typing import Any

import pytest

import wasm_vm
from tests.support import wat
from wasm_vm.errors import OutOfFuel, Trap, TrapKind
from wasm_vm.interpreter.bulk import CHUNK_BYTES

MEMORY = """
(memory (export "memory") 1 4)
(data $d "0123456789")
(func (export "fill") (param i32 i32 i32)
  (memory.fill (local.get 0) (local.get 1) (local.get 2)))
(func (export "copy") (param i32 i32 i32)
  (memory.copy (local.get 0) (local.get 1) (local.get 2)))
(func (export "init") (param i32 i32 i32)
  (memory.init $d (local.get 0) (local.get 1) (local.get 2)))
(func (export "drop") (data.drop $d))
(func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
(func (export "size") (result i32) (memory.size))
"""


@pytest.fixture
def memory() -> wasm_vm.Instance:
    return wat.instance(MEMORY)


def test_fill_takes_the_lowest_byte(memory: wasm_vm.Instance) -> None:
    memory.invoke("fill", 2, 0x1AB, 3)
    assert memory.memory.read(0, 7) == b"\0\0\xab\xab\xab\0\0"


@pytest.mark.parametrize(
    ("to", "origin", "size"), [(5, 0, 10), (0, 5, 10), (3, 3, 4), (65_526, 0, 10), (0, 0, 0)]
)
def test_copy_of_ranges_that_overlap(
    memory: wasm_vm.Instance, to: int, origin: int, size: int
) -> None:
    model = bytearray(bytes(range(1, 30)) + bytes(65_536 - 29))
    memory.memory.write(0, bytes(model))
    model[to : to + size] = model[origin : origin + size]
    memory.invoke("copy", to, origin, size)
    assert memory.memory.read(0, 65_536) == bytes(model)


@pytest.mark.parametrize("shift", [-(CHUNK_BYTES // 2), CHUNK_BYTES // 2, 1, -1])
def test_copy_in_chunks_of_ranges_that_overlap(shift: int) -> None:
    instance = wat.instance(MEMORY.replace("1 4", "64"))
    pattern = bytes(index % 251 for index in range(2 * CHUNK_BYTES + 77))
    at = CHUNK_BYTES
    instance.memory.write(at, pattern)
    instance.invoke("copy", at + shift, at, len(pattern))
    assert instance.memory.read(at + shift, len(pattern)) == pattern


def test_init_and_drop(memory: wasm_vm.Instance) -> None:
    memory.invoke("init", 1, 2, 3)
    assert memory.memory.read(0, 5) == b"\x00234\x00"
    memory.invoke("drop")
    memory.invoke("init", 0, 0, 0)
    with pytest.raises(Trap, match="out of bounds memory access"):
        memory.invoke("init", 0, 0, 1)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("fill", (65_530, 1, 7)),
        ("fill", (-1, 1, 1)),
        ("fill", (65_537, 1, 0)),
        ("copy", (65_530, 0, 7)),
        ("copy", (0, 65_530, 7)),
        ("copy", (0, 0, -1)),
        ("init", (0, 5, 6)),
        ("init", (65_530, 0, 7)),
        ("init", (0, 11, 0)),
    ],
)
def test_out_of_bounds_has_no_effect_and_costs_the_fixed_unit(
    memory: wasm_vm.Instance, name: str, arguments: tuple[int, ...]
) -> None:
    before = memory.memory.read(0, 65_536)
    with pytest.raises(Trap) as caught:
        memory.invoke(name, *arguments)
    assert caught.value.kind is TrapKind.MEMORY_BOUNDS
    assert memory.memory.read(0, 65_536) == before
    assert memory.fuel.used == 5


def test_grow(memory: wasm_vm.Instance) -> None:
    assert [memory.invoke("grow", pages) for pages in (0, 1, 2, 1, -1, 0)] == [1, 1, 2, -1, -1, 4]
    assert memory.invoke("size") == 4
    assert memory.memory.size == 4 * 65_536


TABLE = """
(table $t (export "t") 6 9 funcref)
(table $u (export "u") 6 externref)
(elem $e func $a $b $c)
(func $a) (func $b) (func $c)
(func (export "fill") (param i32 i32) (table.fill $t (local.get 0) (ref.func $b) (local.get 1)))
(func (export "copy") (param i32 i32 i32)
  (table.copy $t $t (local.get 0) (local.get 1) (local.get 2)))
(func (export "init") (param i32 i32 i32)
  (table.init $t $e (local.get 0) (local.get 1) (local.get 2)))
(func (export "drop") (elem.drop $e))
(func (export "grow") (param i32) (result i32) (table.grow $t (ref.func $c) (local.get 0)))
(func (export "size") (result i32) (table.size $t))
(func (export "get") (param i32) (result externref) (table.get $u (local.get 0)))
(func (export "set") (param i32 externref) (table.set $u (local.get 0) (local.get 1)))
"""


@pytest.fixture
def table() -> wasm_vm.Instance:
    return wat.instance(TABLE)


def elements(instance: wasm_vm.Instance) -> str:
    """The table $t as letters, with a dot for null."""
    letters = {id(instance.functions[index]): "abc"[index] for index in range(3)}
    found = instance.exports["t"]
    assert isinstance(found, wasm_vm.Table)
    return "".join(letters.get(id(element), ".") for element in found.elements)


def test_table_operators(table: wasm_vm.Instance) -> None:
    steps: list[tuple[str, tuple[int, ...], Any, str]] = [
        ("init", (0, 0, 3), None, "abc..."),
        ("copy", (1, 0, 3), None, "aabc.."),
        ("copy", (0, 1, 3), None, "abcc.."),
        ("fill", (4, 2), None, "abccbb"),
        ("grow", (2,), 6, "abccbbcc"),
        ("grow", (2,), -1, "abccbbcc"),
        ("grow", (-1,), -1, "abccbbcc"),
        ("size", (), 8, "abccbbcc"),
        ("drop", (), None, "abccbbcc"),
        ("init", (8, 0, 0), None, "abccbbcc"),
    ]
    for name, arguments, answer, after in steps:
        assert table.invoke(name, *arguments) == answer
        assert elements(table) == after


@pytest.mark.parametrize(
    ("name", "arguments", "units"),
    [
        ("fill", (5, 2), 5),
        ("fill", (7, 0), 5),
        ("copy", (4, 0, 3), 5),
        ("copy", (0, 4, 3), 5),
        ("init", (4, 0, 3), 5),
        ("init", (0, 1, 3), 5),
        ("get", (6,), 3),
        ("set", (6, None), 4),
    ],
)
def test_tables_out_of_bounds(
    table: wasm_vm.Instance, name: str, arguments: tuple[Any, ...], units: int
) -> None:
    with pytest.raises(Trap) as caught:
        table.invoke(name, *arguments)
    assert caught.value.kind is TrapKind.TABLE_BOUNDS
    assert elements(table) == "......"
    assert table.fuel.used == units


def test_references_of_the_host_live_in_tables(table: wasm_vm.Instance) -> None:
    token = object()
    table.invoke("set", 3, token)
    assert table.invoke("get", 3) is token
    table.invoke("set", 3, None)
    assert table.invoke("get", 3) is None


BIG = f"""
(memory 64)
(table 600000 funcref)
(func (export "fill") (memory.fill (i32.const 0) (i32.const 1) (i32.const {3 * CHUNK_BYTES})))
(func (export "table") (table.fill (i32.const 0) (ref.null func) (i32.const 600000)))
"""


def test_the_embedder_gets_a_turn_between_the_chunks_of_a_long_effect() -> None:
    for name, chunks in (("fill", 3), ("table", 5)):
        turns: list[int] = []
        store = wasm_vm.Store(
            wasm_vm.Limits(slice=1 << 30),
            lambda turns=turns: turns.append(1),  # type: ignore[misc]
        )
        instance = wat.instance(BIG, store=store)
        instance.invoke(name)
        assert len(turns) == chunks - 1


def test_a_checkpoint_can_end_a_long_effect() -> None:
    class Killed(Exception):
        pass

    def checkpoint() -> None:
        raise Killed

    instance = wat.instance(BIG, store=wasm_vm.Store(wasm_vm.Limits(slice=1 << 30), checkpoint))
    with pytest.raises(Killed):
        instance.invoke("fill")
    assert instance.store.slots == instance.store.limits.call_stack


def test_a_bulk_operator_that_is_not_affordable_has_no_partial_effect() -> None:
    instance = wat.instance(MEMORY, limits=wasm_vm.Limits(fuel=104))
    with pytest.raises(OutOfFuel) as caught:
        instance.invoke("fill", 0, 1, 100)
    assert (caught.value.used, caught.value.needed) == (4, 101)
    assert instance.memory.read(0, 100) == bytes(100)
    instance.fuel.refill(105)
    instance.invoke("fill", 0, 1, 100)
    assert instance.memory.read(0, 101) == b"\1" * 100 + b"\0"


WIDE = """(memory (export "memory") i64 1 3) (memory $small 1) (data $d "data")
(table $t (export "t") i64 3 5 externref)
(func (export "grow") (param i64) (result i64) (memory.grow (local.get 0)))
(func (export "size") (result i64) (memory.size))
(func (export "fill") (param i64 i64) (memory.fill (local.get 0) (i32.const 7) (local.get 1)))
(func (export "copy") (param i64 i64 i64)
  (memory.copy (local.get 0) (local.get 1) (local.get 2)))
(func (export "narrow") (param i32)
  (memory.copy $small 0 (i32.const 0) (i64.const 0) (local.get 0)))
(func (export "init") (param i64) (memory.init $d (local.get 0) (i32.const 0) (i32.const 4)))
(func (export "table grow") (param i64) (result i64)
  (table.grow $t (ref.null extern) (local.get 0)))
(func (export "table fill") (param i64 externref)
  (table.fill $t (local.get 0) (local.get 1) (i64.const 2)))
(func (export "get") (param i64) (result externref) (table.get $t (local.get 0)))"""


def test_memories_and_tables_of_sixty_four_bits() -> None:
    instance = wat.instance(WIDE)
    memory = instance.memory
    assert [instance.invoke("grow", pages) for pages in (1, 1 << 40, -1, 1, 1)] == [
        1,
        -1,
        -1,
        2,
        -1,
    ]
    assert instance.invoke("size") == 3
    instance.invoke("fill", 3, 4)
    instance.invoke("copy", 4, 2, 4)
    assert memory.read(2, 7) == b"\0\7\0\7\7\7\0"
    instance.invoke("init", 100)
    assert memory.read(100, 4) == b"data"
    instance.invoke("narrow", 65_536)
    assert [instance.invoke("table grow", count) for count in (2, 1, -1)] == [3, -1, -1]
    instance.invoke("table fill", 3, "x")
    assert [instance.invoke("get", index) for index in (2, 3)] == [None, "x"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("fill", (1 << 32, 0xFFFF)),
        ("fill", (0, -1)),
        ("fill", (-1, 2)),
        ("copy", (0, 1 << 63, 1)),
        ("copy", (1 << 32, 0, 1)),
        ("narrow", (-1,)),
        ("init", (-2,)),
        ("table fill", (1 << 32, None)),
        ("get", (-1,)),
        ("get", (1 << 32,)),
    ],
)
def test_places_that_sixty_four_bits_can_name_and_nobody_has(
    name: str, arguments: tuple[object, ...]
) -> None:
    instance = wat.instance(WIDE)
    with pytest.raises(Trap):
        instance.invoke(name, *arguments)
    assert instance.memory.read(0, 65_536) == bytes(65_536)
