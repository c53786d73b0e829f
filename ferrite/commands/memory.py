"""MEMORY and its subcommands. https://redis.io/commands/?group=server"""

from __future__ import annotations

import gc
from typing import Annotated

from ferrite.commands.arguments import Key, Options, integer, value
from ferrite.commands.information import resident_bytes
from ferrite.commands.registry import Group, Tag
from ferrite.errors import CommandError
from ferrite.keyspace.foreign import ForeignValue
from ferrite.keyspace.values import DICTIONARY_BYTES_PER_KEY, SAMPLES_DEFAULT, entry_bytes
from ferrite.memory import DEADLINE_BYTES, TRACKED_BYTES
from ferrite.pending import Pending
from ferrite.protocol.replies import OK, Reply, Verbatim
from ferrite.state import Call

group = Group("server")
command = group.command

_SAMPLES = Options(value("SAMPLES", "count", "integer"))
_ALL_SHARDS = ("request_policy:all_shards", "response_policy:all_succeeded")
_SPECIAL = ("nondeterministic_output", "request_policy:all_shards", "response_policy:special")
SMALL_BYTES = 5 * 1024 * 1024
"""Below it ratios say nothing."""
LARGE_CLIENT_BYTES = 200 * 1024
"""A client takes more than this on the average when it does not read."""
PEAK_RATIO = 1.5
RESIDENT_RATIO = 4.0

group.container("MEMORY", since="4.0.0", summary="A container for memory diagnostics commands")


@command(
    Tag.READONLY | Tag.PEEK,
    name="MEMORY USAGE",
    since="4.0.0",
    access="RO",
    complexity="O(N) where N is the number of samples",
)
def memory_usage(call: Call, key: Key, *samples: Annotated[bytes, _SAMPLES]) -> Reply | Pending:
    """Return the bytes of memory that a key and its value take."""
    given = _SAMPLES.parse(samples)
    count = integer(given["SAMPLES"]) if "SAMPLES" in given else SAMPLES_DEFAULT
    if count < 0:
        raise CommandError.syntax()
    found = call.keyspace.get(key)
    if found is None:
        return None
    types = call.state.foreign_types
    if isinstance(found, ForeignValue) and types is not None:
        told = types.memory_usage(call, found)
        if told is not None:
            return told
    return entry_bytes(key, found, count)


@command(name="MEMORY STATS", since="4.0.0", tips=_SPECIAL)
def memory_stats(call: Call) -> Reply:
    """Return what memory is used for."""
    state = call.state
    memory = state.memory
    memory.clients.note_all()
    used, clients = memory.used, memory.clients.total
    keys = sum(map(len, state.databases))
    tables: dict[Reply, Reply] = {
        b"db.%d" % database.index: {
            b"overhead.hashtable.main": len(database) * DICTIONARY_BYTES_PER_KEY,
            b"overhead.hashtable.expires": database.volatile_keys * DEADLINE_BYTES,
        }
        for database in state.databases
        if len(database)
    }
    overhead = memory.overhead + clients + keys * DICTIONARY_BYTES_PER_KEY
    dataset = max(used - overhead, 0)
    resident = resident_bytes() or used
    return {
        b"peak.allocated": memory.peak,
        b"total.allocated": used,
        b"startup.allocated": 0,
        b"replication.backlog": 0,
        b"clients.slaves": 0,
        b"clients.normal": clients,
        b"cluster.links": 0,
        b"aof.buffer": 0,
        b"tracking.table": len(state.tracking.keys) * TRACKED_BYTES,
        b"ledgers": memory.uncounted,
        **tables,
        b"overhead.total": overhead,
        b"keys.count": keys,
        b"keys.bytes-per-key": used // keys if keys else 0,
        b"dataset.bytes": dataset,
        b"dataset.percentage": 100.0 * dataset / used if used else 0.0,
        b"peak.percentage": 100.0 * used / memory.peak if memory.peak else 100.0,
        b"allocator.resident": resident,
        b"fragmentation": resident / used if used else 1.0,
        b"fragmentation.bytes": resident - used,
    }


@command(name="MEMORY DOCTOR", since="4.0.0", tips=_SPECIAL)
def memory_doctor(call: Call) -> Reply:
    """Say in words what is unusual about the use of memory."""
    state = call.state
    memory = state.memory
    memory.clients.note_all()
    used, resident = memory.used, resident_bytes() or 0
    remarks = []
    if used > SMALL_BYTES:
        if memory.peak > PEAK_RATIO * used:
            remarks.append(
                "Peak: much more memory was used in the past than now. What was freed may stay "
                "with the process, for later use."
            )
        if resident > RESIDENT_RATIO * used:
            remarks.append(
                "Resident memory: the process holds several times what keys and clients take: "
                "plugins, many small values, or memory that was freed in small pieces."
            )
    if memory.clients.total > LARGE_CLIENT_BYTES * max(len(state.sessions), 1):
        remarks.append(
            "Client buffers: clients take much memory on the average. Some may not read their "
            "replies, or send very large requests; see CLIENT LIST and maxmemory-clients."
        )
    text = "\n".join(f" * {remark}" for remark in remarks) or "No unusual use of memory was found."
    return Verbatim("txt", f"{text}\n".encode())


@command(name="MEMORY PURGE", since="4.0.0", tips=_ALL_SHARDS)
def memory_purge(_: Call) -> Reply:
    """Collect what nobody refers to."""
    gc.collect()
    return OK


@command(name="MEMORY MALLOC-STATS", since="4.0.0", tips=_SPECIAL)
def memory_malloc_stats(_: Call) -> Reply:
    """Tell that the allocator has no statistics to show."""
    return Verbatim("txt", b"Stats not supported for the current allocator")


group.help("MEMORY", since="4.0.0")
