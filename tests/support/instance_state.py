"""All of an instance's state as plain values that compare: for telling whether two are alike."""

from __future__ import annotations

from typing import Any

import wasm_vm
from wasm_vm.runtime.function import GuestFunction
from wasm_vm.runtime.heap import ExceptionInstance, HeapObject


def state_of(instance: wasm_vm.Instance) -> dict[str, Any]:
    """Everything that a guest could see, and what its store has booked for it."""
    numbers: dict[int, int] = {}

    def plain(value: Any) -> Any:
        """Objects by the order in which they are met, so that identities and cycles compare."""
        if isinstance(value, GuestFunction):
            return "function", value.plan.index
        if not isinstance(value, HeapObject | ExceptionInstance):
            return repr(value)
        if id(value) in numbers:
            return "again", numbers[id(value)]
        numbers[id(value)] = len(numbers)
        return type(value).__name__, [plain(each) for each in value.values]

    store = instance.store
    return {
        "memories": [bytes(memory.data) for memory in instance.memories],
        "globals": [plain(each.raw) for each in instance.globals],
        "tables": [[plain(each) for each in table.elements] for table in instance.tables],
        "elements": [[plain(each) for each in segment] for segment in instance.elements],
        "datas": list(instance.datas),
        "booked": store.budget.used,
        "heap": (store.heap.capacity, store.heap._credit),
        "stack": (store.slots, store.reentries, store.mixed),
    }
