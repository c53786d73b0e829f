"""Commands about the server and whole databases. https://redis.io/commands/?group=server"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from ferrite.commands.arguments import (
    Argument,
    Grammar,
    IntText,
    Options,
    one_of,
    word,
)
from ferrite.commands.information import information
from ferrite.commands.registry import Group, Tag
from ferrite.errors import CommandError
from ferrite.keyspace.values import parse_integer
from ferrite.protocol.replies import NO_REPLY, OK, Reply, Verbatim
from ferrite.state import Call

group = Group("server")
command = group.command

_SECTIONS = Grammar(Argument("section", "string", optional=True, multiple=True))
_FLUSH = Options(one_of("flush-type", word("ASYNC"), word("SYNC")))
_ALL_SHARDS = ("request_policy:all_shards", "response_policy:all_succeeded")


@command(
    Tag.LOADING | Tag.STALE | Tag.ALWAYS,
    since="1.0.0",
    categories=("dangerous",),
    tips=("nondeterministic_output", "request_policy:all_shards", "response_policy:special"),
)
def info(call: Call, *sections: Annotated[bytes, _SECTIONS]) -> Verbatim:
    """Return what is known of the server, all of it or some sections."""
    names = [section.decode("utf-8", "surrogateescape") for section in sections]
    return Verbatim("txt", information(call.state, names))


@command(
    Tag.READONLY | Tag.FAST,
    since="1.0.0",
    categories=("keyspace",),
    tips=("request_policy:all_shards", "response_policy:agg_sum"),
)
def dbsize(call: Call) -> int:
    """Return the number of keys in the database."""
    return len(call.keyspace)


@command(
    Tag.LOADING | Tag.STALE | Tag.FAST | Tag.ALWAYS,
    since="2.6.0",
    tips=("nondeterministic_output",),
)
def time(call: Call) -> list[bytes]:
    """Return the server's Unix time: seconds, and microseconds of the second."""
    seconds, milliseconds = divmod(call.state.clock.now(), 1000)
    return [b"%d" % seconds, b"%d" % (milliseconds * 1000)]


@command(
    Tag.WRITE | Tag.PROPAGATED,
    since="1.0.0",
    complexity="O(N) where N is the number of keys in the database",
    categories=("keyspace", "dangerous"),
    tips=_ALL_SHARDS,
)
def flushdb(call: Call, *flush_type: Annotated[bytes, _FLUSH]) -> Reply:
    """Delete all keys of the database; ASYNC and SYNC are the same."""
    _check_flush_type(flush_type)
    _flush(call, call.keyspace.flush)
    return OK


@command(
    Tag.WRITE | Tag.PROPAGATED,
    since="1.0.0",
    complexity="O(N) where N is the number of keys in all databases",
    categories=("keyspace", "dangerous"),
    tips=_ALL_SHARDS,
)
def flushall(call: Call, *flush_type: Annotated[bytes, _FLUSH]) -> Reply:
    """Delete all keys of all databases; ASYNC and SYNC are the same."""
    _check_flush_type(flush_type)
    _flush(call, call.state.databases.flush)
    return OK


def _flush(call: Call, flush: Callable[[], None]) -> None:
    """Caches and notifications hear of it as a whole, not key by key."""
    tracking, notifications = call.state.tracking, call.state.notifications
    tracking.quiet = notifications.quiet = True
    try:
        flush()
    finally:
        tracking.quiet = notifications.quiet = False
    tracking.flushed()


def _check_flush_type(arguments: tuple[bytes, ...]) -> None:
    if len(arguments) > 1:
        raise CommandError.syntax()
    _FLUSH.parse(arguments)


@command(
    Tag.WRITE | Tag.FAST | Tag.PROPAGATED,
    since="4.0.0",
    complexity="O(N) where N is the number of clients that watch or wait for keys",
    categories=("keyspace", "dangerous"),
)
def swapdb(call: Call, index1: IntText, index2: IntText) -> Reply:
    """Swap two databases: clients that use one see the keys of the other from now on."""
    databases = []
    for text, name in ((index1, "first"), (index2, "second")):
        index = parse_integer(text)
        if index is None or not -(2**31) <= index < 2**31:
            raise CommandError(f"ERR invalid {name} DB index")
        databases.append(index)
    left, right = map(call.database, databases)
    left.swap(right)
    return OK


_SHUTDOWN = Options(
    one_of("save-selector", word("NOSAVE"), word("SAVE")), word("NOW"), word("FORCE"), word("ABORT")
)


@command(
    Tag.ADMIN | Tag.NOSCRIPT | Tag.LOADING | Tag.STALE | Tag.NO_MULTI | Tag.ALLOW_BUSY | Tag.ALWAYS,
    since="1.0.0",
    complexity="O(N) when saving, where N is the number of keys, otherwise O(1)",
)
def shutdown(call: Call, *options: Annotated[bytes, _SHUTDOWN]) -> Reply:
    """Stop the server; its clients get no answer but the end of their connections. It stays where
    the last snapshot fails, unless by FORCE."""
    given = _SHUTDOWN.parse(options)
    if "ABORT" in given:
        if len(given) > 1:
            raise CommandError.syntax()
        raise CommandError("ERR No shutdown in progress.")
    if call.state.stop is None:
        raise CommandError("ERR Errors trying to SHUTDOWN. Check logs.")
    wanted = True if "SAVE" in given else False if "NOSAVE" in given else None
    call.state.snapshots.save_last(wanted, force="FORCE" in given)
    call.session.close_after_reply = True
    call.state.stop()
    return NO_REPLY
