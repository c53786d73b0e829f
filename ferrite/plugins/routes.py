"""Transformers and storage backends: commands on some keys go another way.

Rule: every command that names such a key is either honoured or refused by name; none works on what
lies beneath by accident. What a plugin cannot do is an error for the client, and never a value that
is lost: nothing is stored before a transformer has answered, and what a backend has not confirmed
has failed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import NoneType
from typing import Any

from ferrite.commands.registry import Command
from ferrite.errors import CommandError
from ferrite.keyspace.patterns import matcher
from ferrite.keyspace.values import parse_integer
from ferrite.pending import Pending
from ferrite.plugins.calls import Calls
from ferrite.plugins.exports import Entry, EntryKind
from ferrite.plugins.host_api import Invocation
from ferrite.plugins.manifest import StorageBackendTable, TransformerTable
from ferrite.plugins.plugin import Plugin, Version
from ferrite.plugins.program import LoadError
from ferrite.protocol.replies import OK, Reply, SetReply
from ferrite.state import Call

IN, OUT = "in", "out"
SCAN = "scan"
CURSOR_BITS = 48
"""Of a cursor of SCAN: the position within one backend; above it stands which backend."""
DENIAL = "!"
NO_EXPIRY = 0
TIME_MS_MAX = 2**63 - 1
"""The last moment that a key may expire at, in Unix milliseconds."""

_VALUES_IN: dict[str, Callable[[int], range]] = {
    "set": lambda _: range(2, 3),
    "setnx": lambda _: range(2, 3),
    "getset": lambda _: range(2, 3),
    "setex": lambda _: range(3, 4),
    "psetex": lambda _: range(3, 4),
    "mset": lambda count: range(2, count, 2),
    "msetnx": lambda count: range(2, count, 2),
}
"""Commands that store values given to them: where these are in a request of `count` items."""
_VALUES_OUT = frozenset(("get", "getdel", "getex", "getset", "set", "mget"))
"""Commands that answer what is stored: one value, or one for each key."""
_NO_VALUES = {
    "del", "unlink", "exists", "touch", "type", "ttl", "pttl", "expire", "pexpire", "expireat",
    "pexpireat", "expiretime", "pexpiretime", "persist", "move", "dump", "restore", "watch",
    "object|encoding", "object|refcount", "memory|usage", "scan",
}  # fmt: skip
"""Commands that do not look into a string."""


@dataclass(frozen=True, slots=True)
class Transformer:
    """One plugin's transformer."""

    table: TransformerTable
    plugin: Plugin
    version: Version
    entries: dict[str, Entry]

    def wants(self, key: bytes) -> bool:
        """Whether a key is one of its."""
        patterns = [text.encode("utf-8", "surrogateescape") for text in self.table.keys]
        denied = [pattern[1:] for pattern in patterns if pattern.startswith(DENIAL.encode())]
        allowed = [pattern for pattern in patterns if not pattern.startswith(DENIAL.encode())]
        if any(matcher(pattern)(key) for pattern in denied):
            return False
        return not allowed or any(matcher(pattern)(key) for pattern in allowed)


@dataclass(frozen=True, slots=True)
class Backend:
    """One plugin's storage backend."""

    table: StorageBackendTable
    plugin: Plugin
    version: Version
    entries: dict[str, Entry]

    @property
    def prefix(self) -> bytes:
        """How the keys begin that it serves."""
        return self.table.prefix.encode("utf-8", "surrogateescape")


@dataclass(slots=True)
class Routes:
    """The transformers and backends of one server's plugins."""

    calls: Calls
    changed: Callable[[], None]
    transformers: list[Transformer] = field(default_factory=list)
    backends: list[Backend] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.transformers or self.backends)

    # --- joining and leaving --------------------------------------------------------------------

    def check(self, plugin: Plugin, version: Version) -> None:
        """Raises LoadError for a prefix that another plugin serves, or a part of it."""
        for table in version.program.manifest.storage_backends:
            if not table.prefix:
                raise LoadError(f"storage backend {table.name} needs a prefix")
            for other in self.backends:
                one, two = table.prefix, other.table.prefix
                if other.plugin is not plugin and (one.startswith(two) or two.startswith(one)):
                    raise LoadError(
                        f"storage backend {table.name}: the prefix '{one}' meets '{two}' of"
                        f" plugin '{other.plugin.name}'"
                    )

    def join(self, plugin: Plugin, version: Version) -> None:
        """Take in what a version serves."""
        program = version.program
        for index, each in enumerate(program.manifest.transformers):
            entries = _entries(version, EntryKind.TRANSFORMER, index)
            self.transformers.append(Transformer(each, plugin, version, entries))
        for index, table in enumerate(program.manifest.storage_backends):
            entries = _entries(version, EntryKind.BACKEND, index)
            self.backends.append(Backend(table, plugin, version, entries))
        self.transformers.sort(key=lambda t: (t.table.priority, t.plugin.order))
        self.changed()

    def leave(self, plugin: Plugin) -> None:
        """Let go of what a plugin serves."""
        self.transformers = [each for each in self.transformers if each.plugin is not plugin]
        self.backends = [each for each in self.backends if each.plugin is not plugin]
        self.changed()

    # --- running --------------------------------------------------------------------------------

    def run(self, call: Call, command: Command, request: list[bytes]) -> Reply | Pending:
        """Run a command within a task, by the way its keys go. Raises CommandError."""
        if not (command.touches_keyspace and not command.module):
            return call.state.runner(command)(call, request)  # type: ignore[no-any-return]
        keys = command.keys_of(request)
        served = {key: self._backend_of(key) for key in keys} if self.backends else {}
        if any(served.values()):
            return self._serve(call, command, request, served)
        if command.name == SCAN and self.backends:
            return self._scan(call, command, request)
        if self.transformers and any(self._of(key) for key in keys):
            return self._transformed(call, command, request, keys)
        return call.state.runner(command)(call, request)  # type: ignore[no-any-return]

    def _of(self, key: bytes) -> list[Transformer]:
        return [each for each in self.transformers if each.wants(key)]

    def _transformed(
        self, call: Call, command: Command, request: list[bytes], keys: list[bytes]
    ) -> Reply | Pending:
        name = command.name
        known = name in _VALUES_IN or name in _VALUES_OUT or name in _NO_VALUES
        if not known and not _is_of_other_type(call, keys):
            owner = next(iter(self._of(next(key for key in keys if self._of(key)))))
            raise CommandError(
                f"ERR {name} would work on what transformer {owner.table.name} of plugin"
                f" '{owner.plugin.name}' has stored"
            )
        changed = list(request)
        places = _VALUES_IN[name](len(request)) if name in _VALUES_IN else range(0)
        for index in places:
            key = request[index - 1] if name.startswith("mset") else request[1]
            changed[index] = self._through(call, IN, key, request[index])
        reply = call.state.runner(command)(call, changed)
        if name not in _VALUES_OUT or isinstance(reply, Pending | CommandError):
            return reply  # type: ignore[no-any-return]
        if isinstance(reply, list):
            return [self._out(call, key, value) for key, value in zip(keys, reply, strict=True)]
        return self._out(call, keys[0], reply)

    def _out(self, call: Call, key: bytes, value: Reply) -> Reply:
        return self._through(call, OUT, key, value) if isinstance(value, bytes) else value

    def _through(self, call: Call, way: str, key: bytes, value: bytes) -> bytes:
        """A value on its way; what goes in last comes out first. Raises CommandError."""
        transformers = [each for each in self._of(key) if way in each.entries]
        for each in transformers if way == IN else reversed(transformers):
            what = f"transformer {each.table.name}"
            reply = self._call(each, what, "transformer", way, call, [key, value])
            if not isinstance(reply, bytes):
                raise _broken(each, what, "a bulk string", reply)
            value = reply
        return value

    def _call(
        self,
        part: Transformer | Backend,
        what: str,
        event: str,
        method: str,
        call: Call,
        arguments: Sequence[bytes],
    ) -> Reply:
        """Raises CommandError where the plugin fails or is not there."""
        name = f"{what} of plugin '{part.plugin.name}'"
        if not part.plugin.enabled:
            raise CommandError(f"ERR {name} is {part.plugin.state.value}")
        invocation = Invocation(
            event,
            list(arguments),
            keyspace=call.keyspace,
            session=call.session,
            may_write=True,
        )
        reply = self.calls.run(part.plugin, part.version, part.entries[method], invocation, call)
        if isinstance(reply, CommandError):
            raise CommandError(f"ERR {name} has failed: {reply.text.removeprefix('ERR ')}")
        if isinstance(reply, Pending):
            raise CommandError(f"ERR {name} has not answered")
        return reply

    # --- backends -------------------------------------------------------------------------------

    def _backend_of(self, key: bytes) -> Backend | None:
        return next((each for each in self.backends if key.startswith(each.prefix)), None)

    def _serve(
        self,
        call: Call,
        command: Command,
        request: list[bytes],
        served: dict[bytes, Backend | None],
    ) -> Reply | Pending:
        """A command of which one key at least is a backend's."""
        name = command.name
        by_key = _BY_KEY.get(name)
        if by_key is not None:
            return by_key(self, call, command, request, served)
        owner = next(backend for backend in served.values() if backend is not None)
        method = _ONE_KEY.get(name)
        if method is None:
            raise CommandError(
                f"ERR {name} cannot be done on keys of storage backend {owner.table.name}"
            )
        return method(self, owner, call, request)

    def ask(self, backend: Backend, method: str, call: Call, *arguments: bytes) -> Reply:
        """Call a method of a backend. Raises CommandError."""
        what = f"storage backend {backend.table.name}"
        return self._call(backend, what, "storage_backend", method, call, arguments)

    def ask_number(self, backend: Backend, method: str, call: Call, key: bytes) -> int:
        """A method that answers an integer. Raises CommandError."""
        reply = self.ask(backend, method, call, key)
        if type(reply) is not int:
            raise _broken(backend, f"storage backend {backend.table.name}", "an integer", reply)
        return reply

    def ask_value(self, backend: Backend, call: Call, key: bytes) -> bytes | None:
        """The value a backend has at a key. Raises CommandError."""
        reply = self.ask(backend, "get", call, key)
        if reply is not None and not isinstance(reply, bytes):
            what = f"storage backend {backend.table.name}"
            raise _broken(backend, what, "a bulk string or null", reply)
        return reply

    def store(self, backend: Backend, call: Call, key: bytes, value: bytes, ttl_ms: int) -> None:
        """Have a backend keep a value. Raises CommandError unless it says so."""
        reply = self.ask(backend, "set", call, key, value, b"%d" % ttl_ms)
        if reply != OK:
            raise _broken(backend, f"storage backend {backend.table.name}", "OK", reply)

    def _scan(self, call: Call, command: Command, request: list[bytes]) -> Reply:
        """SCAN: the server's own keys first, then those of each backend."""
        cursor = parse_integer(request[1])
        if cursor is None or cursor < 1 << CURSOR_BITS:
            reply: Any = call.state.runner(command)(call, request)
            if isinstance(reply, list) and reply[0] == b"0":
                reply[0] = b"%d" % (1 << CURSOR_BITS)
            return reply  # type: ignore[no-any-return]
        number, position = (cursor >> CURSOR_BITS) - 1, cursor % (1 << CURSOR_BITS)
        if number >= len(self.backends):
            return [b"0", []]
        pattern, count = _scan_options(request[2:])
        backend = self.backends[number]
        reply = self.ask(backend, SCAN, call, b"%d" % position, pattern, b"%d" % count)
        following, keys = _page(backend, reply)
        if not following:
            number, following = number + 1, 0
        last = number == len(self.backends)
        matches = matcher(pattern)
        found = [key for key in keys if key.startswith(backend.prefix) and matches(key)]
        return [b"0" if last else b"%d" % ((number + 1 << CURSOR_BITS) + following), found]


def _entries(version: Version, kind: EntryKind, index: int) -> dict[str, Entry]:
    methods = version.program.methods
    return {method: entry for (k, i, method), entry in methods.items() if (k, i) == (kind, index)}


_KINDS: dict[type, str] = {
    NoneType: "null",
    int: "an integer",
    float: "a double",
    bool: "a boolean",
    bytes: "a bulk string",
    list: "an array",
    dict: "a map",
    SetReply: "a set",
}


def _broken(part: Transformer | Backend, what: str, wanted: str, reply: Reply) -> CommandError:
    found = _KINDS.get(type(reply), "a simple string")
    return CommandError(f"ERR {what} of plugin '{part.plugin.name}' gave {found}, not {wanted}")


def _is_of_other_type(call: Call, keys: Sequence[bytes]) -> bool:
    """Whether the keys hold values that no transformer has touched: all but strings."""
    values = [call.keyspace.get(key) for key in keys]
    return all(value is not None and not isinstance(value, bytes) for value in values)


def _scan_options(options: Sequence[bytes]) -> tuple[bytes, int]:
    """MATCH and COUNT. Raises CommandError."""
    pattern, count = b"*", 10
    for word, value in zip(options[::2], options[1::2], strict=False):
        if word.upper() == b"MATCH":
            pattern = value
        elif word.upper() == b"COUNT":
            number = parse_integer(value)
            if number is None or number < 1:
                raise CommandError.syntax()
            count = number
        elif word.upper() != b"TYPE":
            raise CommandError.syntax()
    return pattern, count


def _page(backend: Backend, reply: Reply) -> tuple[int, list[bytes]]:
    """Cursor and keys of a backend's answer. Raises CommandError."""
    if isinstance(reply, list) and len(reply) == 2 and isinstance(reply[1], list):
        cursor = reply[0] if type(reply[0]) is int else parse_integer(reply[0] or b"")
        keys = reply[1]
        fits = cursor is not None and 0 <= cursor < 1 << CURSOR_BITS
        if cursor is not None and fits and all(type(key) is bytes for key in keys):
            return cursor, keys
    what = f"storage backend {backend.table.name}"
    raise _broken(backend, what, "an array of cursor and keys", reply)


def _each(
    method: Callable[[Routes, Backend, Call, bytes], Reply], *, add: bool
) -> Callable[[Routes, Call, Command, list[bytes], dict[bytes, Backend | None]], Reply]:
    """A command on any number of keys, taken one by one; its answers added up, or in a list."""

    def run(
        routes: Routes,
        call: Call,
        command: Command,
        request: list[bytes],
        served: dict[bytes, Backend | None],
    ) -> Reply:
        answers: list[Any] = []
        for key in request[1:]:
            backend = served[key]
            if backend is None:
                own = call.state.runner(command)(call, [request[0], key])
                answers.append(own if add else own[0])
            else:
                answers.append(method(routes, backend, call, key))
        return sum(answers) if add else answers

    return run


def _mset(
    routes: Routes,
    call: Call,
    command: Command,
    request: list[bytes],
    served: dict[bytes, Backend | None],
) -> Reply:
    if len(request) % 2 == 0:
        raise CommandError.wrong_arguments(command.name)
    for key, value in zip(request[1::2], request[2::2], strict=True):
        backend = served[key]
        if backend is None:
            call.state.runner(command)(call, [request[0], key, value])
        else:
            routes.store(backend, call, key, value, NO_EXPIRY)
    return OK


def _get(routes: Routes, backend: Backend, call: Call, request: list[bytes]) -> Reply:
    return routes.ask_value(backend, call, request[1])


def _set(routes: Routes, backend: Backend, call: Call, request: list[bytes]) -> Reply:
    """SET with EX, PX, NX, XX and GET."""
    key, value, ttl_ms = request[1], request[2], NO_EXPIRY
    words = [word.upper() for word in request[3:]]
    flags = set()
    while words:
        word = words.pop(0)
        if word in (b"EX", b"PX") and words and ttl_ms == NO_EXPIRY:
            ttl_ms = _time_to_live(call, b"set", words.pop(0), 1000 if word == b"EX" else 1)
        elif word in (b"NX", b"XX", b"GET") and word not in flags:
            flags.add(word)
        else:
            raise CommandError.syntax()
    if flags >= {b"NX", b"XX"}:
        raise CommandError.syntax()
    old = routes.ask_value(backend, call, key) if flags else None
    if not ((b"NX" in flags and old is not None) or (b"XX" in flags and old is None)):
        routes.store(backend, call, key, value, ttl_ms)
        return old if b"GET" in flags else OK
    return old if b"GET" in flags else None


def _time_to_live(call: Call, command: bytes, text: bytes, unit_ms: int) -> int:
    """Milliseconds, from 1 on. Raises CommandError."""
    number = parse_integer(text)
    if number is None:
        raise CommandError.not_an_integer()
    if number <= 0 or call.keyspace.now() + number * unit_ms > TIME_MS_MAX:
        name = command.decode("utf-8", "replace").lower()
        raise CommandError(f"ERR invalid expire time in '{name}' command")
    return number * unit_ms


def _set_for(unit_ms: int) -> Callable[[Routes, Backend, Call, list[bytes]], Reply]:
    def run(routes: Routes, backend: Backend, call: Call, request: list[bytes]) -> Reply:
        ttl_ms = _time_to_live(call, request[0], request[2], unit_ms)
        routes.store(backend, call, request[1], request[3], ttl_ms)
        return OK

    return run


def _expire(unit_ms: int) -> Callable[[Routes, Backend, Call, list[bytes]], Reply]:
    """EXPIRE: the backend is given its value again, with the time."""

    def run(routes: Routes, backend: Backend, call: Call, request: list[bytes]) -> Reply:
        number = parse_integer(request[2])
        if number is None:
            raise CommandError.not_an_integer()
        if len(request) > 3:
            raise CommandError("ERR a storage backend's keys expire without conditions")
        value = routes.ask_value(backend, call, request[1])
        if value is None:
            return 0
        if number <= 0:
            routes.ask_number(backend, "delete", call, request[1])
        else:
            ttl_ms = _time_to_live(call, request[0], request[2], unit_ms)
            routes.store(backend, call, request[1], value, ttl_ms)
        return 1

    return run


_ONE_KEY: dict[str, Callable[[Routes, Backend, Call, list[bytes]], Reply]] = {
    "get": _get,
    "set": _set,
    "setex": _set_for(1000),
    "psetex": _set_for(1),
    "expire": _expire(1000),
    "pexpire": _expire(1),
}


def _delete(routes: Routes, backend: Backend, call: Call, key: bytes) -> Reply:
    return routes.ask_number(backend, "delete", call, key)


def _exists(routes: Routes, backend: Backend, call: Call, key: bytes) -> Reply:
    return routes.ask_number(backend, "exists", call, key)


def _value(routes: Routes, backend: Backend, call: Call, key: bytes) -> Reply:
    return routes.ask_value(backend, call, key)


_BY_KEY: dict[
    str, Callable[[Routes, Call, Command, list[bytes], dict[bytes, Backend | None]], Reply]
] = {
    "del": _each(_delete, add=True),
    "unlink": _each(_delete, add=True),
    "exists": _each(_exists, add=True),
    "mget": _each(_value, add=False),
    "mset": _mset,
}
