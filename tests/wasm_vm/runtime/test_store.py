from __future__ import annotations

import pytest

from wasm_vm.errors import Trap, TrapKind
from wasm_vm.limits import HOST_CALL_SLOTS, Limits
from wasm_vm.runtime import Store


def test_a_store_is_made_of_its_limits() -> None:
    store = Store(Limits(fuel=5, call_stack=100, total_bytes=7))
    assert (store.meter.limit, store.slots, store.budget.limit) == (5, 100, 7)
    assert Store().limits == Limits()


def test_the_checkpoint_is_the_meters() -> None:
    turns: list[int] = []
    store = Store(Limits(slice=1), lambda: turns.append(1))
    store.meter.charge(1)
    store.meter.charge(1)
    assert turns


@pytest.mark.parametrize(
    "limits", [Limits(call_stack=2 * HOST_CALL_SLOTS + 5), Limits(host_reentries=2)]
)
def test_calls_into_the_host_are_bounded_in_slots_and_in_number(limits: Limits) -> None:
    store = Store(limits)
    store.enter_host()
    store.enter_host()
    with pytest.raises(Trap) as caught:
        store.enter_host()
    assert caught.value.kind is TrapKind.CALL_STACK
    assert store.reentries == 2
    for _ in range(2):
        store.leave_host()
    assert (store.slots, store.reentries) == (limits.call_stack, 0)
