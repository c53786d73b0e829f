"""PLUGIN.*: what an operator manages plugins with. Every command also answers to `PLUGIN LOAD`.

Rule: all of them are @admin and @dangerous; those that load or change plugins obey
`enable_plugin_command`, as Redis's MODULE obeys enable-module-command. Those that only look, and
KILL, are served while a plugin call owns the keyspace.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any

from ferrite.commands.arguments import Argument, Grammar
from ferrite.commands.registry import Command, Group, Tag
from ferrite.errors import CommandError
from ferrite.pending import Pending
from ferrite.plugins.manager import PluginManager
from ferrite.plugins.plugin import Plugin
from ferrite.plugins.program import LoadError
from ferrite.plugins.sources import INLINE, PluginSource
from ferrite.protocol.replies import OK, Reply, SimpleString
from ferrite.state import Call

SINCE = "0.1.0"
FAMILY = "plugin"
LOCAL_HOSTS = ("127.", "[::1]")
"""How the address of a client of this machine begins."""

_URL_SCHEMES = ("http://", "https://")
_LATER = ("SHA256", "DRYRUN", "GRANT")
_SOURCE = Grammar(
    Argument(
        "source",
        "oneof",
        arguments=(Argument("path", "string"), Argument("data", "string", INLINE)),
    ),
    Argument("manifest-path", "string", "MANIFEST", optional=True),
)
_LOOKING = Tag.ADMIN | Tag.NOSCRIPT | Tag.ALWAYS
_CHANGING = Tag.ADMIN | Tag.NOSCRIPT


def management_commands(manager: PluginManager) -> Group:
    """The commands over one server's plugins."""
    group = Group("module")
    command = group.command

    @command(_CHANGING, since=SINCE, name="PLUGIN.LOAD", complexity="O(N) in the module's size")
    def load(call: Call, name: bytes, *source: Annotated[bytes, _SOURCE]) -> Pending:
        """Load a plugin from a file or from base64 text."""
        _require_may_change(call)
        plugin = _text(name)
        given, manifest = _parse_source(plugin, source)
        return _answer(plugin, _load(manager, plugin, given, manifest))

    @command(_CHANGING, since=SINCE, name="PLUGIN.UNLOAD")
    def unload(call: Call, name: bytes) -> Pending:
        """Unload a plugin."""
        _require_may_change(call)
        return _answer(_text(name), _unload(manager, _text(name)))

    @command(_LOOKING, since=SINCE, name="PLUGIN.LIST", complexity="O(N) in the plugins")
    def list_(call: Call) -> Reply:
        """List the plugins with their versions and states."""
        _require_enabled(call)
        return [_summary(plugin) for plugin in manager]

    @command(_LOOKING, since=SINCE, name="PLUGIN.INFO")
    def info(call: Call, name: bytes) -> Reply:
        """Return what is known of a plugin."""
        _require_enabled(call)
        return _information(_find(manager, name))

    @command(_LOOKING, since=SINCE, name="PLUGIN.LOG", complexity="O(N) in the lines")
    def log(call: Call, name: bytes) -> Reply:
        """Return the last lines a plugin has written, oldest first."""
        _require_enabled(call)
        return [_bytes(line) for line in _find(manager, name).log.lines()]

    @command(_LOOKING, since=SINCE, name="PLUGIN.KILL")
    def kill(call: Call, name: bytes) -> Reply:
        """End the call of a plugin that is under way; what it wrote is undone."""
        _require_may_change(call)
        plugin = _find(manager, name)
        if not manager.kill(plugin.name):
            raise CommandError(f"NOTBUSY plugin '{plugin.name}' has no call under way.")
        return OK

    group.add(_help(group))
    return group


def _help(group: Group) -> Command:
    """PLUGIN.HELP: grammar and summary of the others."""

    def run(_call: Call, _request: list[bytes]) -> Reply:
        lines = ["PLUGIN.<subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
        for command in group.commands.values():
            lines += [command.syntax.partition(".")[2], f"    {command.summary}."]
        return [SimpleString(line) for line in lines]

    return Command(
        "plugin.help",
        run,
        _LOOKING | Tag.LOADING | Tag.STALE,
        count_max=1,
        group=group.name,
        since=SINCE,
        summary="Print this help",
        complexity="O(1)",
    )


def _require_enabled(call: Call) -> None:
    if not call.state.config.plugins.enabled:
        raise CommandError("ERR plugins are disabled ([plugins] enabled = false)")


def _require_may_change(call: Call) -> None:
    _require_enabled(call)
    allowed = call.state.config.plugins.enable_plugin_command
    address = call.session.address  # a caller inside of this process has none
    local = not address or address.startswith(LOCAL_HOSTS)
    if allowed == "no" or (allowed == "local" and not local):
        raise CommandError(
            "ERR PLUGIN command not allowed. If the enable_plugin_command option is set to "
            '"local", you can run it from a local connection, otherwise you need to set this '
            "option in the configuration file, and then restart the server."
        )


def _parse_source(name: str, words: tuple[bytes, ...]) -> tuple[PluginSource, str | None]:
    """What the words behind the name ask for. Raises CommandError."""
    rest = list(words)
    if rest and rest[0].upper() == INLINE.encode():
        rest.pop(0)
        if not rest:
            raise CommandError.syntax()
        try:
            source = PluginSource.base64(rest.pop(0))
        except LoadError as error:
            raise _refused(name, error) from error
    else:
        if not rest:
            raise CommandError.wrong_arguments("plugin.load")
        path = _text(rest.pop(0))
        if path.lower().startswith(_URL_SCHEMES):
            raise CommandError(f"ERR plugin '{name}': loading from a URL is not supported yet")
        source = PluginSource.file(path)
    manifest: str | None = None
    while rest:
        option = _text(rest.pop(0)).upper()
        if option in _LATER:
            raise CommandError(f"ERR plugin '{name}': {option} is not supported yet")
        if option != "MANIFEST" or not rest or manifest is not None:
            raise CommandError.syntax()
        manifest = _text(rest.pop(0))
    return source, manifest


async def _load(
    manager: PluginManager, name: str, source: PluginSource, manifest: str | None
) -> Reply:
    await manager.load(name, source, manifest)
    return OK


async def _unload(manager: PluginManager, name: str) -> Reply:
    await manager.unload(name)
    return OK


_UNDER_WAY: set[asyncio.Task[None]] = set()
"""Tasks that answer somebody; the event loop itself holds them only weakly."""


def _answer(name: str, work: Coroutine[Any, Any, Reply]) -> Pending:
    """A reply that comes once the work is done."""
    pending = Pending()

    async def finish() -> None:
        try:
            reply = await work
        except LoadError as error:
            reply = _refused(name, error)
        except BaseException:
            pending.resolve(CommandError.internal())
            raise
        pending.resolve(reply)

    task = asyncio.get_running_loop().create_task(finish())
    _UNDER_WAY.add(task)
    task.add_done_callback(_UNDER_WAY.discard)
    return pending


def _find(manager: PluginManager, name: bytes) -> Plugin:
    try:
        return manager.get(_text(name))
    except LoadError as error:
        raise _refused(_text(name), error) from error


def _refused(name: str, error: LoadError) -> CommandError:
    return CommandError(f"ERR plugin '{name}': {error}")


def _summary(plugin: Plugin) -> dict[bytes, Reply]:
    return {
        b"name": _bytes(plugin.name),
        b"version": _bytes(plugin.program.manifest.package.version),
        b"state": plugin.state.value.encode(),
    }


def _information(plugin: Plugin) -> dict[bytes, Reply]:
    """The eight fields clients count on, then the rest."""
    package = plugin.program.manifest.package
    return {
        **_summary(plugin),
        b"commands": [_bytes(table.name) for table in plugin.program.manifest.commands],
        b"hooks": [_bytes(hook.event) for hook in plugin.program.manifest.hooks],
        b"loaded_at": plugin.loaded_at_text.encode(),
        b"executions": plugin.executions,
        b"errors": plugin.errors,
        b"package": _bytes(package.name),
        b"description": _bytes(package.description),
        b"source": _bytes(plugin.program.source),
        b"sha256": plugin.program.sha256.encode(),
        b"permissions": [_bytes(line) for line in plugin.guest.context.grant.describe()],
        b"memory_bytes": plugin.guest.memory_bytes,
        b"fuel_used": plugin.guest.fuel_used,
        b"last_error": _bytes(plugin.last_error),
    }


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
