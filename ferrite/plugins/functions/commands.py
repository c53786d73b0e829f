"""The group of WASM.*: load, define, change, call and look at functions.

Rule: those that load or change are @admin and @dangerous and obey `enable_plugin_command`, as
PLUGIN.LOAD does; CALL and CALL_RO are @scripting, as FCALL and FCALL_RO are, name their keys and
write to the log what they left behind, never themselves.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Annotated, Any

from ferrite.commands.key_specs import KeySpec
from ferrite.commands.registry import Group, Tag
from ferrite.commands.signature import FoundKeys
from ferrite.errors import CommandError
from ferrite.pending import Pending
from ferrite.plugins.bounds import bounds
from ferrite.plugins.functions import words
from ferrite.plugins.functions.service import Functions, shape_of
from ferrite.plugins.functions.terms import Terms
from ferrite.plugins.management.support import (
    CHANGING,
    SINCE,
    answer,
    family_help,
    refused,
    require_enabled,
    require_may_change,
    text,
    to_bytes,
)
from ferrite.plugins.plugin import Plugin
from ferrite.plugins.program import LoadError
from ferrite.protocol.replies import OK, Reply
from ferrite.state import Call

FAMILY = "wasm"
KIND = "function"
LOOKING = Tag.NOSCRIPT | Tag.ALWAYS
CALLING = Tag.NOSCRIPT | Tag.MODULE
LOAD_COMPLEXITY = "O(N) in the module's size"
CALL_COMPLEXITY = "Depends on the function that is called."
NANOSECONDS_PER_MICROSECOND = 1_000


def function_commands(functions: Functions) -> Group:
    """The commands over one server's functions."""
    group = Group("scripting", "scripting")
    _add_changing(group, functions)
    _add_calling(group, functions)
    _add_looking(group, functions)
    group.add(family_help(group, FAMILY, LOOKING))
    return group


def _add_changing(group: Group, functions: Functions) -> None:
    command = group.command

    @command(CHANGING, since=SINCE, name="WASM.LOAD", complexity=LOAD_COMPLEXITY)
    def load(call: Call, name: bytes, *module: Annotated[bytes, words.LOAD]) -> Pending:
        """Load a function from a WebAssembly module, with its rights and limits."""
        wanted = _read(call, name, module, words.read_source)
        return _changed(name, functions.load(text(name), wanted))

    @command(CHANGING, since=SINCE, name="WASM.DEFINE", complexity=LOAD_COMPLEXITY)
    def define(call: Call, name: bytes, *module: Annotated[bytes, words.DEFINE]) -> Pending:
        """Load a function from WebAssembly text."""
        wanted = _read(call, name, module, words.read_text)
        return _changed(name, functions.define(text(name), wanted))

    @command(CHANGING, since=SINCE, name="WASM.UPDATE", complexity=LOAD_COMPLEXITY)
    def update(call: Call, name: bytes, *module: Annotated[bytes, words.UPDATE]) -> Pending:
        """Put another module in a function's place; its terms stay where nothing else is said."""
        wanted = _read(call, name, module, words.read_source)
        if wanted.replace:
            raise CommandError.syntax()
        return _changed(name, functions.update(text(name), wanted))

    @command(CHANGING, since=SINCE, name="WASM.RELOAD", complexity=LOAD_COMPLEXITY)
    def reload(call: Call, name: bytes) -> Pending:
        """Read a function's file again."""
        require_may_change(call)
        return _changed(name, functions.reload(text(name)))

    @command(CHANGING, since=SINCE, name="WASM.UNLOAD")
    def unload(call: Call, name: bytes) -> Pending:
        """Unload a function."""
        require_may_change(call)
        return _changed(name, functions.unload(text(name)))


def _add_calling(group: Group, functions: Functions) -> None:
    def keys(access: str) -> tuple[KeySpec]:
        return (KeySpec(FoundKeys(words.key_indexes), access),)

    @group.command(
        CALLING | Tag.WRITE | Tag.DENYOOM,
        since=SINCE,
        name="WASM.CALL",
        complexity=CALL_COMPLEXITY,
        more_keys=keys("RW access update"),
    )
    def call_(call: Call, name: bytes, *arguments: Annotated[bytes, words.CALL]) -> Reply | Pending:
        """Call a function with keys and arguments."""
        return _call(functions, call, name, arguments, writes=True)

    @group.command(
        CALLING | Tag.READONLY,
        since=SINCE,
        name="WASM.CALL_RO",
        complexity=CALL_COMPLEXITY,
        more_keys=keys("RO access"),
    )
    def call_ro(
        call: Call, name: bytes, *arguments: Annotated[bytes, words.CALL]
    ) -> Reply | Pending:
        """Call a function that may not write."""
        return _call(functions, call, name, arguments, writes=False)


def _add_looking(group: Group, functions: Functions) -> None:
    command = group.command

    @command(LOOKING, since=SINCE, name="WASM.LIST", complexity="O(N) in the functions")
    def list_(call: Call) -> Reply:
        """List the functions with what they take and give."""
        require_enabled(call)
        return [_summary(plugin) for plugin in functions]

    @command(LOOKING, since=SINCE, name="WASM.INFO")
    def info(call: Call, name: bytes) -> Reply:
        """Return what is known of a function."""
        require_enabled(call)
        return _information(call, _find(functions, name))

    @command(LOOKING, since=SINCE, name="WASM.STATS", complexity="O(N) in the functions")
    def stats(call: Call, name: bytes | None = None) -> Reply:
        """Return calls, errors, fuel and time of a function, or of each."""
        require_enabled(call)
        if name is not None:
            return _statistics(functions, _find(functions, name))
        return {to_bytes(each.name): _statistics(functions, each) for each in functions}


def _read(call: Call, name: bytes, module: Sequence[bytes], read: Any) -> words.Wanted:
    """What the words ask for. Raises CommandError."""
    require_may_change(call)
    try:
        wanted: words.Wanted = read(module)
    except ValueError as error:
        raise refused(text(name), LoadError(str(error)), KIND) from error
    return wanted


def _changed(name: bytes, work: Coroutine[Any, Any, None]) -> Pending:
    async def change() -> Reply:
        await work
        return OK

    return answer(text(name), change(), KIND)


def _call(
    functions: Functions, call: Call, name: bytes, arguments: Sequence[bytes], *, writes: bool
) -> Reply | Pending:
    require_enabled(call)
    keys, rest = words.split_call(arguments)
    try:
        return functions.call(call, text(name), keys, rest, writes=writes)
    except LoadError as error:
        raise refused(text(name), error, KIND) from error


def _find(functions: Functions, name: bytes) -> Plugin:
    try:
        return functions.get(text(name))
    except LoadError as error:
        raise refused(text(name), error, KIND) from error


def _summary(plugin: Plugin) -> dict[bytes, Reply]:
    return {
        b"name": to_bytes(plugin.name),
        b"state": plugin.state.value.encode(),
        b"type": shape_of(plugin).describe().encode(),
        b"read_only": int(_terms(plugin).read_only),
    }


def _information(call: Call, plugin: Plugin) -> dict[bytes, Reply]:
    shape, terms, program = shape_of(plugin), _terms(plugin), plugin.program
    limits = bounds(call.state.config, plugin.overrides)
    return {
        **_summary(plugin),
        b"export": to_bytes(shape.export),
        b"parameters": [str(kind).encode() for kind in shape.parameters],
        b"results": [str(kind).encode() for kind in shape.results],
        b"permissions": [to_bytes(line) for line in plugin.guest.context.grant.describe()],
        b"commands": [to_bytes(word) for word in terms.commands],
        b"deny_commands": [to_bytes(word) for word in terms.deny_commands],
        b"source": to_bytes(program.source),
        b"sha256": program.sha256.encode(),
        b"loaded_at": plugin.loaded_at_text.encode(),
        b"reloads": plugin.reloads,
        b"memory_bytes": plugin.guest.memory_bytes,
        b"memory_limit": limits.memory_bytes,
        b"timeout_ms": limits.timeout_ms,
        b"fuel_limit": limits.fuel,
        b"calls": plugin.executions,
        b"errors": plugin.errors,
        b"last_error": to_bytes(plugin.last_error),
    }


def _statistics(functions: Functions, plugin: Plugin) -> dict[bytes, Reply]:
    return {
        b"calls": plugin.executions,
        b"errors": plugin.errors,
        b"fuel": functions.fuel_of(plugin),
        b"microseconds": plugin.nanoseconds // NANOSECONDS_PER_MICROSECOND,
    }


def _terms(plugin: Plugin) -> Terms:
    return plugin.version.files.function or Terms()
