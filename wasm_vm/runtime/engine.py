"""What an engine is to the rest of the VM: the one protocol that every tier implements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from wasm_vm.runtime.function import GuestFunction

if TYPE_CHECKING:
    from wasm_vm.runtime.instance import Instance
    from wasm_vm.validation import ValidModule


Progress = Callable[[int, int], None]
"""Takes how many functions are done, and of how many."""

Entry = Callable[..., Any]
"""Runs a function as a whole: takes its raw arguments and the free slots of the call stack, and
answers None, the result, or a tuple of results.
"""


def packed(results: Sequence[Any]) -> Any:
    """Results as an entry answers them."""
    if not results:
        return None
    return results[0] if len(results) == 1 else tuple(results)


def unpacked(count: int, answer: Any) -> Sequence[Any]:
    """The answer of an entry as a sequence of results."""
    if count == 0:
        return ()
    return (answer,) if count == 1 else answer


class Statistics(NamedTuple):
    """How the functions of an instance's module are run.

    compiled: functions that were compiled. left_out: by index, functions that the reference
    engine runs though another was asked for, with the reason. pending: all others; the reference
    engine runs them for now.
    """

    compiled: int
    left_out: dict[int, str]
    pending: int


class Executor(Protocol):
    """Runs guest functions."""

    def invoke(self, function: GuestFunction, arguments: list[Any]) -> Sequence[Any]:
        """Run a guest function with raw arguments to its raw results.

        Raises Trap and OutOfFuel, and lets exceptions of host functions through; in each case the
        store's call stack is as before, and its meter says what took effect.
        """
        ...

    def resume(
        self,
        function: GuestFunction,
        at: int,
        values: list[Any],
        operands: list[Any],
        mixed: bool = False,
    ) -> Sequence[Any]:
        """Run an activation from an instruction to its end; its raw results.

        at: index of the instruction, -1 where the entry is not paid yet. values: of all locals.
        mixed: functions that it calls may run in their own engines.
        The caller has checked the call stack, whose free slots include those of this activation.
        """
        ...

    def entry(self, function: GuestFunction, /) -> Entry | None:
        """What runs a called function as a whole; None where it should go step by step."""
        ...

    def operator(self, function: GuestFunction, at: int) -> tuple[Any, Any, Any]:
        """What executes one instruction, its cost being paid: no control instruction, or one that
        traps.

        A callable, and the second and third argument for it; the first is a list of the operands,
        which it replaces by the results. Raises Trap and OutOfFuel.
        """
        ...

    def prepare(self, module: ValidModule, progress: Progress | None) -> None:
        """Do all work that would be done at calls of a module's functions."""
        ...

    def statistics(self, instance: Instance) -> Statistics:
        """How the functions are run."""
        ...
