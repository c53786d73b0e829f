"""ArenaMemory: a guest's memory that moves into an arena when it is saved, to come back cheaply.

Importing this module raises ImportError where there are no arenas.
"""

from __future__ import annotations

from ferrite.native.arena import Arena
from wasm_vm import PAGE_SIZE, LimitExceeded, Memory
from wasm_vm.runtime.memory import Restore


class ArenaMemory(Memory):
    """A memory that, once saved, takes the first bytes of an arena of its largest size."""

    __slots__ = ("_arena",)

    _arena: Arena

    def save(self) -> Restore:
        """See `Memory.save`; to be called once. The time that putting back takes follows from the
        pages changed. Raises LimitExceeded where the host has no room for the bytes."""
        size = self.size
        most = min(self.most_pages * PAGE_SIZE, self._budget.limit)
        try:
            self._arena = Arena(self._bytearray(), max(most, size, 1))
        except OSError as error:
            what = f"no memory to save {size} bytes: {error.strerror}"
            raise LimitExceeded("total_bytes", what) from error
        self._change_size(size)

        def restore() -> None:
            self._arena.restore()
            self._shrink(size)

        return restore

    def _resize(self, size: int) -> None:
        if hasattr(self, "_arena"):
            self.data = self._arena.view[:size]
        else:
            super()._resize(size)
