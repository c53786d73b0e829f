"""Branches by a reference: null or not, of a type or not."""

from __future__ import annotations

import pytest

from tests.support.compiled import agree

VALUES = """(type $s (struct (field i32))) (type $a (array i32))
  (func $value (param i32) (result anyref)
    (if (i32.eq (local.get 0) (i32.const 0)) (then (return (ref.null any))))
    (if (i32.eq (local.get 0) (i32.const 1)) (then (return (ref.i31 (i32.const 3)))))
    (if (i32.eq (local.get 0) (i32.const 2)) (then (return (struct.new $s (i32.const 4)))))
    (array.new_fixed $a 1 (i32.const 5)))"""

BODIES = {
    "br_on_null": """(block $l
      (drop (br_on_null $l (call $value (local.get 0)))) (return (i32.const 1)))""",
    "br_on_non_null": """(drop (block $l (result (ref any))
      (br_on_non_null $l (call $value (local.get 0))) (return (i32.const 1))))""",
    "br_on_cast": """(struct.get $s 0 (block $l (result (ref $s))
      (drop (br_on_cast $l anyref (ref $s) (call $value (local.get 0))))
      (return (i32.const 1))))""",
    "br_on_cast_fail": """(drop (block $l (result anyref)
      (return (struct.get $s 0
        (br_on_cast_fail $l anyref (ref $s) (call $value (local.get 0)))))))""",
    "br_on_cast null": """(drop (block $l (result (ref null $s))
      (drop (br_on_cast $l anyref (ref null $s) (call $value (local.get 0))))
      (return (i32.const 1))))""",
}


@pytest.mark.parametrize("name", BODIES)
def test_ways(name: str) -> None:
    end = "" if name == "br_on_cast" else "(i32.const 2)"
    text = f'{VALUES} (func (export "f") (param i32) (result i32) {BODIES[name]} {end})'
    ends = agree(text, (0,), (1,), (2,), (3,))
    assert len(set(ends)) == 2
