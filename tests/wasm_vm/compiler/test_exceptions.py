"""try_table as Python's try: clauses, values, references, and budgets that end inside of it."""

from __future__ import annotations

import pytest

from tests.differential.tiers import sweep
from tests.support import wat
from tests.support.compiled import agree

FIELDS = """(tag $a (param i32)) (tag $b)
  (func $throw (param i32) (result i32)
    (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $a (i32.const 40))))
    (if (i32.eq (local.get 0) (i32.const 2)) (then (throw $b)))
    (if (i32.eq (local.get 0) (i32.const 3)) (then (unreachable)))
    (i32.const 4))"""

BODIES = {
    "by tag": """(block $h (result i32)
        (try_table (result i32) (catch $a $h) (call $throw (local.get 0))) (br 0))""",
    "all": """(block $h (try_table (catch_all $h)
        (return (call $throw (local.get 0))))) (i32.const 77)""",
    "in order": """(block $one (block $two (result i32)
        (try_table (result i32) (catch $a $two) (catch_all $one) (call $throw (local.get 0))))
        (return (i32.add (i32.const 1)))) (i32.const 5)""",
    "again": """(block $out (result i32) (block $h (result exnref)
        (try_table (result i32) (catch_all_ref $h) (call $throw (local.get 0))) (br $out))
        (if (i32.eq (local.get 0) (i32.const 2)) (then (return (i32.const 6)))) (throw_ref))""",
    "nested": """(block $outer (result i32)
        (block $inner
          (try_table (result i32) (catch $a $outer)
            (try_table (result i32) (catch $b $inner) (call $throw (local.get 0))))
          (br $outer))
        (i32.const 8))""",
    "in a loop": """(local i32) (loop $l
        (block $h (result i32)
          (try_table (result i32) (catch $a $h)
            (call $throw (i32.and (local.get 1) (i32.const 1)))))
        (local.set 1 (i32.add (local.get 1) (i32.const 1))) (drop)
        (br_if $l (i32.lt_u (local.get 1) (i32.add (local.get 0) (i32.const 3)))))
        (local.get 1)""",
}


@pytest.mark.parametrize("name", BODIES)
def test_every_end(name: str) -> None:
    text = f'{FIELDS} (func (export "f") (param i32) (result i32) {BODIES[name]})'
    agree(text, (0,), (1,), (2,), (3,))


@pytest.mark.parametrize("name", BODIES)
def test_every_budget(name: str) -> None:
    text = f'{FIELDS} (func (export "f") (param i32) (result i32) {BODIES[name]})'
    for argument in (0, 1, 2):
        sweep(wat.load(text), "f", (argument,), most=300)
