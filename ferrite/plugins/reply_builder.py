"""A guest's reply, built call by call and bounded while it grows.

Rule: one reply. An array, map or set announces its members and is complete when they are there;
a value after the reply is complete, or a call that ends with members missing, is a fault of the
guest that fails the call by name. So nothing half built ever reaches a client.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from typing import Any

from ferrite.errors import CommandError
from ferrite.plugins.limits import LIMITS, PluginLimits
from ferrite.protocol.replies import OK, Reply, SetReply, SimpleString

NOTHING = object()
"""The value of a reply that was not begun."""
_UNFINISHED = object()
_CODE = re.compile(r"[A-Z][A-Z0-9]+( |$)")
_LINE_ENDS = str.maketrans("\r\n", "  ")


_NAMES: dict[type, str] = {list: "array", dict: "map", SetReply: "set"}


class ReplyFault(Exception):
    """The guest broke a rule of replies; the text says which."""


class ReplyBound(Exception):
    """The reply would outgrow a bound; the guest may still answer something smaller."""


class _Container:
    """An announced array, map or set that is being filled."""

    __slots__ = ("items", "kind", "missing")

    def __init__(self, kind: type, count: int) -> None:
        self.kind = kind
        self.missing = count * (2 if kind is dict else 1)
        self.items: list[Any] = []

    def value(self) -> Any:
        if self.kind is not dict:
            return self.kind(self.items)
        keys = [_hashable(key) for key in self.items[::2]]
        pairs = dict(zip(keys, self.items[1::2], strict=True))
        if len(pairs) != len(keys):
            raise ReplyFault("a map of the reply has the same key twice")
        return pairs


class ReplyBuilder:
    """What the `reply_*` functions of one call have built so far."""

    _bytes = 0
    _open: Sequence[_Container] = ()

    def __init__(self, limits: PluginLimits = LIMITS) -> None:
        self._limits = limits
        self.elements = 0
        """Values so far, but for one that is the whole reply by itself."""
        self.value: Any = NOTHING
        """The reply once it is complete. Who has NOTHING here may set it to a value with no
        members that is small enough, which is then the whole reply."""

    @property
    def begun(self) -> bool:
        """Whether the guest has replied anything."""
        return self.value is not NOTHING

    @property
    def is_error(self) -> bool:
        """Whether the whole reply is an error."""
        return isinstance(self.value, CommandError)

    def add(self, value: Any, size: int = 0) -> None:
        """A value with no members; `size` is what it holds, in bytes.

        Raises ReplyFault, and ReplyBound when the reply would grow too large.
        """
        if self.value is NOTHING and size <= self._limits.reply_bytes_max:
            self.value = value  # the whole reply, as it is most often
        else:
            self._book(size)
            self._place(value)

    def add_error(self, text: str) -> None:
        """An error; "ERR " comes before a text that does not begin with a code in capitals."""
        text = text.translate(_LINE_ENDS)
        self.add(CommandError(text if _CODE.match(text) else f"ERR {text}"), len(text))

    def add_status(self, text: str) -> None:
        """A simple string; its line ends become spaces."""
        self.add(SimpleString(text.translate(_LINE_ENDS)), len(text))

    def open(self, kind: type, count: int) -> None:
        """Announce a container: list, dict (of `count` pairs) or SetReply.

        Raises ReplyFault, and ReplyBound when it has too many members or nests too deeply.
        """
        members = count * (2 if kind is dict else 1)
        if len(self._open) >= self._limits.reply_depth_max:
            raise ReplyBound(f"a reply may nest {self._limits.reply_depth_max} levels")
        promised = sum(container.missing for container in self._open)
        if self.elements + promised + members > self._limits.reply_elements_max:
            raise ReplyBound(f"a reply may have {self._limits.reply_elements_max} values")
        self._book(0)
        container = _Container(kind, count)
        if container.missing:
            self._open = [*self._open, container]
            self.value = _UNFINISHED
        else:
            self._place(container.value())

    def finish(self) -> Reply:
        """The reply; OK when the guest built none. Raises ReplyFault when members are missing."""
        if self._open:
            innermost = self._open[-1]
            raise ReplyFault(
                f"the reply's {_NAMES[innermost.kind]} misses {innermost.missing} announced values"
            )
        value: Reply = OK if self.value is NOTHING else self.value
        return value

    def _book(self, size: int) -> None:
        if self.value is not NOTHING and self.value is not _UNFINISHED:
            raise ReplyFault("the guest replied again after its reply was complete")
        if self.elements >= self._limits.reply_elements_max:
            raise ReplyBound(f"a reply may have {self._limits.reply_elements_max} values")
        if self._bytes + size > self._limits.reply_bytes_max:
            raise ReplyBound(f"a reply may have {self._limits.reply_bytes_max} bytes")
        self.elements += 1
        self._bytes += size

    def _place(self, value: Any) -> None:
        while self._open:
            container = self._open[-1]
            container.items.append(value)
            container.missing -= 1
            if container.missing:
                return
            self._open = self._open[:-1]
            value = container.value()
        self.value = value


def _hashable(value: Any) -> Hashable:
    """A map's key as Python can hold it: a list becomes a tuple, a map the tuple of its pairs."""
    if isinstance(value, dict):
        value = [item for pair in value.items() for item in pair]
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    return value if isinstance(value, Hashable) else repr(value)
