from __future__ import annotations

import pytest

from wasm_vm.errors import LimitExceeded, Trap, TrapKind
from wasm_vm.limits import TABLE_ELEMENT_BYTES, Limits
from wasm_vm.runtime import Table
from wasm_vm.runtime.budget import ByteBudget
from wasm_vm.types import EXTERNREF, FUNCREF, I64, Bounds, TableType


def table(minimum: int, maximum: int | None = None, **limits: int) -> Table:
    return Table(TableType(EXTERNREF, Bounds(minimum, maximum)), Limits(**limits))


def test_a_table_starts_as_nulls_or_as_told() -> None:
    assert table(3).elements == [None] * 3
    made = Table(TableType(EXTERNREF, Bounds(2)), initial="x")
    assert made.elements == ["x", "x"]
    assert Table(TableType(FUNCREF, Bounds(1))).type == TableType(FUNCREF, Bounds(1))


def test_get_and_set() -> None:
    found = table(2)
    found.set(1, "x")
    assert (found.get(0), found.get(1)) == (None, "x")
    for index in (2, -1, 2**32):
        with pytest.raises(Trap) as caught:
            found.get(index)
        assert caught.value.kind is TrapKind.TABLE_BOUNDS
        assert f"1 elements at {index} of 2" in str(caught.value)
        with pytest.raises(Trap):
            found.set(index, "y")
    assert found.elements == [None, "x"]


def test_growing() -> None:
    found = table(1, 4)
    assert [found.grow(2, "x"), found.grow(2), found.grow(1), found.grow(0)] == [1, -1, 3, 4]
    assert found.elements == [None, "x", "x", None]
    assert found.type.bounds == Bounds(4, 4)


def test_a_table_of_sixty_four_bits_says_so() -> None:
    found = Table(TableType(EXTERNREF, Bounds(1, 1 << 40), I64), Limits(table_elements=5))
    assert [found.grow(4, "x"), found.grow(1)] == [1, -1]
    assert found.type == TableType(EXTERNREF, Bounds(5, 1 << 40), I64)
    with pytest.raises(Trap):
        found.get((1 << 64) - 1)


def test_bounds_of_the_embedder() -> None:
    with pytest.raises(LimitExceeded) as caught:
        table(5, table_elements=4)
    assert caught.value.limit == "table_elements"
    with pytest.raises(LimitExceeded) as caught:
        table(5, total_bytes=5 * TABLE_ELEMENT_BYTES - 1)
    assert caught.value.limit == "total_bytes"
    assert table(1, 9, table_elements=3).grow(3) == -1
    budget = ByteBudget(10 * TABLE_ELEMENT_BYTES)
    shared = [Table(TableType(FUNCREF, Bounds(4)), Limits(), budget) for _ in range(2)]
    assert [each.grow(2) for each in shared] == [4, -1]
    assert budget.used == 10 * TABLE_ELEMENT_BYTES


def test_what_was_saved_comes_back() -> None:
    budget = ByteBudget(1 << 20)
    found = Table(TableType(FUNCREF, Bounds(2, 9)), None, budget)
    elements, used = found.elements, budget.used
    restore = found.save()
    restore()
    assert not found.written
    found.set(1, "x")
    found.grow(2, "y")
    assert found.written
    restore()
    assert (found.elements, budget.used) == ([None, None], used)
    assert found.elements is elements
