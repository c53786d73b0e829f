"""SLOWLOG and its subcommands. https://redis.io/commands/?group=server"""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from ferrite.commands.arguments import Argument, Grammar
from ferrite.commands.registry import Group, Tag
from ferrite.errors import CommandError
from ferrite.keyspace.values import parse_integer
from ferrite.protocol.replies import OK, Reply
from ferrite.state import Call

group = Group("server")
command = group.command

COUNT_DEFAULT = 10
_TAGS = Tag.ADMIN | Tag.LOADING | Tag.STALE | Tag.ALWAYS
_COUNT = Grammar(Argument("count", "integer", optional=True))

group.container("SLOWLOG", since="2.2.12", summary="A container for slow log commands")


@command(
    _TAGS,
    name="SLOWLOG GET",
    since="2.2.12",
    complexity="O(N) where N is the number of entries returned",
    tips=("request_policy:all_nodes", "nondeterministic_output"),
)
def slowlog_get(call: Call, *count: Annotated[bytes, _COUNT]) -> Reply:
    """Return the last slow commands, the newest first; ten of them, or as many as asked for."""
    if len(count) > 1:
        raise CommandError.wrong_subcommand(call.shown)
    wanted = parse_integer(count[0]) if count else COUNT_DEFAULT
    if wanted is None or wanted < -1:
        raise CommandError("ERR count should be greater than or equal to -1")
    entries = call.state.slow_log.entries
    return [
        [
            entry.number,
            entry.at,
            entry.microseconds,
            entry.request,
            entry.address.encode("utf-8", "surrogateescape"),
            entry.name,
        ]
        for entry in islice(entries, len(entries) if wanted == -1 else wanted)
    ]


@command(
    _TAGS,
    name="SLOWLOG LEN",
    since="2.2.12",
    tips=("request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"),
)
def slowlog_len(call: Call) -> int:
    """Return how many slow commands are kept."""
    return len(call.state.slow_log.entries)


@command(
    _TAGS,
    name="SLOWLOG RESET",
    since="2.2.12",
    complexity="O(N) where N is the number of entries",
    tips=("request_policy:all_nodes", "response_policy:all_succeeded"),
)
def slowlog_reset(call: Call) -> Reply:
    """Forget the slow commands."""
    call.state.slow_log.reset()
    return OK


group.help("SLOWLOG", since="6.2.0")
