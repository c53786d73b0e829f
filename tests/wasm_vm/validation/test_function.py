from __future__ import annotations

import pytest

import wasm_vm
from tests.support import wat
from tests.support.binaries import I32, I64, one_function
from tests.support.wasmtime_oracle import accepts
from wasm_vm.errors import Invalid, LimitExceeded, Malformed
from wasm_vm.module import CatchKind
from wasm_vm.types import Features
from wasm_vm.validation import Branch


def branches(body: str) -> dict[int, Branch | tuple[Branch, ...]]:
    return wat.load(f"(func {body})").plans[0].branches


def test_branches_of_every_kind() -> None:
    # 0 block, 1 const, 2 br_if, 3 loop, 4 br, 5 end, 6 end, 7 end
    assert branches("(block i32.const 0 br_if 0 (loop (br 0)))") == {
        2: Branch(7, 0, 0),
        4: Branch(4, 0, 0),
    }
    # 0 const, 1 if, 2 nop, 3 else, 4 nop, 5 end, 6 end
    assert branches("i32.const 0 (if (then nop) (else nop))") == {
        1: Branch(4, 0, 0),
        3: Branch(6, 0, 0),
    }
    # 0 const, 1 if, 2 br, 3 end, 4 end
    assert branches("i32.const 0 (if (then (br 0)))") == {1: Branch(4, 0, 0), 2: Branch(4, 0, 0)}
    # A branch out of the function goes to its last end.
    assert branches("(result i32) f64.const 0 i32.const 1 br 0") == {2: Branch(3, 1, 0)}


def test_a_branch_keeps_operands_and_knows_the_height_below() -> None:
    # 0 f64, 1 block, 2 f32, 3 i32, 4 i32, 5 br_if, 6 drop, 7 drop, 8 i32, 9 end, 10 drop
    body = """f64.const 0 (block (result i32) f32.const 0 i32.const 5 i32.const 1 br_if 0
        drop drop i32.const 6) drop drop"""
    assert branches(body) == {5: Branch(target=10, keep=1, height=1)}


def test_a_branch_table_has_its_labels_in_order_and_the_default_last() -> None:
    # 0 loop, 1 block, 2 const, 3 br_table, 4 end, 5 end, 6 end
    assert branches("(loop (block (br_table 1 0 2 (i32.const 0))))") == {
        3: (Branch(1, 0, 0), Branch(5, 0, 0), Branch(6, 0, 0))
    }


def test_the_height_is_the_greatest_of_reachable_code() -> None:
    def height(body: str) -> int:
        return wat.load(f"(func {body})").plans[0].height

    assert height("") == 0
    assert height("i32.const 0 i32.const 0 i32.const 0 drop drop drop") == 3
    assert height("i32.const 0 (block i32.const 0 i32.const 0 drop drop) drop") == 3


def test_locals_are_parameters_and_runs() -> None:
    binary = one_function(
        b"\x20\x00\x1a\x20\x01\x1a\x20\x03\x1a\x20\x04\x1a",
        [I64],
        [],
        [(0, I32), (3, I32), (1, I64)],
    )
    wasm_vm.load(binary)
    with pytest.raises(Invalid, match="unknown local 5"):
        wasm_vm.load(one_function(b"\x20\x05\x1a", [I64], [], [(3, I32), (1, I64)]))


def test_operands_at_a_time_are_bounded() -> None:
    many = one_function(b"\x41\x00" * 50 + b"\x1a" * 50)
    wasm_vm.load(many, limits=wasm_vm.Limits(operands=50))
    with pytest.raises(LimitExceeded) as caught:
        wasm_vm.load(many, limits=wasm_vm.Limits(operands=49))
    assert caught.value.limit == "operands"


AGGREGATES = "(type $s (struct (field i32))) (type $a (array i32))"

CONSTANT = {
    "i32 (i32.const 1)": (True, True),
    "externref (ref.null extern)": (True, True),
    "i32 (global.get 0)": (True, True),
    "i32 (i32.add (i32.const 1) (i32.const 2))": (False, True),
    "i64 (i64.mul (i64.const 1) (i64.const 2))": (False, True),
    "i32 (global.get 1)": (False, True),
    "i32 (global.get 2)": (False, False),
    "i32 (global.get 3)": (False, False),
    "i32 (i32.div_u (i32.const 1) (i32.const 2))": (False, False),
    "i32 (i64.const 1)": (False, False),
    "i32 (nop)": (False, False),
    "i32 (block (result i32) (i32.const 1))": (False, False),
    "i32 (i32.const 1) (i32.const 2)": (False, False),
    "i32 (i32.eqz (i32.const 1))": (False, False),
    "f32 (f32.add (f32.const 1) (f32.const 2))": (False, False),
    "v128 (v128.const i64x2 1 2)": (True, True),
    "i31ref (ref.i31 (i32.const 1))": (False, True),
    "(ref i31) (ref.i31 (global.get 1))": (False, True),
    "externref (extern.convert_any (ref.i31 (i32.const 1)))": (False, True),
    "arrayref (array.new_default $a (i32.const 3))": (False, True),
    "eqref (array.new_fixed $a 2 (i32.const 1) (i32.const 2))": (False, True),
    "(ref $s) (struct.new $s (i32.const 1))": (False, True),
    "structref (struct.new_default $s)": (False, True),
    "(ref $a) (struct.new_default $s)": (False, False),
    "i32 (struct.get $s 0 (struct.new_default $s))": (False, False),
    "i32 (ref.is_null (ref.null any))": (False, False),
    "(ref null $s) (ref.null $s)": (False, True),
    "(ref $s) (ref.null $s)": (False, False),
}


@pytest.mark.parametrize("initialiser", CONSTANT)
def test_constant_expressions(initialiser: str) -> None:
    """Before 3.0 imported globals alone; from 3.0 on earlier ones and some arithmetic too."""
    binary = wat.assemble(
        f"""{AGGREGATES if "$" in initialiser else ""} (import "env" "g" (global i32))
        (global i32 (i32.const 0)) (global (mut i32) (i32.const 0)) (global {initialiser})"""
    )
    for level, expected in zip((Features.V2, Features.V3), CONSTANT[initialiser], strict=True):
        if expected:
            wasm_vm.load(binary, features=level)
        else:
            # What 2.0 cannot read at all is malformed there.
            fault = Invalid if level is Features.V3 else (Invalid, Malformed)
            with pytest.raises(fault):
                wasm_vm.load(binary, features=level)
    assert accepts(binary, "3.0") == CONSTANT[initialiser][1]


def test_an_error_says_where() -> None:
    binary = one_function(b"\x01\x01\x6a\x1a")
    with pytest.raises(Invalid) as caught:
        wasm_vm.load(binary)
    assert caught.value.offset == binary.index(b"\x01\x01\x6a") + 2
    assert str(caught.value).startswith("i32.add: type mismatch")


def test_handlers_come_with_the_inner_ones_first() -> None:
    # 0 block, 1 try_table, 2 try_table, 3 throw, 4 end, 5 end, 6 br, 7 end, 8 drop, 9 end
    plan = wat.load(
        """(tag $t) (func (block (result exnref)
        (try_table (catch_all_ref 0) (try_table (catch $t 2) (throw $t)))
        (br 1)) (drop))"""
    ).plans[0]
    inner, outer = plan.handlers
    assert (inner.start, inner.end, outer.start, outer.end) == (2, 4, 1, 5)
    assert [clause.kind for clause in (*inner.clauses, *outer.clauses)] == [
        CatchKind.TAG,
        CatchKind.ALL_REF,
    ]
    assert inner.branches == (Branch(9, 0, 0),)
    assert outer.branches == (Branch(8, 1, 0),)


def test_a_local_without_a_default_must_be_set_before_it_is_read() -> None:
    fields = "(func $g) (elem declare func $g)"
    locals_ = "(local i32) (local (ref func)) (local (ref func))"
    for code, fault in (
        ("(local.set 2 (ref.func $g)) (drop (local.get 2))", None),
        ("(drop (local.get 0)) (drop (local.tee 1 (ref.func $g))) (drop (local.get 1))", None),
        ("(local.set 2 (ref.func $g)) (drop (local.get 1))", "uninitialized local 1"),
        ("(block (local.set 1 (ref.func $g))) (drop (local.get 1))", "uninitialized local 1"),
        ("(local.set 1 (ref.func $g)) (block (drop (local.get 1)))", None),
    ):
        binary = wat.assemble(f"{fields} (func {locals_} {code})")
        assert accepts(binary, "3.0") == (fault is None)
        if fault is None:
            wasm_vm.load(binary)
        else:
            with pytest.raises(Invalid, match=fault):
                wasm_vm.load(binary)


def test_catch_clauses_are_few_because_throwing_looks_at_all_of_them() -> None:
    clauses = " ".join(["(catch_all 0)"] * 101)
    body = f"(try_table {clauses}) (try_table {clauses})"
    binary = wat.assemble(f"(func {body})")
    wasm_vm.load(binary, limits=wasm_vm.Limits(catch_clauses=202))
    with pytest.raises(wasm_vm.LimitExceeded, match="catch_clauses") as refused:
        wasm_vm.load(binary, limits=wasm_vm.Limits(catch_clauses=201))
    assert refused.value.limit == "catch_clauses"


def test_a_struct_has_few_fields_because_making_it_costs_one_unit() -> None:
    fields = " ".join(["(field i32)"] * 101)
    binary = wat.assemble(f"(type (struct {fields}))")
    wasm_vm.load(binary, limits=wasm_vm.Limits(fields=101))
    with pytest.raises(wasm_vm.LimitExceeded, match="fields"):
        wasm_vm.load(binary, limits=wasm_vm.Limits(fields=100))
