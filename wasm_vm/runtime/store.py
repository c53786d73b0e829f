"""The store (spec 4.2.3): what instances that call each other share.

One meter, one byte budget, one call stack. The call stack is counted in slots, not in Python
frames, so that exhaustion is a trap at the same place on every machine and in every engine.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CellType
from typing import Any

from wasm_vm.errors import Trap, TrapKind
from wasm_vm.limits import HOST_CALL_SLOTS, Limits
from wasm_vm.runtime.budget import ByteBudget
from wasm_vm.runtime.fuel import Meter
from wasm_vm.runtime.heap_budget import HeapBudget

Observer = Callable[[Any, int], None]
"""Called with the activation and the index of its next instruction (interpreter.observe)."""


class Store:
    """Shared state of instances.

    meter: the fuel account. budget: bytes of memories, tables and the heap. heap: room for objects,
    a part of these bytes. slots: free slots of the call stack. roomy, shallow: what the compiled
    engine keeps of it (compiler.room). reentries: calls from guests into the host that are under
    way. observer: sees every instruction; only the reference engine runs where there is one.
    mixed: runs of the reference engine under way that call into others.
    """

    __slots__ = (
        "budget",
        "heap",
        "limits",
        "meter",
        "mixed",
        "observer",
        "reentries",
        "roomy",
        "shallow",
        "slots",
    )

    def __init__(
        self,
        limits: Limits | None = None,
        checkpoint: Callable[[], None] | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.meter = Meter(self.limits.fuel, self.limits.slice, checkpoint)
        self.budget = ByteBudget(self.limits.total_bytes)
        self.heap = HeapBudget(self.budget)
        self.slots = self.limits.call_stack
        self.shallow = CellType(0)
        self.roomy = True
        self.reentries = 0
        self.mixed = 0
        self.observer = observer

    def enter_host(self) -> None:
        """Book a call into the host, which stands on Python's own stack; raises Trap."""
        if self.slots < HOST_CALL_SLOTS or self.reentries >= self.limits.host_reentries:
            raise Trap(TrapKind.CALL_STACK)
        self.slots -= HOST_CALL_SLOTS
        self.reentries += 1

    def leave_host(self) -> None:
        """The call into the host has ended."""
        self.slots += HOST_CALL_SLOTS
        self.reentries -= 1
