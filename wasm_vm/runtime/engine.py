"""What an engine is to the rest of the VM: the one protocol that every tier implements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from wasm_vm.runtime.function import GuestFunction


class Executor(Protocol):
    """Runs guest functions."""

    def invoke(self, function: GuestFunction, arguments: list[Any]) -> Sequence[Any]:
        """Run a guest function with raw arguments to its raw results.

        Raises Trap and OutOfFuel, and lets exceptions of host functions through; in each case the
        store's call stack is as before, and its meter says what took effect.
        """
        ...

    def resume(
        self, function: GuestFunction, at: int, values: list[Any], operands: list[Any]
    ) -> Sequence[Any]:
        """Run an activation from an instruction to its end; its raw results.

        at: index of the instruction, -1 where the entry is not paid yet. values: of all locals.
        The caller has checked the call stack, whose free slots include those of this activation.
        """
        ...

    def operator(self, function: GuestFunction, at: int) -> tuple[Any, Any, Any]:
        """What executes one instruction that is no control instruction, its cost being paid.

        A callable, and the second and third argument for it; the first is a list of the operands,
        which it replaces by the results. Raises Trap and OutOfFuel.
        """
        ...
