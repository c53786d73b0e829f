"""Potentials: what is paid ahead, and what is asked for, at each header."""

from __future__ import annotations

import wasm_vm
from tests.support.require import require
from wasm_vm.compiler.flow import Flow


def flow(body: str) -> Flow:
    require("wasmtime")
    import wasmtime

    text = f"(module (func $f (param i32) (local i32) {body}))"
    module = wasm_vm.load(wasmtime.wat2wasm(text))
    return Flow(module.plans[0], module.module.types)


def test_a_straight_line_is_paid_at_the_entry() -> None:
    found = flow("(local.set 0 (i32.add (local.get 0) (i32.const 1)))")
    assert (found.ahead[0], found.dearest[0], found.headers) == (4, 4, set())


def test_the_dearest_way_is_asked_for() -> None:
    found = flow("(if (local.get 0) (then) (else (local.set 1 (i32.const 1))))")
    assert (found.ahead[0], found.dearest[0]) == (2, 4)


def test_a_loop_has_a_header() -> None:
    found = flow("(loop $l (br_if $l (local.get 0)))")
    assert found.headers == {1}
    assert found.ahead[1] == 2


def test_a_loop_that_calls_on_every_turn_has_none_at_its_head() -> None:
    found = flow("(loop $l (call $f (i32.const 0)) (br_if $l (local.get 0)))")
    assert found.loops == {1}
    assert found.headers == {3}
    assert found.dearest[3] == 4


def test_nested_loops_keep_one_header() -> None:
    found = flow("(loop $a (loop $b (br_if $b (local.get 0)) (br_if $a (local.get 0))))")
    assert found.headers


def test_dead_code_costs_nothing() -> None:
    found = flow("(return) (local.set 0 (i32.const 1))")
    assert found.ahead[0] == 0
