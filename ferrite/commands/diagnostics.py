"""MONITOR and DEBUG. https://redis.io/commands/?group=server

Rule: DEBUG is for tests and needs enable-debug-command; what it has is what Redis's own test suite
asks of a server without replication.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Annotated

from ferrite.commands.arguments import Argument, Grammar, Options, double, integer, word
from ferrite.commands.configuration import rewrite_config
from ferrite.commands.registry import Group, Tag
from ferrite.errors import CommandError, StartError
from ferrite.keyspace.digest import digest_of_databases, digest_of_value
from ferrite.keyspace.patterns import matcher
from ferrite.keyspace.values import encoding_name, memory_bytes
from ferrite.protocol.replies import (
    NULL_ARRAY,
    OK,
    BigNumber,
    Encoded,
    Push,
    Reply,
    SetReply,
    Several,
    SimpleString,
    Verbatim,
)
from ferrite.replay import Replay
from ferrite.state import Call

group = Group("server")
command = group.command

LOG = logging.getLogger(__name__)

_ARGUMENTS = Grammar(Argument("argument", "string", optional=True, multiple=True))


@command(Tag.ADMIN | Tag.NOSCRIPT | Tag.LOADING | Tag.STALE, since="1.0.0")
def monitor(call: Call) -> Reply:
    """Be shown every command the server runs from now on."""
    if call.in_transaction:
        raise CommandError("ERR MONITOR isn't allowed for DENY BLOCKING client")
    if not call.session.monitor:
        call.state.observe(call.session, True)
    return OK


@command(
    Tag.ADMIN | Tag.NOSCRIPT | Tag.LOADING | Tag.STALE | Tag.PROTECTED,
    since="1.0.0",
    complexity="Depends on subcommand.",
)
def debug(call: Call, subcommand: bytes, *arguments: Annotated[bytes, _ARGUMENTS]) -> Reply:
    """Do what only tests need."""
    found = _SUBCOMMANDS.get(subcommand.lower())
    if found is None or len(arguments) not in found[1]:
        raise CommandError.wrong_subcommand(call.shown)
    return found[0](call, *arguments)


def _sleep(_: Call, seconds: bytes) -> Reply:
    time.sleep(double(seconds))
    return OK


def _set_active_expire(call: Call, enabled: bytes) -> Reply:
    call.state.active_expire = integer(enabled) != 0
    return OK


def _object(call: Call, key: bytes, *_: bytes) -> Reply:
    value = call.keyspace.get(key)
    if value is None:
        raise CommandError.no_such_key()
    return SimpleString(
        f"Value at:{id(value):#x} refcount:1 encoding:{encoding_name(value)} "
        f"serializedlength:{memory_bytes(value, 5)} lru:0 lru_seconds_idle:0"
    )


def _log(_: Call, text: bytes) -> Reply:
    LOG.warning("DEBUG LOG: %s", text.decode("utf-8", "replace"))
    return OK


def _string_match_length(_: Call, length: bytes, pattern: bytes) -> Reply:
    """Whether matching a long text ends in reasonable time."""
    matcher(pattern)(b"a" * integer(length))
    return OK


def _digest(call: Call) -> Reply:
    return SimpleString(digest_of_databases(call.state.databases).hex())


def _digest_value(call: Call, *keys: bytes) -> Reply:
    """One digest for each key."""
    keyspace = call.keyspace
    return [
        SimpleString(digest_of_value(keyspace.get(key), keyspace.deadline(key) is not None).hex())
        for key in keys
    ]


_RELOAD = Options(word("NOSAVE"), word("NOFLUSH"), word("MERGE"))


def _reload(call: Call, *options: bytes) -> Reply:
    """Have all keys come from the snapshot file, which is written first unless NOSAVE."""
    given = _RELOAD.parse(options)
    snapshots = call.state.snapshots
    if "NOSAVE" not in given:
        snapshots.save()
    if "NOFLUSH" not in given:
        call.state.databases.flush()
    try:
        snapshots.load()
    except StartError as error:
        LOG.warning("DEBUG RELOAD: %s", error.text)
        raise CommandError("ERR Error trying to load the RDB dump, check server logs.") from None
    return OK


def _populate(call: Call, count: bytes, prefix: bytes = b"key", size: bytes = b"0") -> Reply:
    """Make so many keys of strings; those there are stay."""
    for number in range(integer(count)):
        key = b"%b:%d" % (prefix, number)
        if key not in call.keyspace:
            text = b"value:%d" % number
            call.keyspace.set(key, text.ljust(integer(size), b"\0")[: integer(size) or None])
    return OK


def _rewrite_config(call: Call) -> Reply:
    rewrite_config(call.state, every=True)
    return OK


def _flush_sleep(call: Call, microseconds: bytes) -> Reply:
    call.state.append_log.sleep_microseconds = integer(microseconds)
    return OK


def _load_aof(call: Call) -> Reply:
    call.state.reload(Replay(call.state))
    return OK


def _nothing(_: Call, *_arguments: bytes) -> Reply:
    """What has no meaning here and changes no behaviour."""
    return OK


_EXAMPLES: dict[bytes, Reply] = {
    b"string": b"Hello World",
    b"integer": 12345,
    b"double": 3.141,
    b"null": None,
    b"array": [0, 1, 2],
    b"set": SetReply([0, 1, 2]),
    b"map": {0: False, 1: True, 2: False},
    b"attrib": b"Some real reply following the attribute",
    b"push": Push([b"server-cpu-usage", 42]),
    b"verbatim": Verbatim("txt", b"This is a verbatim\nstring"),
    b"true": True,
    b"false": False,
    b"bignum": BigNumber(1234567999999999999999999999999999999),
    b"null-array": NULL_ARRAY,
}


_ATTRIBUTE = Encoded(b"|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n")


def _protocol(call: Call, name: bytes) -> Reply:
    if name.lower() == b"attrib" and call.session.protocol == 3:
        return Several([_ATTRIBUTE, _EXAMPLES[b"attrib"]])
    if name.lower() not in _EXAMPLES:
        raise CommandError(
            "ERR Wrong protocol type name. Please use one of the following: "
            "string|integer|double|null|array|set|map|attrib|push|verbatim|true|false"
        )
    return _EXAMPLES[name.lower()]


ANY = range(1 << 16)
_SUBCOMMANDS: dict[bytes, tuple[Callable[..., Reply], range]] = {
    b"sleep": (_sleep, range(1, 2)),
    b"set-active-expire": (_set_active_expire, range(1, 2)),
    b"object": (_object, range(1, 3)),
    b"aof-flush-sleep": (_flush_sleep, range(1, 2)),
    b"loadaof": (_load_aof, range(1)),
    b"log": (_log, range(1, 2)),
    b"stringmatch-len": (_string_match_length, range(2, 3)),
    b"protocol": (_protocol, range(1, 2)),
    b"digest": (_digest, range(1)),
    b"digest-value": (_digest_value, ANY),
    b"reload": (_reload, range(4)),
    b"populate": (_populate, range(1, 4)),
    b"config-rewrite-force-all": (_rewrite_config, range(1)),
    b"quicklist-packed-threshold": (_nothing, range(1, 2)),
    b"set-disable-deny-scripts": (_nothing, range(1, 2)),
    b"change-repl-id": (_nothing, range(1)),
    b"pause-cron": (_nothing, range(1, 2)),
    b"replybuffer": (_nothing, range(2, 3)),
    b"replicate": (_nothing, ANY),
}
"""Name -> what it does, and how many arguments it takes."""
