"""The state of an instance, taken from one and put into another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.wat import load
from wasm_vm import BadCall, Engine, Instance, LimitExceeded, Limits, capture, instantiate

MODULE = """
(memory (export "memory") 1 4)
(table $t 3 10 funcref)
(global $i (mut i32) (i32.const 5)) (global $l (mut i64) (i64.const -1))
(global $f (mut f32) (f32.const nan:0x200001)) (global $d (mut f64) (f64.const 1.5))
(global $v (mut v128) (v128.const i64x2 1 2)) (global $r (mut funcref) (ref.null func))
(data (i32.const 8) "start") (data $passive "later")
(elem (i32.const 0) $one) (elem $more func $two $one)
(func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))
(func $begin (global.set $i (i32.add (global.get $i) (i32.const 100)))) (start $begin)
(func (export "change")
  (drop (memory.grow (i32.const 1))) (i32.store (i32.const 70000) (i32.const 7))
  (memory.init $passive (i32.const 20) (i32.const 0) (i32.const 5)) (data.drop $passive)
  (drop (table.grow $t (ref.func $two) (i32.const 2)))
  (table.set $t (i32.const 0) (ref.null func)) (elem.drop $more)
  (global.set $i (i32.const -9)) (global.set $l (i64.const 0x7000000000000000))
  (global.set $d (f64.const -0)) (global.set $r (ref.func $one))
  (global.set $v (v128.const i64x2 -1 -2)))
(func (export "call") (param i32) (result i32) (call_indirect $t (result i32) (local.get 0)))
(func (export "held") (result i32)
  (table.set $t (i32.const 1) (global.get $r))
  (call_indirect $t (result i32) (i32.const 1)))
(func (export "init") (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 5)))
(func (export "integer") (result i32) (global.get $i))
"""


def bits(instance: Instance) -> list[Any]:
    return [variable.bits for variable in instance.globals[:5]]


@pytest.mark.parametrize("engine", Engine)
@pytest.mark.parametrize("changed", [False, True])
def test_another_instance_goes_on(engine: Engine, changed: bool) -> None:
    module = load(MODULE)
    first = instantiate(module)
    if changed:
        first.invoke("change")
    state = capture(first)
    other = instantiate(module, engine=engine, state=state)
    assert capture(other) == state
    assert bits(other) == bits(first)
    assert other.memory.read(0, other.memory.size) == first.memory.read(0, first.memory.size)
    assert other.memory.pages == (2 if changed else 1)
    assert other.invoke("integer") == (-9 if changed else 105), "the start function has not run"
    assert other.invoke("call", 4 if changed else 0) == (2 if changed else 1)
    if changed:
        assert other.invoke("held") == 1
        with pytest.raises(Exception, match="out of bounds memory access"):
            other.invoke("init")
    else:
        other.invoke("init")
    assert capture(first) == state, "the first one has nothing to do with it"


@pytest.mark.parametrize(
    "fields",
    [
        "(type $s (struct)) (global (mut (ref null $s)) (struct.new $s))",
        "(table 1 anyref) (elem (i32.const 0) anyref (item (ref.i31 (i32.const 1))))",
    ],
)
def test_references_of_the_heap_have_no_plain_state(fields: str) -> None:
    with pytest.raises(BadCall, match="references that only it can hold"):
        capture(instantiate(load(fields)))


def test_what_is_shared_is_not_taken() -> None:
    outer = instantiate(load('(memory (export "m") 1) (func (export "f"))'))
    inner = instantiate(load('(import "o" "m" (memory 1))'), {"o": outer.exports})
    with pytest.raises(BadCall, match="shares a memory"):
        capture(inner)


def test_states_of_other_modules_are_refused() -> None:
    module = load(MODULE)
    state = capture(instantiate(module))
    wrong = [
        replace(state, memories=()),
        replace(state, memories=(b"",)),
        replace(state, memories=(bytes(65_537),)),
        replace(state, tables=((None,),)),
        replace(state, tables=((99, None, None),)),
        replace(state, globals=state.globals[1:]),
        replace(state, globals=(1 << 40, *state.globals[1:])),
        replace(state, globals=(None, *state.globals[1:])),
        replace(state, globals=(*state.globals[:5], 17)),
        replace(state, data=()),
        replace(state, elements=(True,)),
    ]
    for each in wrong:
        with pytest.raises(BadCall, match="of another module"):
            instantiate(module, state=each)


def test_a_state_that_does_not_fit() -> None:
    module = load(MODULE)
    first = instantiate(module)
    first.invoke("change")
    state = capture(first)
    with pytest.raises(LimitExceeded, match="memory_pages"):
        instantiate(module, limits=Limits(memory_pages=1), state=state)
    with pytest.raises(LimitExceeded, match="table_elements"):
        instantiate(module, limits=Limits(table_elements=3), state=state)
