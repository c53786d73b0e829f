"""Where the server lets others in: events, and what an interceptor of commands is.

Rule: the server knows no plugin. It hands each command to the one interceptor, if there is one,
and tells listeners of clients that come and go. Without them nothing costs anything:
`ServerState.hooks` is None, and clients take the short way.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ferrite.commands.registry import Command
    from ferrite.keyspace.foreign import ForeignValue
    from ferrite.pending import Pending
    from ferrite.protocol.replies import Reply
    from ferrite.state import Call


class Event(Enum):
    """What a plugin can join in; the value is its name in a manifest."""

    BEFORE_COMMAND = "BeforeCommand"
    AFTER_COMMAND = "AfterCommand"
    ON_KEY_WRITE = "OnKeyWrite"
    ON_KEY_READ = "OnKeyRead"
    ON_KEY_EXPIRY = "OnKeyExpiry"
    ON_KEY_DELETE = "OnKeyDelete"
    ON_CLIENT_CONNECT = "OnClientConnect"
    ON_CLIENT_DISCONNECT = "OnClientDisconnect"
    ON_SERVER_STARTUP = "OnServerStartup"
    ON_SERVER_SHUTDOWN = "OnServerShutdown"


COMMAND_EVENTS = frozenset((Event.BEFORE_COMMAND, Event.AFTER_COMMAND))
"""Those whose filter names commands."""
CHANGE_EVENTS = frozenset((Event.ON_KEY_WRITE, Event.ON_KEY_DELETE, Event.ON_KEY_EXPIRY))
"""Those that follow from a change of a key."""
KEY_EVENTS = CHANGE_EVENTS | {Event.ON_KEY_READ}
"""Those whose filter is a key pattern."""
REFUSING_EVENTS = frozenset((Event.BEFORE_COMMAND, Event.ON_KEY_WRITE, Event.ON_KEY_DELETE))
"""Those at which a hook may refuse what is about to be."""
REPLACING_EVENTS = frozenset((Event.BEFORE_COMMAND, Event.ON_KEY_WRITE))
"""Those at which a hook may put something else in its place."""


class Interceptor(Protocol):
    """Runs commands in the place of the server, around which it does more."""

    def run(self, call: Call, command: Command, request: list[bytes]) -> Reply | Pending:
        """The reply of a command that has passed the gates."""


class ForeignTypes(Protocol):
    """Who knows types of values that are not the server's own."""

    def encoding(self, type_name: str) -> str | None:
        """What OBJECT ENCODING answers; None for a type that nobody knows."""

    def memory_usage(self, call: Call, value: ForeignValue) -> Reply | Pending:
        """What MEMORY USAGE answers; None where the server is to guess."""


class PluginUsage(NamedTuple):
    """What one plugin has used since it was loaded."""

    executions: int
    errors: int
    fuel: int
    """Units its calls have used since the start of the server."""
    memory_bytes: int
    """Size of its memory now."""


class Extensions(Protocol):
    """What widens the server."""

    def information(self) -> Mapping[str, object]:
        """The fields of INFO plugins."""

    def usages(self) -> Mapping[str, PluginUsage]:
        """What each has used, by name."""

    def modules(self) -> list[Reply]:
        """One map for each, as HELLO and MODULE LIST show them."""
