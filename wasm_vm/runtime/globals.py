"""Globals (spec 4.2.9)."""

from __future__ import annotations

from typing import Any

from wasm_vm.errors import BadCall
from wasm_vm.runtime.values import from_raw, to_bits, to_raw
from wasm_vm.types import GlobalType


class Global:
    """A global variable.

    raw: its value as the engines hold it.
    """

    __slots__ = ("raw", "type")

    def __init__(self, kind: GlobalType, value: Any) -> None:
        """A global made by the embedder, from a public value; raises TypeError or ValueError."""
        self.type = kind
        self.raw = to_raw(kind.value, value)

    @property
    def value(self) -> Any:
        """The public value."""
        return from_raw(self.type.value, self.raw)

    @value.setter
    def value(self, value: Any) -> None:
        if not self.type.mutable:
            raise BadCall("the global is immutable")
        self.raw = to_raw(self.type.value, value)

    @property
    def bits(self) -> Any:
        """The value as an unsigned bit pattern; a reference as it is."""
        return to_bits(self.type.value, self.raw)
