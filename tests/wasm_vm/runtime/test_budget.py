from __future__ import annotations

from wasm_vm.runtime.budget import ByteBudget


def test_a_budget_never_passes_its_limit() -> None:
    budget = ByteBudget(100)
    assert budget.take(60)
    assert budget.allows(40)
    assert not budget.allows(41)
    assert not budget.take(41)
    assert budget.used == 60
    assert budget.take(40)
    budget.give_back(1)
    assert (budget.used, budget.allows(1)) == (99, True)
    assert budget.take(0)
