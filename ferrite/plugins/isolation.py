"""Isolation: what a plugin with an instance per call is put back to after each call.

Rule: afterwards nothing that a guest can see tells of the call: the state of its instance
(wasm_vm.Snapshot), its view of the system (wasi), the rest of a line it has not ended. An arena
makes the way back of memories short; without one they are compared with a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wasm_vm import Instance, Memory, Snapshot

MEMORY: type[Memory]
"""What memories of an instance per call are made of."""

try:
    from ferrite.plugins.arena_memory import ArenaMemory as MEMORY
except ImportError:
    MEMORY = Memory


class Isolation:
    """The state of a guest that has just started.

    surroundings: what puts back the rest of what the guest can change, outside of its instance.
    """

    def __init__(self, instance: Instance, surroundings: Sequence[Callable[[], None]]) -> None:
        self._snapshot = Snapshot(instance)
        self._surroundings = surroundings
        self.spoiled = False
        """Whether the instance is in the state in which a call has failed."""

    def leave(self, *, failed: bool) -> None:
        """A call has ended. What it has opened is closed; the instance of one that has failed is
        kept for whoever looks at it, until `enter`."""
        for restore in self._surroundings:
            restore()
        self.spoiled = failed
        if not failed:
            self._snapshot.restore()

    def enter(self) -> None:
        """A call is about to begin."""
        if self.spoiled:
            self.spoiled = False
            self._snapshot.restore()
