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
