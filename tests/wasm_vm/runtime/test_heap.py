from __future__ import annotations

import gc
import itertools
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest

import wasm_vm
from tests.support import wat
from wasm_vm.errors import Trap, TrapKind
from wasm_vm.runtime import heap
from wasm_vm.runtime.budget import ByteBudget
from wasm_vm.runtime.heap_budget import HeapBudget
from wasm_vm.types import (
    BY_NAME,
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    V128,
    ArrayType,
    DefinedType,
    FieldType,
    FunctionType,
    PackedType,
    ReferenceType,
    StructType,
    SubType,
    TagType,
    ValueType,
    define,
    define_function,
)

Storage = ValueType | PackedType


def plenty() -> HeapBudget:
    return HeapBudget(ByteBudget(1 << 40))


def struct(*storages: Storage) -> DefinedType:
    fields = tuple(FieldType(storage, True) for storage in storages)
    return define((SubType(True, (), StructType(fields)),))[0]


def array(storage: Storage) -> DefinedType:
    return define((SubType(True, (), ArrayType(FieldType(storage, True))),))[0]


def tag(*kinds: ValueType) -> heap.Tag:
    return heap.Tag(TagType(define_function(FunctionType(kinds, ()))))


@contextmanager
def collector_off() -> Iterator[None]:
    """Python collects only when it is asked to."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


# --- what objects hold ---------------------------------------------------------------------------


def test_a_struct_cuts_packed_fields_to_their_width() -> None:
    made = heap.new_struct(struct(I8, I16, I32), [0x1234, 0x1_2345, 7], plenty())
    assert made.values == [0x34, 0x2345, 7]


@pytest.mark.parametrize(
    ("storage", "zero"),
    [(I8, 0), (I16, 0), (I32, 0), (I64, 0), (F32, 0.0), (F64, 0.0), (V128, bytes(16))],
)
def test_defaults_are_zero(storage: Storage, zero: Any) -> None:
    assert heap.default_value(FieldType(storage, True)) == zero


def test_the_default_of_a_reference_is_null() -> None:
    assert heap.default_value(FieldType(BY_NAME["anyref"], True)) is None


@pytest.mark.parametrize(
    ("storage", "size"), [(I8, 1), (I16, 2), (I32, 4), (I64, 8), (F32, 4), (F64, 8), (V128, 16)]
)
def test_bytes_in_a_data_segment(storage: Storage, size: int) -> None:
    assert heap.data_bytes(FieldType(storage, False)) == size


# --- what they count for -------------------------------------------------------------------------


def measured(values: Iterator[Any]) -> float:
    """Bytes of this process for each value."""
    kept = [None] * 2000
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for at in range(len(kept)):
        kept[at] = next(values)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / len(kept)


VALUES: dict[Storage, Any] = {
    I8: lambda at: at % 256,
    I16: lambda at: 300 + at,
    I32: lambda at: 1_000_000 + at,
    I64: lambda at: (1 << 63) + at,
    F32: lambda at: at + 0.5,
    F64: lambda at: at + 0.25,
    V128: lambda at: at.to_bytes(16, "little"),
    BY_NAME["anyref"]: lambda at: heap.I31Reference(1_000_000 + at),
}


@pytest.mark.parametrize("storage", VALUES, ids=str)
@pytest.mark.parametrize("count", [0, 1, 2, 7, 40])
def test_an_object_counts_for_what_it_takes(storage: Storage, count: int) -> None:
    """About that: with less a limit of bytes would not hold, with more it would be spent early."""
    kind, make = struct(*[storage] * count), VALUES[storage]
    numbers = itertools.count()
    budget = plenty()
    real = measured(
        heap.new_struct(kind, [make(next(numbers)) for _ in range(count)], budget)
        for _ in itertools.repeat(None)
    )
    counted = heap.struct_size(kind)
    assert real * 0.9 - 16 <= counted <= real * 1.4 + 16


def test_an_array_and_an_exception_count_alike() -> None:
    fields = struct(*[F64] * 10)
    assert heap.array_size(array(F64), 10) == heap.struct_size(fields)
    budget = plenty()
    exception = heap.new_exception(tag(*[F64] * 10), [0.0] * 10, budget)
    assert budget.used == heap.struct_size(fields)
    assert exception.values == [0.0] * 10


def test_references_that_can_be_no_number_have_no_box() -> None:
    for name, boxed in (
        *(("anyref", True), ("eqref", True), ("i31ref", True), ("externref", True)),
        *(("structref", False), ("arrayref", False), ("funcref", False), ("exnref", False)),
    ):
        assert (heap.item_bytes(BY_NAME[name]) > 8) == boxed
    assert heap.item_bytes(ReferenceType(True, struct(I32))) == 8


def test_bytes_come_back_when_an_object_goes() -> None:
    budget = plenty()
    made: Any = heap.new_struct(struct(I32), [1], budget)
    thrown: Any = heap.new_exception(tag(), [], budget)
    assert budget.used == heap.struct_size(struct(I32)) + heap.OBJECT_BYTES
    del made
    assert budget.used == heap.OBJECT_BYTES
    del thrown
    assert budget.used == 0


def test_no_room_is_a_trap_and_books_nothing() -> None:
    budget = HeapBudget(ByteBudget(2 * heap.OBJECT_BYTES))
    kept = heap.new_struct(struct(), [], budget)
    for make in (
        lambda: heap.new_struct(struct(), [], budget),
        lambda: heap.new_exception(tag(), [], budget),
    ):
        with pytest.raises(Trap) as caught:
            make()
        assert caught.value.kind is TrapKind.ALLOCATION
        assert budget.used == heap.OBJECT_BYTES
    assert kept.values == []


# --- the byte limit of an instance ---------------------------------------------------------------

CYCLES = """
(type $n (struct (field (mut (ref null $n))) (field (mut i64))))
(func (export "churn") (param i32) (local $a (ref null $n)) (local $b (ref null $n))
  (loop $l
    (local.set $a (struct.new_default $n))
    (local.set $b (struct.new $n (local.get $a) (i64.const 1)))
    (struct.set $n 0 (local.get $a) (local.get $b))
    (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
"""


@pytest.mark.parametrize("collector", [nullcontext, collector_off])
def test_a_guest_may_make_garbage_in_cycles_for_ever(collector: Any) -> None:
    limits = wasm_vm.Limits(total_bytes=1 << 20)
    instance = wat.instance(CYCLES, limits=limits)
    with collector():
        instance.invoke("churn", 20_000)
    assert instance.store.heap.used <= instance.store.budget.used <= limits.total_bytes


LIST = """
(type $n (struct (field (ref null $n)) (field i32)))
(global $head (mut (ref null $n)) (ref.null $n))
(func (export "build") (param i32)
  (loop $l
    (global.set $head (struct.new $n (global.get $head) (local.get 0)))
    (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
(func (export "drop") (global.set $head (ref.null $n)))
"""


def test_a_guest_cannot_keep_more_than_its_limit() -> None:
    limits = wasm_vm.Limits(total_bytes=1 << 20)
    instance = wat.instance(LIST, limits=limits)
    with pytest.raises(Trap) as caught:
        instance.invoke("build", 1_000_000)
    assert caught.value.kind is TrapKind.ALLOCATION
    assert caught.value.backtrace
    assert instance.store.heap.used <= instance.store.budget.used <= limits.total_bytes
    del caught  # with the operands of the frames in its traceback
    instance.invoke("drop")
    assert instance.store.heap.used == 0
    instance.invoke("build", 1000)


def test_a_list_of_a_million_objects_is_freed_at_once() -> None:
    instance = wat.instance(LIST)
    kind = instance.module.module.types[0]
    budget, head = instance.store.heap, None
    with collector_off():
        for number in range(1_000_000):
            head = heap.new_struct(kind, [head, number], budget)
    instance.globals[0].raw = head
    del head
    assert budget.used == 1_000_000 * heap.struct_size(kind)
    instance.invoke("drop")
    assert budget.used == 0


def test_a_list_of_exceptions_counts_too() -> None:
    limits = wasm_vm.Limits(total_bytes=1 << 20)
    instance = wat.instance(
        """(tag $e (param exnref))
           (func (export "f") (local $last exnref)
             (loop $again
               (block $caught (result exnref (ref exn))
                 (try_table (catch_ref $e $caught) (throw $e (local.get $last)))
                 (unreachable))
               (local.set $last)
               (drop)
               (br $again)))""",
        limits=limits,
    )
    with pytest.raises(Trap) as caught:
        instance.invoke("f")
    assert caught.value.kind is TrapKind.ALLOCATION
    assert instance.store.heap.used <= instance.store.budget.used <= limits.total_bytes
    del caught
    gc.collect()
    assert instance.store.heap.used == 0


# --- types of values -----------------------------------------------------------------------------

TYPES = """
(type $s (sub (struct)))
(type $t (sub $s (struct (field i32))))
(type $a (array i8))
(type $f (func))
(tag $e)
(func (export "s") (result anyref) (struct.new $s))
(func (export "t") (result anyref) (struct.new $t (i32.const 1)))
(func (export "a") (result anyref) (array.new_default $a (i32.const 1)))
(func (export "i31") (result anyref) (ref.i31 (i32.const 5)))
(func $f (export "f") (type $f))
(func (export "exn") (result exnref)
  (block (result (ref exn)) (try_table (catch_all_ref 0) (throw $e)) (unreachable)))
"""


def test_what_a_value_is_an_instance_of() -> None:
    instance = wat.instance(TYPES)
    s, t, a, f = instance.module.module.types[:4]
    values = {name: instance.invoke(name) for name in ("s", "t", "a", "i31", "exn")}
    values["f"] = instance.exports["f"]
    values["host"] = object()
    named = {"s": s, "t": t, "a": a, "f": f}
    expected = {
        "s": {"s", "structref", "eqref", "anyref"},
        "t": {"s", "t", "structref", "eqref", "anyref"},
        "a": {"a", "arrayref", "eqref", "anyref"},
        "i31": {"i31ref", "eqref", "anyref"},
        "exn": {"exnref"},
        "f": {"f", "funcref"},
        "host": {"anyref"},
    }
    for name, value in values.items():
        found = {
            key for key, kind in named.items() if heap.is_of_type(value, ReferenceType(False, kind))
        }
        for key in ("structref", "arrayref", "i31ref", "eqref", "anyref", "funcref", "exnref"):
            reference = BY_NAME[key]
            assert isinstance(reference, ReferenceType)
            if heap.is_of_type(value, ReferenceType(False, reference.heap)):
                found.add(key)
        assert found == expected[name], name


def test_null_is_a_value_of_nullable_types() -> None:
    for nullable in (True, False):
        assert heap.is_of_type(None, ReferenceType(nullable, heap.ANY)) == nullable
        assert heap.is_of_type(None, ReferenceType(nullable, struct())) == nullable


def test_everything_is_external_and_nothing_is_below_it() -> None:
    for value in (object(), heap.I31Reference(1)):
        assert heap.is_of_type(value, ReferenceType(False, heap.EXTERN))
        assert not heap.is_of_type(value, ReferenceType(False, heap.NOEXTERN))


def test_a_number_of_the_host_is_no_i31() -> None:
    assert heap.value_type(7) is heap.ANY
    assert heap.value_type(heap.I31Reference(7)) is heap.I31


def test_equality_is_identity_but_for_numbers() -> None:
    one, other = heap.I31Reference(70_000), heap.I31Reference(70_000)
    assert heap.same(one, other)
    assert not heap.same(one, heap.I31Reference(1))
    assert not heap.same(one, 70_000)
    assert heap.same(None, None)
    assert not heap.same(None, one)
    budget = plenty()
    first, second = (heap.new_struct(struct(), [], budget) for _ in range(2))
    assert heap.same(first, first)
    assert not heap.same(first, second)
