"""HostContext: what the host functions know of the guest that calls them.

Rule: every byte that crosses the border passes `read` or `write`, where it is bounded, then paid
(1 unit of fuel each), then copied; and every right is asked for in `require` and `require_key`, so
no host function can forget either.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, TypeVar

from ferrite.access.checks import may_access_key
from ferrite.access.selector import Reason
from ferrite.commands.rights import IN_PLUGIN, note
from ferrite.errors import CommandError
from ferrite.hooks import Event
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.ledger import Growth
from ferrite.keyspace.values import Value
from ferrite.memory import Memory
from ferrite.permissions import WRITING, Grant, Right
from ferrite.plugins.limits import LIMITS, PluginLimits
from ferrite.plugins.manifest import DataTypeTable
from ferrite.plugins.reply_builder import ReplyBuilder
from ferrite.protocol.replies import Reply
from ferrite.session import Session
from ferrite.state import Call
from wasm_vm import Caller, Instance, Meter

if TYPE_CHECKING:
    from ferrite.plugins.functions.terms import CommandFilter

VALUE_BYTES_MAX = 512 * 1024 * 1024
"""Largest value unless the configuration says otherwise, as in Redis."""


SHOWN_BYTES_MAX = 64
"""Of a first argument, in the audit."""
Answer = TypeVar("Answer")


class Trail(NamedTuple):
    """The audit of host calls, for those who make a record of one by themselves."""

    now: Callable[[], int]
    number: Callable[[], int]
    """The number of the next record."""
    keep: Callable[[tuple[int, Origin, str, bytes | None, int, str, int]], None]
    """Takes number, origin, function, first argument, result, "" for the decision, fuel used."""


class Outside(Protocol):
    """Does slow work while the guest gives up its turn."""

    def run(self, work: Callable[[float], Answer]) -> Answer:
        """What `work` returns, which is given the seconds it may take."""


class ErrorCode(IntEnum):
    """What a host function returns when it fails."""

    ABSENT = -1
    DENIED = -2
    TYPE = -3
    ARGUMENT = -4
    LIMIT = -5
    NUMBER = -6
    UNAVAILABLE = -7
    ABORTED = -8


class GuestError(Exception):
    """A host function fails for a reason the guest is told; `text` is what `last_error` says."""

    def __init__(self, code: ErrorCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(slots=True)
class HookView:
    """What a hook sees of its event, and what it says to it."""

    event: Event
    key: bytes | None = None
    value: Value | None = None
    """At the key now; None where there is none."""
    old_value: Value | None = None
    old_known: bool = True
    """Whether the old value is still to be had: not of one that changes in place."""
    request: list[bytes] | None = None
    reply: Reply = None
    has_reply: bool = False
    abort: str | None = None
    """Why the hook refuses; None where it does not."""
    replacement: bytes | None = None


Origin: TypeAlias = tuple[int, str, str]
"""Where host calls come from, as the audit has it: Unix milliseconds, the command or event under
way, the user. The calls of one invocation have the same object."""


class Invocation:
    """One call of a guest: its arguments, its reply, and on whose behalf it runs.

    What few calls change or read has its value in the class. What every plain call reads has not:
    Python finds it faster in the object, and plain calls that follow each other share one.
    """

    call: Call | None = None
    """What began it; None while the guest starts."""
    nested: Call | None = None
    """What `call` runs commands with, once it was used."""
    origin: Origin | None = None
    """What the audit says of it, from its first host call on."""
    key_count: int | None = None
    """How many of a function's arguments are keys."""
    growth: Growth | None = None
    """What the call has added so far, where memory is limited."""
    messages = 0
    """How many it has published."""
    handles_made = 0
    handles_max = 10
    lines_logged = 0

    def __init__(
        self,
        event: str,
        arguments: Sequence[bytes] = (),
        keyspace: Keyspace | None = None,
        session: Session | None = None,
        command: str = "",
        may_write: bool = False,
        hook: HookView | None = None,
        keys_read: dict[tuple[Keyspace, bytes], None] | None = None,
    ) -> None:
        self.event = event
        """What called it: "command", "load" or "unload"."""
        self.arguments = arguments
        self.keyspace = keyspace
        """The caller's database; None while the guest starts, which no keyspace belongs to."""
        self.session = session
        self.command = command
        """The command that runs, as the manifest spells it."""
        self.may_write = may_write
        """Whether the caller's command has the flag `write`."""
        self.hook = hook
        """The event, where a hook was called."""
        self.keys_read = keys_read
        """Keys that were looked up for their values, where somebody wants to know."""
        self.reply = ReplyBuilder()
        self.handles: dict[int, bytes | socket.socket] = {}
        """Replies and connections."""
        self.memory: Memory | None = None
        """What bounds how much it may add; None where nothing does."""
        self.fault = ""
        """The first broken rule of replies: fails the call."""
        self.worn = False
        """Whether anything is no longer as it was made, so that no other call may have it."""

    def keep(self, held: bytes | socket.socket) -> int:
        """Hold a reply or a connection for the guest; its handle."""
        self.worn = True
        self.handles_made += 1
        self.handles[self.handles_made] = held
        return self.handles_made

    def close(self) -> None:
        """The call has ended: connections end with it."""
        for held in self.handles.values():
            if isinstance(held, socket.socket):
                with suppress(OSError):
                    held.shutdown(socket.SHUT_RDWR)  # ends the wait of a thread that reads it
                held.close()
        self.handles.clear()

    def origin_at(self, now: Callable[[], int]) -> Origin:
        """What the audit says of it; the time is that of the first question."""
        if self.origin is None:
            user = "" if self.session is None else self.session.user
            self.origin = (now(), self.command or self.event, user)
        return self.origin


@dataclass(slots=True)
class HostContext:
    """One plugin, seen from its host functions."""

    plugin: str
    version: str
    grant: Grant
    log: Callable[[int, str], None]
    settings: Mapping[str, Any] = field(default_factory=dict)
    kind: str = "plugin"
    """What messages call it: "plugin" or "function"."""
    commands: CommandFilter | None = None
    """Which commands it may run; None for all that a plugin may."""
    room: tuple[Instance, int, int] | None = None
    """Where arguments of bytes go in an instance's memory, and how many."""
    types: Mapping[str, DataTypeTable] = field(default_factory=dict)
    """The plugin's own types of values, by name."""
    value_bytes_max: int = VALUE_BYTES_MAX
    limits: PluginLimits = LIMITS
    last_error: str = ""
    last_address: int = 0
    """What the guest gave last as a first argument, an address as a rule."""
    outside: Outside | None = None
    """The way to slow things; None where there is none."""
    note: Callable[[str, object, int], None] | None = None
    """Called with every host call: function, first argument, result."""
    trail: Trail | None = None
    """Where the record of a host call that was allowed may be put without `note`."""
    invocation: Invocation = field(default_factory=lambda: Invocation("load"))
    instance: Instance | None = None
    """The guest's instance; None until it stands."""
    meter: Meter = field(default_factory=lambda: Meter(0, 1))
    """The fuel of the guest's instance."""

    @property
    def title(self) -> str:
        """Kind and name, for messages."""
        return f"{self.kind} '{self.plugin}'"

    def called_by(self, caller: Caller | None) -> None:
        """Note who calls: a module's start function runs before its instance is handed out."""
        if self.instance is None and caller is not None:
            self.instance = caller.instance

    def read(self, address: int, size: int, size_max: int, what: str) -> bytes:
        """Copy bytes of the guest, paid for.

        Raises GuestError (limit) beyond `size_max`, Trap outside of the memory, OutOfFuel.
        """
        memory = self._instance().memory
        memory.check(address, size)
        if size > size_max:
            raise GuestError(ErrorCode.LIMIT, f"ERR {what} may have {size_max} bytes, not {size}")
        self.meter.charge(size)
        return memory.read(address, size)

    def peek(self, address: int, size: int) -> bytes:
        """Some bytes of the guest for the audit, which it does not pay for; none where they are
        outside of its memory."""
        memory = self._instance().memory
        end = min(address + min(size, SHOWN_BYTES_MAX), memory.size)
        return memory.read(address, max(end - address, 0)) if address <= memory.size else b""

    def check(self, address: int, size: int) -> None:
        """Raises Trap unless the whole range lies in the guest's memory."""
        self._instance().memory.check(address, size)

    def write(self, address: int, data: bytes) -> None:
        """Copy bytes into the guest, paid for. Raises Trap outside of the memory, OutOfFuel."""
        memory = self._instance().memory
        memory.check(address, len(data))
        self.meter.charge(len(data))
        memory.write(address, data)

    def charge(self, units: int) -> None:
        """Pay for other work by the byte. Raises OutOfFuel."""
        self.meter.charge(units)

    def write_line(self, level: int, line: str) -> bool:
        """Write to the plugin's log; False once the call has logged all it may."""
        self.invocation.worn = True
        self.invocation.lines_logged += 1
        if self.invocation.lines_logged > self.limits.log_lines_per_call_max:
            return False
        self.log(level, line)
        return True

    def pause(self) -> None:
        """Let the scheduler look at the clock, in the middle of long work of the host's own."""
        if self.meter.checkpoint is not None:
            self.meter.checkpoint()

    @property
    def fuel_remaining(self) -> int:
        """Units the call may still use."""
        remaining = self.meter.remaining
        return 2**63 - 1 if remaining is None else remaining

    @property
    def keyspace(self) -> Keyspace:
        """The caller's database. Raises GuestError (unavailable) while the guest starts."""
        if self.invocation.keyspace is None:
            raise GuestError(ErrorCode.UNAVAILABLE, "ERR keys are out of reach while starting")
        return self.invocation.keyspace

    def require(self, right: Right) -> None:
        """Raises GuestError (denied) unless plugin and caller have the right."""
        if not self.grant.allows(right):
            text = f"NOPERM {self.title} has no permission {right.value}"
            raise GuestError(ErrorCode.DENIED, text)
        if right in WRITING and not self.invocation.may_write:
            where = f"command {self.invocation.command}" if self.invocation.command else "it"
            text = f"NOPERM {self.title} may not write: {where} has no flag write"
            raise GuestError(ErrorCode.DENIED, text)

    def require_key(self, right: Right, key: bytes) -> None:
        """Raises GuestError (denied) unless plugin and caller have the right for this key.

        The caller is the client whose command runs; without one, as while loading, the server is.
        """
        if not self.grant.reaches(right, key):
            shown = key[:128].decode("utf-8", "backslashreplace")
            text = f"NOPERM {self.title} has no permission {right.value} for '{shown}'"
            raise GuestError(ErrorCode.DENIED, text)
        session = self.invocation.session
        read = self.invocation.keys_read
        if read is not None and right is Right.STORAGE_READ:
            read[self.keyspace, key] = None
        writes = right in WRITING
        if session is not None and not may_access_key(session, key, read=not writes, write=writes):
            shown = key[:128].decode("utf-8", "backslashreplace")
            text = f"NOPERM user '{session.user}' may not {right.action} the key '{shown}'"
            raise self.refusal(Reason.KEY, key, text)

    def require_memory(self) -> None:
        """Before something is made to grow. Raises GuestError (limit) beyond maxmemory, as a
        client is refused a command with the flag denyoom."""
        invocation = self.invocation
        memory = invocation.memory
        if memory is None:
            return
        if invocation.growth is None:
            invocation.worn = True
            invocation.growth = memory.growth()
        if memory.is_full(invocation.growth):
            raise GuestError(ErrorCode.LIMIT, CommandError.out_of_memory().text)

    def refusal(self, reason: Reason, denied: bytes, text: str) -> GuestError:
        """The error of what the caller's user may not do; ACL LOG has it from now on."""
        call, session = self.invocation.call, self.invocation.session
        if call is not None and session is not None:
            note(call, reason, denied, session.account.name, IN_PLUGIN)
        return GuestError(ErrorCode.DENIED, text)

    def _instance(self) -> Instance:
        if self.instance is None:
            raise GuestError(ErrorCode.UNAVAILABLE, "ERR the plugin has not started")
        return self.instance
