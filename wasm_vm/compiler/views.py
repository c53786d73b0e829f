"""Views of a memory, cast to the widths of accesses, for generated code.

A bytearray cannot grow while a view of it lives, so the views are released before and made anew
after each growth, in the namespaces of all instances that use the memory.
"""

from __future__ import annotations

import struct
import sys
from typing import Any
from weakref import WeakSet

from wasm_vm.runtime import Memory

LETTERS = "bhHiIqQfd"

SUPPORTED = sys.byteorder == "little"
"""Views have the byte order of the host; WebAssembly's is little."""

STRUCTS: dict[str, Any] = {
    **{f"U{letter}": struct.Struct("<" + letter).unpack_from for letter in LETTERS},
    **{f"P{letter}": struct.Struct("<" + letter).pack_into for letter in LETTERS},
}


class Namespace:
    """The global names of an instance's generated code."""

    __slots__ = ("__weakref__", "memories", "names")

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self.memories: list[tuple[Views, int]] = []


class Views:
    """The views of one memory, and the namespaces that name them."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.users: WeakSet[Namespace] = WeakSet()
        self.views: dict[str, Any] = {}
        self.renew()

    def add(self, namespace: Namespace, index: int) -> None:
        """Bind the views in a namespace under a memory index, from now on."""
        namespace.memories.append((self, index))
        self.users.add(namespace)
        self._bind(namespace, index)

    def _bind(self, namespace: Namespace, index: int) -> None:
        names = namespace.names
        names[f"D{index}"] = self.memory.data
        names[f"O{index}"] = self.memory
        for letter, view in self.views.items():
            names[f"M{letter}{index}"] = view

    def release(self) -> None:
        """Let the memory grow: no view may be alive."""
        for namespace in self.users:
            for views, index in namespace.memories:
                if views is self:
                    for letter in self.views:
                        namespace.names[f"M{letter}{index}"] = ()
        for letter in LETTERS:
            if isinstance(view := self.views[letter], memoryview):
                view.release()

    def renew(self) -> None:
        """Make views of the memory as it is now."""
        data: Any = self.memory.data
        self.views = {"B": data}
        whole: Any = memoryview(data)
        for letter in LETTERS:
            self.views[letter] = whole.cast("B").cast(letter) if len(data) else []
        whole.release()
        for namespace in self.users:
            for views, index in namespace.memories:
                if views is self:
                    self._bind(namespace, index)


def views_of(memory: Memory) -> Views:
    """The views of a memory; made once."""
    views = memory.views
    if not isinstance(views, Views):
        views = memory.views = Views(memory)
    return views
