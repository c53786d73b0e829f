"""RECORD and REPLAY: calls of a plugin in a file, and run again."""

from __future__ import annotations

from typing import Annotated, Any

from ferrite.commands.arguments import Options, one_of, word
from ferrite.commands.registry import Group
from ferrite.errors import CommandError
from ferrite.pending import Pending
from ferrite.plugins.management.support import (
    LOOKING,
    SINCE,
    answer,
    find,
    refused,
    require_enabled,
    require_may_change,
    text,
    to_bytes,
)
from ferrite.plugins.manager import PluginManager
from ferrite.plugins.program import LoadError
from ferrite.protocol.replies import OK, Reply
from ferrite.state import Call

_SWITCH = Options(one_of("switch", word("ON"), word("OFF")))


def add(group: Group, manager: PluginManager) -> None:
    """Declare the commands."""
    command, recordings = group.command, manager.recordings

    @command(LOOKING, since=SINCE, name="PLUGIN.RECORD", complexity="O(N) in the guest's memory")
    def record(call: Call, name: bytes, *switch: Annotated[bytes, _SWITCH]) -> Reply:
        """Record a plugin's calls into a file from now on, or tell which file that is."""
        require_enabled(call)
        plugin = find(manager, name)
        if switch:
            require_may_change(call)
            try:
                if "ON" in _SWITCH.parse(switch):
                    recordings.switch_on(plugin)
                else:
                    recordings.switch_off(plugin)
            except LoadError as error:
                raise refused(plugin.name, error) from error
            return OK
        recorder = recordings.last(plugin)
        if recorder is None:
            raise CommandError(f"ERR plugin '{plugin.name}': RECORD is not ON")
        return {
            b"recording": int(not recorder.stopped),
            b"file": to_bytes(recorder.name),
            b"path": to_bytes(recorder.path),
            b"calls": recorder.calls,
            b"bytes": recorder.bytes_written,
            b"ended": to_bytes(recorder.stopped),
        }

    @command(LOOKING, since=SINCE, name="PLUGIN.REPLAY", complexity="O(N) in the recorded calls")
    def replay(call: Call, file: bytes) -> Pending:
        """Run recorded calls again, without their data, and tell whether anything differs."""
        require_may_change(call)
        return answer(text(file), _replay(manager, text(file)))


async def _replay(manager: PluginManager, name: str) -> Reply:
    try:
        found = await manager.recordings.replay(name)
    except LoadError as error:
        raise CommandError(f"ERR REPLAY: {error}") from error
    return _reply(found)


def _reply(value: Any) -> Reply:
    """JSON's values as replies."""
    if isinstance(value, dict):
        return {to_bytes(key): _reply(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_reply(item) for item in value]
    return to_bytes(value) if isinstance(value, str) else int(value)
