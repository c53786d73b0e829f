"""Data types of plugins: which names are taken, what the server says of them, old encodings.

Rule: a name belongs to one plugin at a time and to no type of the server's own. A value whose
encoding is older than its type's is brought up to date before a command of the plugin that names
its key runs; one that nobody knows any more can still be copied, saved and deleted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ferrite.errors import CommandError
from ferrite.keyspace.foreign import ForeignValue
from ferrite.pending import Pending
from ferrite.plugins.calls import Calls
from ferrite.plugins.exports import EntryKind
from ferrite.plugins.host_api import Invocation
from ferrite.plugins.manifest import DataTypeTable
from ferrite.plugins.plugin import Plugin, Version
from ferrite.plugins.program import LoadError
from ferrite.protocol.replies import Reply
from ferrite.state import Call

RESERVED = frozenset(("none", "string", "list", "set", "zset", "hash", "stream"))
MIGRATE, MEMORY_USAGE = "migrate", "memory_usage"


@dataclass(slots=True)
class DataTypes:
    """The types of all plugins of one server, by name."""

    calls: Calls
    tables: dict[str, tuple[Plugin, DataTypeTable]] = field(default_factory=dict)

    def check(self, plugin: Plugin, version: Version) -> None:
        """Raises LoadError for a name that is taken."""
        for table in version.program.manifest.data_types:
            if table.name.lower() in RESERVED:
                raise LoadError(f"data type {table.name} is one of the server's own")
            owner = self.tables.get(table.name)
            if owner is not None and owner[0] is not plugin:
                raise LoadError(f"data type {table.name} is one of plugin '{owner[0].name}'")

    def join(self, plugin: Plugin, version: Version) -> None:
        """Know a version's types from now on."""
        for table in version.program.manifest.data_types:
            self.tables[table.name] = (plugin, table)

    def leave(self, plugin: Plugin) -> None:
        """Know a plugin's types no more."""
        self.tables = {name: t for name, t in self.tables.items() if t[0] is not plugin}

    def encoding(self, type_name: str) -> str | None:
        """What OBJECT ENCODING answers (ferrite.keyspace.foreign.ForeignTypes)."""
        found = self.tables.get(type_name)
        return None if found is None else found[1].encoding or type_name.lower()

    def memory_usage(self, call: Call, value: ForeignValue) -> Reply | Pending:
        """What MEMORY USAGE answers of a value whose plugin has a function for it; None for any
        other (ferrite.keyspace.foreign.ForeignTypes)."""
        plugin, table = self.tables.get(value.name, (None, None))
        if plugin is None or table is None or not plugin.enabled or plugin.guest.busy:
            return None
        version = plugin.version
        index = version.program.manifest.data_types.index(table)
        entry = version.program.methods.get((EntryKind.TYPE, index, MEMORY_USAGE))
        if entry is None:
            return None
        invocation = Invocation(MEMORY_USAGE, [value.data])
        return self.calls.run(plugin, version, entry, invocation, call)

    def outdated(
        self, version: Version, call: Call, command: str, request: list[bytes]
    ) -> list[bytes]:
        """The keys of a request that hold values of a version's types in an older encoding."""
        tables = {table.name: table for table in version.program.manifest.data_types}
        if not tables:
            return []
        found = []
        asked = next(each for each in version.commands if each.name == command.lower())
        for key in asked.keys_of(request):
            value = call.keyspace.get(key)
            table = tables.get(value.name) if isinstance(value, ForeignValue) else None
            if isinstance(value, ForeignValue) and table and value.version < table.version:
                found.append(key)
        return found


def migrate(calls: Calls, plugin: Plugin, version: Version, call: Call, key: bytes) -> None:
    """Bring a value's encoding up to date. Raises CommandError; then it stays as it was."""
    value = call.keyspace.get(key)
    if not isinstance(value, ForeignValue):
        return
    tables = version.program.manifest.data_types
    index = next(i for i, table in enumerate(tables) if table.name == value.name)
    entry = version.program.methods.get((EntryKind.TYPE, index, MIGRATE))
    if entry is None:
        return  # the guest is told the version and may read it itself
    arguments = [b"%d" % value.version, value.data]
    reply = calls.run(plugin, version, entry, Invocation(MIGRATE, arguments), call)
    if isinstance(reply, CommandError):
        raise reply
    if not isinstance(reply, bytes):
        name = f"{value.name}_{MIGRATE} of plugin '{plugin.name}'"
        raise CommandError(f"ERR {name} gave no bulk string")
    call.keyspace.update(key, ForeignValue(value.name, tables[index].version, reply))
