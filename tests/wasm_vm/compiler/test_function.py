"""A function as a whole: its head, its locals, its results, and what is too much for Python."""

from __future__ import annotations

import pytest

from tests.support import wat
from tests.support.compiled import agree, code, source
from wasm_vm.compiler import function
from wasm_vm.compiler.function import compile_function
from wasm_vm.compiler.writer import Unsupported


def test_locals_are_zeroed_only_where_they_are_read_before_they_are_set() -> None:
    text = """(func (export "f") (param i32) (result i32) (local i32 i32 f64 funcref)
      (local.set 1 (i32.const 3))
      (if (local.get 0) (then (local.set 2 (i32.const 4))))
      (drop (local.get 3))
      (i32.add (local.get 1) (local.get 2)))"""
    head = source(text).partition("try:")[0]
    assert "l2 = 0\n" in head
    assert "l3 = 0.0\n" in head
    assert "l1" not in head
    assert "l4" not in head
    assert agree(text, (0,), (1,)) == [(3,), (7,)]


def test_results_of_each_number() -> None:
    assert agree('(func (export "f"))', ()) == [()]
    assert agree('(func (export "f") (result i32) (i32.const 1))', ()) == [(1,)]
    text = '(func (export "f") (result i32 i32) (i32.const 1) (i32.const 2))'
    assert agree(text, ()) == [(1, 2)]


def test_the_entry_checks_slots_and_fuel_before_it_pays() -> None:
    lines = source("(func (param i32) (local i64) (drop (local.get 0)))").splitlines()
    assert lines[1:9] == [
        " def code_(l0, d):",
        "  nonlocal F",
        "  if d < L:",
        "   if d < 19: EXHAUSTED()",
        "   if L > 4096: DEEP(STORE)",
        "  if F < 2 and REFILL(2):",
        "   return DEOPT(0, -1, locals(), (), d)",
        "  F -= 2",
    ]


def test_what_the_code_needs_to_know_of_itself() -> None:
    found = code(
        """(memory 1) (func $g (result f64) (local f64)
          (local.set 0 (f64.add (local.get 0) (f64.load (i32.const 9)))) (return_call $g))"""
    )
    assert found.tail
    assert found.dirty == {0}
    assert found.links == {("Md", 0), ("D", 0), ("bn", 0), ("J", 0)}
    lines = found.source.splitlines()
    for line, site in found.sites.items():
        assert site.at in (1, 2, 4, 5)
        assert lines[line - 1].strip()
    assert "[9]" in {site.operands for site in found.sites.values()}


@pytest.mark.parametrize(("bound", "reason"), [("INSTRUCTIONS_MOST", "too long")])
def test_bounds(bound: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = wat.load("(func (nop) (nop))")
    compile_function(module, module.plans[0])
    monkeypatch.setattr(function, bound, 2)
    with pytest.raises(Unsupported, match=reason):
        compile_function(module, module.plans[0])


def test_many_operands_are_left_out() -> None:
    module = wat.load("(func" + "(i32.const 1)" * 500 + "(drop)" * 500 + ")")
    with pytest.raises(Unsupported, match="too many operands"):
        compile_function(module, module.plans[0])


def test_what_python_refuses_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    module = wat.load("(func)")

    def refuse(*_: object, **__: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("builtins.compile", refuse)
    with pytest.raises(Unsupported, match="too deep"):
        compile_function(module, module.plans[0])
