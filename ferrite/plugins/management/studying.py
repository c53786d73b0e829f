"""AUDIT, ERRORS and PROFILE: what a plugin did, how it failed, where its fuel went."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from ferrite.commands.arguments import Options, integer, one_of, value, word
from ferrite.commands.registry import Group
from ferrite.errors import CommandError
from ferrite.plugins.management.support import (
    LOOKING,
    SINCE,
    find,
    require_enabled,
    require_may_change,
    to_bytes,
)
from ferrite.plugins.manager import PluginManager
from ferrite.plugins.study import HostCallRecord, PostMortem
from ferrite.protocol.replies import OK, Reply
from ferrite.state import Call

LIMIT_DEFAULT = 10
_LIMIT = Options(value("LIMIT", "count", "integer"))
_SWITCH = Options(one_of("switch", word("ON"), word("OFF")))


def add(group: Group, manager: PluginManager) -> None:
    """Declare the commands."""
    command = group.command

    @command(LOOKING, since=SINCE, name="PLUGIN.AUDIT", complexity="O(N) in the records")
    def audit(call: Call, name: bytes, *limit: Annotated[bytes, _LIMIT]) -> Reply:
        """Return the last host calls of a plugin with their decisions, newest first."""
        require_enabled(call)
        records = list(find(manager, name).study.calls)
        return [_record(record) for record in reversed(records[-_count(limit) :])]

    @command(LOOKING, since=SINCE, name="PLUGIN.ERRORS", complexity="O(N) in the failures")
    def errors(call: Call, name: bytes, *limit: Annotated[bytes, _LIMIT]) -> Reply:
        """Return the last failures of a plugin with their backtraces, newest first."""
        require_enabled(call)
        failures = list(find(manager, name).study.failures)
        return [_post_mortem(failure) for failure in reversed(failures[-_count(limit) :])]

    @command(LOOKING, since=SINCE, name="PLUGIN.PROFILE", complexity="O(N) in the functions")
    def profile(call: Call, name: bytes, *switch: Annotated[bytes, _SWITCH]) -> Reply:
        """Count instructions and fuel by function from now on, or return the counts."""
        require_enabled(call)
        plugin = find(manager, name)
        if switch:
            require_may_change(call)
            plugin.guest.count("ON" in _SWITCH.parse(switch))
            return OK
        if plugin.guest.profile is None:
            raise CommandError(f"ERR {plugin.title}: PROFILE is not ON")
        commands = {table.name.lower() for table in plugin.program.manifest.commands}
        booked = manager.calls.ledger.commands
        return {
            b"functions": [
                {
                    b"function": to_bytes(function),
                    b"calls": calls,
                    b"instructions": instructions,
                    b"fuel": fuel,
                }
                for function, calls, instructions, fuel in plugin.guest.profile.table()
            ],
            b"commands": {
                to_bytes(each): booked[each] for each in sorted(commands) if each in booked
            },
        }


def _count(limit: tuple[bytes, ...]) -> int:
    """Raises CommandError unless it is a number from 1 on."""
    given = _LIMIT.parse(limit)
    count = integer(given["LIMIT"]) if "LIMIT" in given else LIMIT_DEFAULT
    if count < 1:
        raise CommandError("ERR LIMIT must be a number from 1 on")
    return count


def _record(record: HostCallRecord) -> dict[bytes, Reply]:
    return {
        b"number": record.number,
        b"time": _time(record.time),
        b"origin": to_bytes(record.origin),
        b"user": to_bytes(record.user),
        b"function": to_bytes(record.function),
        b"argument": to_bytes(record.argument),
        b"result": record.result,
        b"decision": to_bytes(record.decision),
        b"fuel": record.fuel,
    }


def _post_mortem(failure: PostMortem) -> dict[bytes, Reply]:
    return {
        b"time": _time(failure.time),
        b"origin": to_bytes(failure.origin),
        b"user": to_bytes(failure.user),
        b"client": failure.client,
        b"kind": to_bytes(failure.kind),
        b"error": to_bytes(failure.error),
        b"fuel": failure.fuel,
        b"backtrace": [to_bytes(line) for line in failure.backtrace],
        b"host_calls": [_record(record) for record in failure.host_calls],
        b"memory_bytes": failure.memory_bytes,
        b"memory_address": failure.memory_address,
        b"memory": failure.memory,
    }


def _time(milliseconds: int) -> bytes:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()
