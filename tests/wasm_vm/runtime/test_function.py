from __future__ import annotations

import math

import pytest

import wasm_vm
from tests.support import wat
from wasm_vm.errors import BadCall
from wasm_vm.types import FunctionType

TEXT = """
(func $named (export "pair") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
(func (export "one") (param f32) (result f32) (local.get 0))
(func (export "none"))
"""


def test_results_are_a_value_a_tuple_or_none() -> None:
    instance = wat.instance(TEXT)
    assert instance.function("pair")(-1, 2**64 - 1) == (-1, -1)
    assert instance.function("one")(0.5) == 0.5
    assert instance.function("none")() is None


def test_bits_in_and_out() -> None:
    one = wat.instance(TEXT).function("one")
    assert one.invoke_bits(0x7FA0_0001) == (0x7FA0_0001,)
    assert wat.instance(TEXT).function("none").invoke_bits() == ()
    assert math.isnan(one(math.nan))


def test_calls_that_do_not_fit_name_the_function_and_the_argument() -> None:
    instance = wat.instance(TEXT)
    with pytest.raises(BadCall, match=r"^named takes 2 arguments, got 1$"):
        instance.function("pair")(1)
    with pytest.raises(BadCall, match=r"^function 1: argument 1 \(f32\): expected a float"):
        instance.function("one")("x")
    with pytest.raises(BadCall, match="pattern of 32 bits"):
        instance.function("one").invoke_bits(1 << 32)
    assert instance.fuel.used == 0


def test_type_and_name() -> None:
    instance = wat.instance(TEXT)
    assert instance.function("pair").type == FunctionType(
        (wasm_vm.I32, wasm_vm.I64), (wasm_vm.I64, wasm_vm.I32)
    )
    assert instance.function("one").name == "function 1"


def test_host_functions_can_be_called_by_the_embedder() -> None:
    @wasm_vm.host_function
    def add(a: wasm_vm.i32, b: wasm_vm.i32) -> wasm_vm.i32:
        return a + b

    assert add(-2, 5) == 3
    assert add.invoke_bits(2**32 - 2, 5) == (3,)
    assert add.python(1, 1) == 2


def test_a_host_function_that_raises_leaves_the_store_clean() -> None:
    @wasm_vm.host_function
    def broken() -> None:
        raise KeyError

    instance = wat.instance(
        '(import "env" "b" (func $b)) (func (export "f") call $b)', {"env": {"b": broken}}
    )
    with pytest.raises(KeyError):
        instance.invoke("f")
    assert instance.store.reentries == 0
    assert instance.store.slots == instance.store.limits.call_stack


def test_the_caller_of_a_host_function() -> None:
    seen: list[object] = []

    @wasm_vm.host_function
    def look(caller: wasm_vm.Caller) -> None:
        seen.extend((caller.instance, caller.fuel, caller.memory))

    instance = wat.instance(
        '(import "env" "l" (func $l)) (memory 1) (func (export "f") call $l)', {"env": {"l": look}}
    )
    instance.invoke("f")
    assert seen == [instance, instance.fuel, instance.memory]
