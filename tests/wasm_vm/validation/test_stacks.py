from __future__ import annotations

from typing import Any

import pytest

from wasm_vm.errors import LimitExceeded
from wasm_vm.types import ANYREF, BOTTOM, EQREF, F64, FUNCREF, I31, I32, I64, ReferenceType
from wasm_vm.validation.plan import Branch
from wasm_vm.validation.stacks import Mismatch, Stacks


@pytest.fixture
def stacks() -> Stacks:
    """Both stacks inside of a function that answers an i32."""
    made = Stacks({3, 4}, 100)
    made.open("function", (), (I32,), 0)
    return made


def test_operands_come_back_in_order(stacks: Stacks) -> None:
    stacks.push(I32)
    stacks.push_all((I64, F64))
    assert stacks.pop() is F64
    assert stacks.pop_all((I32, I64)) == [I32, I64]
    assert stacks.greatest_height == 3


def test_mismatches_say_what_was_expected(stacks: Stacks) -> None:
    stacks.push(I32)
    with pytest.raises(Mismatch, match="expected i64, found i32"):
        stacks.pop(I64)
    with pytest.raises(Mismatch, match="expected f64, the stack is empty"):
        stacks.pop(F64)
    with pytest.raises(Mismatch, match="expected an operand, the stack is empty"):
        stacks.pop()


def test_a_block_cannot_reach_below_its_start(stacks: Stacks) -> None:
    stacks.push(I32)
    stacks.open("block", (), (), 1)
    with pytest.raises(Mismatch, match="the stack is empty"):
        stacks.pop(I32)


def test_closing_wants_the_results_and_no_more(stacks: Stacks) -> None:
    stacks.open("block", (I64,), (I64, I32), 1)
    with pytest.raises(Mismatch, match="expected i32, found i64"):
        stacks.close()
    stacks.push_all((I64, I64, I32))
    with pytest.raises(Mismatch, match="1 operands left at the end of the block"):
        stacks.close()
    stacks.operands[:] = [I64, I32]
    assert stacks.close().opcode == "block"
    assert len(stacks.blocks) == 1


def test_unreachable_code_has_whatever_operands_it_needs(stacks: Stacks) -> None:
    stacks.push(F64)
    stacks.unreachable()
    assert stacks.operands == []
    assert stacks.pop(I32) is None
    assert stacks.pop() is None
    stacks.push(None)
    assert stacks.pop(I64) is None
    stacks.push(I32)
    with pytest.raises(Mismatch):
        stacks.pop(I64)


def test_a_subtype_stands_where_its_supertype_is_expected(stacks: Stacks) -> None:
    stacks.push_all((ReferenceType(False, I31), EQREF))
    assert stacks.pop(ANYREF) == EQREF
    assert stacks.pop(ReferenceType(True, I31)) == ReferenceType(False, I31)
    stacks.push(ANYREF)
    with pytest.raises(Mismatch, match="expected eqref, found anyref"):
        stacks.pop(EQREF)
    stacks.push(ReferenceType(True, I31))
    with pytest.raises(Mismatch, match=r"expected \(ref i31\), found i31ref"):
        stacks.pop(ReferenceType(False, I31))


def test_a_reference_of_any_type(stacks: Stacks) -> None:
    stacks.push_all((FUNCREF, I32))
    with pytest.raises(Mismatch, match="expected a reference, found i32"):
        stacks.pop_reference()
    assert stacks.pop_reference() == FUNCREF
    with pytest.raises(Mismatch, match="the stack is empty"):
        stacks.pop_reference()
    assert not stacks.is_bottomless()
    stacks.unreachable()
    assert stacks.is_bottomless()
    assert stacks.pop_reference() == ReferenceType(False, BOTTOM)


def test_a_local_is_set_up_to_the_end_of_its_block(stacks: Stacks) -> None:
    stacks.open("block", (), (), 1)
    stacks.assign(3)
    stacks.assign(9)
    stacks.open("block", (), (), 2)
    stacks.assign(4)
    stacks.assign(3)
    assert stacks.unset == set()
    stacks.close()
    assert stacks.unset == {4}
    stacks.close()
    assert stacks.unset == {3, 4}


def test_labels_count_from_the_innermost_block(stacks: Stacks) -> None:
    outer = stacks.open("block", (), (I64,), 1)
    loop = stacks.open("loop", (I32,), (F64,), 2)
    assert stacks.label(0) is loop
    assert stacks.label(1) is outer
    assert stacks.label(2).opcode == "function"
    assert (loop.label_types, outer.label_types) == ((I32,), (I64,))
    with pytest.raises(Mismatch, match="unknown label 3"):
        stacks.label(3)


def test_branches_forward_get_their_target_at_the_end(stacks: Stacks) -> None:
    stacks.push(I32)
    block = stacks.open("block", (), (I64,), 3)
    table: list[Any] = [None]
    stacks.branch(block, stacks.branches, 5)
    stacks.branch(block, table, 0)
    assert stacks.branches == {}
    stacks.resolve(block, 9)
    assert stacks.branches[5] == table[0] == Branch(target=9, keep=1, height=1)


def test_branches_of_a_loop_go_behind_its_start(stacks: Stacks) -> None:
    loop = stacks.open("loop", (I32, I32), (), 4)
    stacks.branch(loop, stacks.branches, 8)
    assert stacks.branches == {8: Branch(target=5, keep=2, height=0)}


def test_the_height_is_bounded(stacks: Stacks) -> None:
    stacks.push_all((I32,) * 100)
    with pytest.raises(LimitExceeded) as caught:
        stacks.push(I32)
    assert caught.value.limit == "operands"
    with pytest.raises(LimitExceeded):
        Stacks(set(), 3).push_all((I32,) * 4)
