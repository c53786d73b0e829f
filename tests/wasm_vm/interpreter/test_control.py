from __future__ import annotations

from typing import Any

import pytest

from tests.support import wat
from wasm_vm.errors import Trap, TrapKind

ARMS = """(param i32) (result i32)
  (if (result i32) (local.get 0) (then i32.const 1) (else i32.const 2))"""
ONE_ARM = "(param i32) (result i32) (if (local.get 0) (then (return (i32.const 5)))) i32.const 6"
COUNTDOWN = """(param i32) (result i32) (i32.const 100)
  (loop (param i32) (result i32) i32.const 1 i32.sub
    (local.tee 0) (br_if 0 (i32.gt_s (local.get 0) (i32.const 90))))"""
SELECT = """(param i32 i32 i32) (result i32)
  (select (local.get 0) (local.get 1) (local.get 2))"""
DROPPING = """(result i32) i32.const 7
  (block (result i32) i32.const 8 i32.const 9 br 0) i32.add"""
LOCALS = """(param i32) (result i32) (local i32)
  (local.set 1 (local.get 0)) (local.tee 0 (i32.const 3)) (i32.add (local.get 1))"""
DEFAULTS = """(result i32) (local i32 i64 f32 f64 funcref)
  (ref.is_null (local.get 4)) (i32.add (local.get 0))"""


@pytest.mark.parametrize(
    ("body", "arguments", "expected"),
    [
        ("(result i32) (block (result i32) i32.const 1 i32.const 2 br 0)", (), 2),
        ("(result i32) (block (result i32) i32.const 9 i32.const 3 br 1)", (), 3),
        ("(result i32) i32.const 1 i32.const 2 i32.const 3 return", (), 3),
        ("(result i32 i32) i32.const 1 i32.const 2 i32.const 3 return", (), (2, 3)),
        (DROPPING, (), 16),
        (ARMS, (5,), 1),
        (ARMS, (0,), 2),
        (ONE_ARM, (1,), 5),
        (ONE_ARM, (0,), 6),
        (COUNTDOWN, (0,), 90),
        (SELECT, (4, 5, 1), 4),
        (SELECT, (4, 5, 0), 5),
        (LOCALS, (8,), 11),
        (DEFAULTS, (), 1),
        ("(result i32) (ref.is_null (ref.null extern))", (), 1),
        ("(param externref) (result i32) (ref.is_null (local.get 0))", ("x",), 0),
        ("(param externref) (result externref) (local.get 0)", ("x",), "x"),
    ],
)
def test_bodies(body: str, arguments: tuple[Any, ...], expected: Any) -> None:
    assert wat.call(body, *arguments) == expected


@pytest.mark.parametrize(("index", "expected"), [(0, 2), (1, 1), (2, 0), (3, 0), (-1, 0)])
def test_br_table_takes_the_default_beyond_its_labels(index: int, expected: int) -> None:
    body = """(param i32) (result i32)
        (block (block (block (br_table 2 1 0 0 (local.get 0))) (return (i32.const 0)))
          (return (i32.const 1))) (i32.const 2)"""
    assert wat.call(body, index) == expected


def test_a_branch_drops_what_lies_between() -> None:
    body = """(param i32) (result i32)
        (i32.const 1000)
        (block (result i32)
          (i32.const 1) (i32.const 2) (i32.const 3)
          (br_if 0 (i32.const 40) (local.get 0))
          drop drop drop drop (i32.const 50))
        i32.add"""
    assert (wat.call(body, 1), wat.call(body, 0)) == (1040, 1050)


def test_globals() -> None:
    instance = wat.instance(
        """(global $g (mut i64) (i64.const 5)) (func (export "bump") (result i64)
        (global.set $g (i64.add (global.get $g) (i64.const 1))) (global.get $g))"""
    )
    assert [instance.invoke("bump"), instance.invoke("bump")] == [6, 7]


TABLE = """
(type $t (func (param i32) (result i32)))
(table 5 funcref)
(elem (i32.const 0) $double $none)
(func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
(func $none)
(func (export "f") (param i32) (result i32) (call_indirect (type $t) (i32.const 21) (local.get 0)))
"""


def test_indirect_calls() -> None:
    assert wat.instance(TABLE).invoke("f", 0) == 42


@pytest.mark.parametrize(
    ("index", "kind", "detail"),
    [
        (1, TrapKind.INDIRECT_CALL_TYPE, r"expected \[i32\] -> \[i32\], found \[\] -> \[\]"),
        (2, TrapKind.UNINITIALIZED_ELEMENT, "2"),
        (5, TrapKind.UNDEFINED_ELEMENT, "5 of 5"),
        (-1, TrapKind.UNDEFINED_ELEMENT, "4294967295 of 5"),
    ],
)
def test_indirect_calls_that_trap(index: int, kind: TrapKind, detail: str) -> None:
    with pytest.raises(Trap, match=detail) as caught:
        wat.instance(TABLE).invoke("f", index)
    assert caught.value.kind is kind


def test_types_of_indirect_calls_compare_by_structure() -> None:
    assert (
        wat.call(
            "(result i32) (call_indirect (type $b) (i32.const 0))",
            fields="""(type $a (func (result i32))) (type $b (func (result i32)))
            (table 1 funcref) (elem (i32.const 0) $g) (func $g (type $a) (i32.const 3))""",
        )
        == 3
    )


def test_unreachable() -> None:
    with pytest.raises(Trap) as caught:
        wat.call("unreachable")
    assert caught.value.kind is TrapKind.UNREACHABLE
