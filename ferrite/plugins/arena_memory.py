"""ArenaMemory: a guest's memory in an arena, which `save` and restoring make cheap.

Importing this module raises ImportError where there are no arenas.
"""

from __future__ import annotations

from ferrite.native.arena import Arena
from wasm_vm import PAGE_SIZE, LimitExceeded, Memory
from wasm_vm.runtime.memory import Restore


class ArenaMemory(Memory):
    """A memory whose largest size is reserved at once; its bytes are the first ones of an arena."""

    __slots__ = ("_arena",)

    def save(self) -> Restore:
        """See `Memory.save`; to be called once. The time that putting back takes follows from the
        pages changed. Raises LimitExceeded where the host has no room for the bytes."""
        size = self.size
        try:
            self._arena.save(size)
        except OSError as error:
            what = f"no memory to save {size} bytes: {error.strerror}"
            raise LimitExceeded("total_bytes", what) from error

        def restore() -> None:
            self._arena.restore(self.size)
            self._shrink(size)

        return restore

    def _allocate(self, size: int) -> memoryview:
        reserved = min(self.most_pages * PAGE_SIZE, self._budget.limit)
        try:
            self._arena = Arena(max(reserved, size, 1))
        except OSError as error:
            raise MemoryError from error
        return self._arena.view[:size]

    def _resize(self, size: int) -> None:
        self.data = self._arena.view[:size]
