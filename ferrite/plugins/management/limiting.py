"""LIMITS and FUEL: what plugins may use, and what they have used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from ferrite.commands.arguments import Options, integer, one_of, value
from ferrite.commands.registry import Group
from ferrite.errors import CommandError
from ferrite.options import Memory
from ferrite.plugins.bounds import bounds
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.management.support import (
    LOOKING,
    SINCE,
    find,
    require_enabled,
    require_may_change,
    text,
    to_bytes,
)
from ferrite.plugins.manager import PluginManager
from ferrite.protocol.replies import OK, Reply
from ferrite.state import Call
from wasm_vm import PAGE_SIZE

_OPTIONS = Options(
    value("MEMORY", "bytes"),
    value("CPU", "cpu-milliseconds"),
    value("FUEL", "units", "integer"),
    value("TIMEOUT", "timeout-milliseconds"),
    value("HANDLES", "count", "integer"),
)
_WHO = Options(
    one_of(
        "who",
        value("PLUGIN", "plugin"),
        value("USER", "user"),
        value("CLIENT", "client-id", "integer"),
        value("COMMAND", "command"),
    )
)
_FIELDS = {
    "MEMORY": "memory_bytes",
    "CPU": "cpu_ms",
    "FUEL": "fuel",
    "TIMEOUT": "timeout_ms",
    "HANDLES": "handles",
}


def add(group: Group, manager: PluginManager) -> None:
    """Declare the commands."""

    @group.command(LOOKING, since=SINCE, name="PLUGIN.LIMITS")
    def limits(call: Call, name: bytes, *options: Annotated[bytes, _OPTIONS]) -> Reply:
        """Return what a plugin may use, or narrow it from its next call on."""
        require_enabled(call)
        plugin = find(manager, name)
        if options:
            require_may_change(call)
            given = _OPTIONS.parse(options)
            changes = {
                _FIELDS[token]: read_amount(token, text(word)) for token, word in given.items()
            }
            manager.limit(plugin.name, changes)
            return OK
        found = bounds(call.state.config, plugin.overrides)
        sandbox = call.state.config.sandbox
        return {
            b"memory": found.memory_bytes,
            b"cpu_ms": found.fuel // sandbox.instructions_per_ms,
            b"fuel": found.fuel,
            b"timeout_ms": found.timeout_ms,
            b"handles": found.handles,
            b"reply_bytes": LIMITS.reply_bytes_max,
            b"reply_values": LIMITS.reply_elements_max,
            b"reply_depth": LIMITS.reply_depth_max,
            b"log_lines_per_call": LIMITS.log_lines_per_call_max,
        }

    @group.command(LOOKING, since=SINCE, name="PLUGIN.FUEL", complexity="O(N) in what is booked")
    def fuel(call: Call, *who: Annotated[bytes, _WHO]) -> Reply:
        """Return the fuel used by plugins, or by one plugin, user, client or command."""
        require_enabled(call)
        ledger = manager.calls.ledger
        if not who:
            return {
                b"total": sum(ledger.plugins.values()),
                b"plugins": _counts(ledger.plugins),
                b"commands": _counts(ledger.commands),
                b"users": _counts(ledger.users),
            }
        given = _WHO.parse(who)
        if len(given) != 1:
            raise CommandError.syntax()
        ((token, word),) = given.items()
        name = text(word)
        if token == "CLIENT":
            return ledger.clients[integer(word)]
        booked = {"PLUGIN": ledger.plugins, "USER": ledger.users, "COMMAND": ledger.commands}
        return booked[token][name.lower() if token == "COMMAND" else name]


def _counts(counter: Mapping[str, int]) -> dict[bytes, Reply]:
    return {to_bytes(name): units for name, units in counter.items()}


def read_amount(token: str, word: str) -> int:
    """A limit from its text. Raises CommandError that names the option."""
    try:
        if token in ("MEMORY", "MAX_MEMORY"):
            return Memory(PAGE_SIZE).from_text(word)
        if token in ("CPU", "TIMEOUT"):
            word = word.lower().removesuffix("ms")
        low = 0 if token == "HANDLES" else 1
        amount = int(word)
        if not word.isascii() or not word.isdigit() or not low <= amount < 2**63:
            raise ValueError(f"argument must be a number from {low} on")
    except ValueError as error:
        reason = str(error).removeprefix("argument ")
        if reason.startswith("invalid literal"):
            reason = "must be a number"
        raise CommandError(f"ERR {token} {word[:64]}: {reason}") from error
    return amount
