from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

import wasm_vm
from tests.support import wat
from wasm_vm.commands.account import DEPTH_MAX, Account, walk


def booked(text: str, name: str = "f", fuel: int | None = None, **imports: Any) -> Account:
    account = Account()
    store = wasm_vm.Store(wasm_vm.Limits(fuel=fuel), observer=account)
    instance = wasm_vm.instantiate(wat.load(text), {"env": imports}, store=store)
    with suppress(wasm_vm.WasmError):
        instance.invoke(name)
    account.finish(store.meter)
    assert account.used == store.meter.used
    assert sum(node.count.fuel for node, _ in walk(account.root)) == store.meter.used
    assert sum(each.fuel for each in account.opcodes.values()) + account.entries == account.used
    return account


def tree(account: Account) -> dict[str, tuple[int, int, int]]:
    """Calls, instructions and fuel by path."""
    return {
        "/".join(path): (node.count.calls, node.count.instructions, node.count.fuel)
        for node, path in walk(account.root)
        if path
    }


def test_a_call_tree() -> None:
    account = booked(
        """(func $a (call $b) (call $b)) (func $b (call $c)) (func $c)
           (func $f (export "f") (call $a) (call $b))"""
    )
    assert tree(account) == {
        "$f": (1, 3, 3),
        "$f/$a": (1, 3, 3),
        "$f/$a/$b": (2, 4, 4),
        "$f/$a/$b/$c": (2, 2, 2),
        "$f/$b": (1, 2, 2),
        "$f/$b/$c": (1, 1, 1),
    }


def test_a_tail_call_replaces_its_caller() -> None:
    account = booked(
        """(func $g (return_call $h)) (func $h (return_call $i)) (func $i)
           (func $f (export "f") (call $g))"""
    )
    assert tree(account) == {
        "$f": (1, 2, 2),
        "$f/$g": (1, 1, 2),
        "$f/$h": (1, 1, 2),
        "$f/$i": (1, 1, 1),
    }


def test_a_caught_exception_goes_on_where_it_was_caught() -> None:
    account = booked(
        """(tag $e) (func $g (call $h)) (func $h (throw $e))
           (func $f (export "f") (block (try_table (catch $e 0) (call $g))) (nop) (call $i))
           (func $i)"""
    )
    assert tree(account) == {
        "$f": (1, 6, 4),
        "$f/$g": (1, 1, 2),
        "$f/$g/$h": (1, 1, 2),
        "$f/$i": (1, 1, 1),
    }


def test_a_guest_that_the_host_calls_stands_below_the_call() -> None:
    def twice(caller: wasm_vm.Caller) -> None:
        caller.instance.invoke("g")
        caller.fuel.charge(50)
        caller.instance.invoke("g")

    account = booked(
        """(import "env" "twice" (func $twice)) (func $g (export "g") (call $h)) (func $h)
           (func $f (export "f") (call $twice) (drop (i32.const 1)))""",
        twice=wasm_vm.host_function(twice),
    )
    assert tree(account)["$f/$g"] == (2, 4, 4 + 50)
    assert tree(account)["$f/$g/$h"] == (2, 2, 2)
    assert account.used == 1 + 1 + 1 + 2 * 3 + 50


def test_a_trap_pays_its_fixed_cost() -> None:
    account = booked('(memory 1) (func $f (export "f") (drop (i32.load (i32.const -1))))')
    assert tree(account) == {"$f": (1, 2, 3)}


@pytest.mark.parametrize(
    ("fuel", "instructions", "used"),
    [(0, 0, 0), (1, 0, 1), (4, 3, 4), (5, 3, 4), (14, 3, 4), (15, 5, 15)],
)
def test_what_is_not_affordable_has_not_happened(fuel: int, instructions: int, used: int) -> None:
    text = """(memory 1)
      (func $f (export "f") (memory.fill (i32.const 0) (i32.const 1) (i32.const 10)))"""
    account = booked(text, fuel=fuel)
    assert (account.instructions, account.used) == (instructions, used)


def test_a_deep_recursion_ends_at_the_last_level_of_the_tree() -> None:
    account = booked(
        """(func $down (param i32)
             (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1))))))
           (func $f (export "f") (call $down (i32.const 1000)))"""
    )
    depths = [len(path) for _, path in walk(account.root)]
    assert max(depths) == DEPTH_MAX
    assert sum(node.count.calls for node, _ in walk(account.root)) == 1002


def test_two_runs_of_one_account() -> None:
    account = Account()
    store = wasm_vm.Store(observer=account)
    instance = wasm_vm.instantiate(wat.load('(func $f (export "f") (nop))'), store=store)
    instance.invoke("f")
    instance.invoke("f")
    account.finish(store.meter)
    assert tree(account) == {"$f": (2, 4, 2)}
