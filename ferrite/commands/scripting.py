"""FUNCTION, as far as a server without functions has it. https://redis.io/commands/?group=scripting

Rule: there is no Lua here, so there are no functions and flushing them has always succeeded.
Clients that want an empty server (test suites above all) send FUNCTION FLUSH beside FLUSHALL.
"""

from __future__ import annotations

from typing import Annotated

from ferrite.commands.arguments import Options, one_of, word
from ferrite.commands.registry import Group, Tag
from ferrite.errors import CommandError
from ferrite.protocol.replies import OK, Reply
from ferrite.state import Call

group = Group("scripting", category="scripting")
command = group.command

_FLUSH = Options(one_of("async", word("ASYNC"), word("SYNC")))

group.container("FUNCTION", since="7.0.0", summary="A container for function commands")


@command(
    Tag.WRITE | Tag.NOSCRIPT,
    name="FUNCTION FLUSH",
    since="7.0.0",
    complexity="O(N) where N is the number of functions",
    tips=("request_policy:all_shards", "response_policy:all_succeeded"),
)
def function_flush(_: Call, *flush_type: Annotated[bytes, _FLUSH]) -> Reply:
    """Delete all functions, of which there are none."""
    if len(flush_type) > 1 or not {word.upper() for word in flush_type} <= {b"ASYNC", b"SYNC"}:
        raise CommandError("ERR FUNCTION FLUSH only supports SYNC|ASYNC option")
    return OK


group.help("FUNCTION", since="7.0.0")
