"""The table of descriptors, and what every descriptor can be asked.

Rule: a right that a descriptor lacks is NOTCAPABLE before anything is looked at, and rights only
ever shrink. Reading is in two steps, so that a guest pays before anything happens: `peek` says what
would be read, `advance` reads it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from wasi.abi import Errno, Filetype, Rights, WasiError, host_errno

if TYPE_CHECKING:
    from wasi.memory import GuestMemory

T = TypeVar("T")

OFFSET_MAX = (1 << 63) - 1


def ask(function: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """Call the host's operating system; its errors become WasiError."""
    try:
        return function(*arguments, **options)
    except OSError as error:
        raise WasiError(host_errno(error)) from error
    except OverflowError:
        raise WasiError(Errno.INVAL) from None


class Descriptor:
    """Something that a guest has open.

    rights, inheriting: of the descriptor, and of what is opened through it. flags: FdFlags.
    """

    filetype = Filetype.UNKNOWN
    applicable = Rights(0)
    """Rights that mean something for this kind."""

    def __init__(self, rights: int, inheriting: int = 0, flags: int = 0) -> None:
        self.rights = int(rights) & int(self.applicable)
        self.inheriting = int(inheriting)
        self.flags = flags

    def require(self, rights: Rights) -> None:
        """Raise WasiError (NOTCAPABLE) where one of the rights is missing."""
        if int(rights) & ~self.rights:
            raise WasiError(Errno.NOTCAPABLE)

    def set_rights(self, rights: int, inheriting: int) -> None:
        """Give rights up; raises WasiError (NOTCAPABLE) where one would be new."""
        if rights & ~self.rights or inheriting & ~self.inheriting:
            raise WasiError(Errno.NOTCAPABLE)
        self.rights, self.inheriting = rights, inheriting

    def set_flags(self, flags: int) -> None:
        """Change the flags; raises WasiError."""
        self.flags = flags

    def fileno(self) -> int | None:
        """The host's descriptor where one can be waited for; None is always ready."""
        return None

    def wait_for(self, memory: GuestMemory, reading: bool) -> None:
        """Wait until it can be read or written, where this kind makes one wait."""

    def peek(self, size: int) -> bytes:
        """What the next read gives, at most `size` bytes; b"" at the end."""
        raise WasiError(Errno.NOTSUP)

    def advance(self, count: int) -> None:
        """Read as many bytes of what `peek` gave."""
        raise WasiError(Errno.NOTSUP)

    def write(self, data: bytes) -> int:
        """Write; how many bytes were."""
        raise WasiError(Errno.NOTSUP)

    def stat(self) -> os.stat_result | None:
        """The host's answer, or None where there is nothing to tell but the type."""
        return None

    def close(self) -> None:
        """Give back what the host has opened."""

    def save(self) -> Callable[[], None]:
        """Remember what a guest can change of it; what this returns puts that back."""
        rights, inheriting, flags = self.rights, self.inheriting, self.flags

        def restore() -> None:
            self.rights, self.inheriting = rights, inheriting
            if self.flags != flags:
                self.set_flags(flags)

        return restore


class Opened(Descriptor):
    """A descriptor of the host behind one of the guest; it is closed with this object."""

    def __init__(self, handle: int, rights: int, inheriting: int = 0, flags: int = 0) -> None:
        super().__init__(rights, inheriting, flags)
        self.handle = handle

    def stat(self) -> os.stat_result:
        """The host's answer."""
        return ask(os.fstat, self.handle)

    def close(self) -> None:
        """Close it; a second time does nothing."""
        handle, self.handle = self.handle, -1
        if handle >= 0:
            os.close(handle)

    def __del__(self) -> None:
        if getattr(self, "handle", -1) >= 0:
            self.close()


class Table:
    """The descriptors of one guest by number."""

    def __init__(self, handles_max: int) -> None:
        self._entries: dict[int, Descriptor] = {}
        self.handles_max = handles_max
        """Most descriptors that the guest itself may have open; it may change meanwhile."""
        self._given = 0
        self._kept: frozenset[Descriptor] = frozenset()
        """What was saved and is to stay open, whatever the guest does."""

    def give(self, descriptor: Descriptor) -> int:
        """Enter what the guest starts with; it does not count as one that the guest has opened."""
        self._given += 1
        return self._enter(descriptor)

    def add(self, descriptor: Descriptor) -> int:
        """Enter what the guest has opened under the lowest free number."""
        return self._enter(descriptor)

    def check_room(self) -> None:
        """Raise WasiError (MFILE) where the guest may open nothing more."""
        if len(self._entries) >= self._given + self.handles_max:
            raise WasiError(Errno.MFILE)

    def get(self, number: int, rights: Rights = Rights(0)) -> Descriptor:  # noqa: B008
        """A descriptor with these rights; raises WasiError (BADF, NOTCAPABLE)."""
        descriptor = self._entries.get(number)
        if descriptor is None:
            raise WasiError(Errno.BADF)
        descriptor.require(rights)
        return descriptor

    def close(self, number: int) -> None:
        """Close one; raises WasiError (BADF)."""
        descriptor = self.get(number)
        del self._entries[number]
        self._drop(descriptor)

    def renumber(self, source: int, target: int) -> None:
        """Move one over another, which is closed; raises WasiError (BADF)."""
        moved, replaced = self.get(source), self.get(target)
        if source == target:
            return
        del self._entries[source]
        self._entries[target] = moved
        self._drop(replaced)

    def close_all(self) -> None:
        """Close everything."""
        for descriptor in {*self._entries.values(), *self._kept}:
            descriptor.close()
        self._entries.clear()
        self._kept = frozenset()

    def save(self) -> Callable[[], None]:
        """Remember what is open; what this returns opens and closes as it takes to have that back.

        From now on a guest that closes one of these only loses its number.
        """
        entries = dict(self._entries)
        self._kept = frozenset(entries.values())
        parts = [descriptor.save() for descriptor in self._kept]

        def restore() -> None:
            if self._entries != entries:
                for descriptor in self._entries.values():
                    self._drop(descriptor)
                self._entries = dict(entries)
            for part in parts:
                part()

        return restore

    def _drop(self, descriptor: Descriptor) -> None:
        if descriptor not in self._kept:
            descriptor.close()

    def _enter(self, descriptor: Descriptor) -> int:
        number = 0
        while number in self._entries:
            number += 1
        self._entries[number] = descriptor
        return number
