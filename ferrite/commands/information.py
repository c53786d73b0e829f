"""What INFO tells, section by section. https://redis.io/commands/info/

Rule: a field is here when it is true of this server; fields of things it does not have (a
snapshot in progress, replicas) are here when clients read them, with the value that says so.
"""

from __future__ import annotations

import os
import platform
import resource
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from ferrite.access.selector import Reason
from ferrite.keyspace.graveyard import GRAVEYARD
from ferrite.keyspace.values import DICTIONARY_BYTES_PER_KEY
from ferrite.persistence.append_only import State
from ferrite.pubsub import Kind
from ferrite.state import FERRITE_VERSION, REDIS_VERSION, ServerState

Fields: TypeAlias = Mapping[str, object]

MILLISECONDS_PER_DAY = 24 * 60 * 60 * 1000


def information(state: ServerState, names: Iterable[str] = ()) -> bytes:
    """The text of INFO: the sections named ("default", "all" and "everything" are all of them),
    all where none is named. A section that does not exist is left out."""
    wanted = {name.lower() for name in names}
    if wanted & {"all", "everything"}:
        wanted = set(SECTIONS)
    elif not wanted or "default" in wanted:
        wanted |= SECTIONS.keys() - NOT_BY_DEFAULT
    texts = []
    for name, section in SECTIONS.items():
        if name in wanted:
            lines = [f"{field}:{value}\r\n" for field, value in section(state).items()]
            texts.append(f"# {_TITLES.get(name, name.capitalize())}\r\n{''.join(lines)}")
    return "\r\n".join(texts).encode("utf-8", "surrogateescape")


def _server(state: ServerState) -> Fields:
    uptime = state.clock.now() - state.started_at
    system = platform.uname()
    return {
        "redis_version": REDIS_VERSION,
        "ferrite_version": FERRITE_VERSION,
        "redis_mode": "standalone",
        "os": f"{system.system} {system.release} {system.machine}",
        "arch_bits": 64 if sys.maxsize > 2**32 else 32,
        "python_version": platform.python_version(),
        "request_parser": state.parser,
        "process_id": os.getpid(),
        "run_id": state.run_id,
        "tcp_port": state.config.redis.port,
        "server_time_usec": state.clock.now() * 1000,
        "uptime_in_seconds": uptime // 1000,
        "uptime_in_days": uptime // MILLISECONDS_PER_DAY,
        "hz": state.config.redis.hz,
        "executable": sys.executable,
        "config_file": state.config.redis_conf or state.config.file,
    }


def _clients(state: ServerState) -> Fields:
    links = [each.link for each in state.sessions.values() if each.link is not None]
    buffers = [(link.input_bytes, link.output_bytes) for link in links]
    return {
        "connected_clients": len(state.sessions),
        "cluster_connections": 0,
        "maxclients": state.config.redis.maxclients,
        "client_recent_max_input_buffer": max((size for size, _ in buffers), default=0),
        "client_recent_max_output_buffer": max((size for _, size in buffers), default=0),
        "blocked_clients": len(state.blocked) + len(state.pause),
        "tracking_clients": len(state.tracking.clients),
        "pubsub_clients": sum(bool(s.subscriptions) for s in state.sessions.values()),
        "watching_clients": len(state.watches),
        "clients_in_timeout_table": 0,
    }


def _memory(state: ServerState) -> Fields:
    memory, options = state.memory, state.config.redis
    memory.clients.note_all()
    used = memory.used
    resident = resident_bytes() or used
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    largest *= 1 if sys.platform == "darwin" else 1024
    overhead = memory.overhead + memory.clients.total
    overhead += sum(map(len, state.databases)) * DICTIONARY_BYTES_PER_KEY
    dataset = max(used - overhead, 0)
    return {
        "used_memory": used,
        "used_memory_human": _human(used),
        "used_memory_rss": resident,
        "used_memory_rss_human": _human(resident),
        "used_memory_rss_peak": largest,
        "used_memory_peak": memory.peak,
        "used_memory_peak_human": _human(memory.peak),
        "used_memory_peak_perc": f"{100 * used / max(memory.peak, 1):.2f}%",
        "used_memory_overhead": overhead,
        "used_memory_startup": 0,
        "used_memory_dataset": dataset,
        "used_memory_dataset_perc": f"{100 * dataset / max(used, 1):.2f}%",
        "maxmemory": options.maxmemory,
        "maxmemory_human": _human(options.maxmemory),
        "maxmemory_policy": options.maxmemory_policy,
        "mem_fragmentation_ratio": f"{resident / max(used, 1):.2f}",
        "mem_fragmentation_bytes": resident - used,
        "mem_not_counted_for_evict": memory.uncounted,
        "mem_clients_slaves": 0,
        "mem_clients_normal": memory.clients.total,
        "mem_allocator": "python",
        "lazyfree_pending_objects": len(GRAVEYARD),
        "lazyfreed_objects": GRAVEYARD.freed,
    }


def _plugins(state: ServerState) -> Fields:
    return {} if state.extensions is None else state.extensions.information()


def resident_bytes() -> int | None:
    """Memory the process has in RAM; None where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return None


def _human(size: float) -> str:
    """Bytes as Redis shortens them: 512B, 1.17M."""
    units = "BKMGTP"
    power = max(int(size).bit_length() - 1, 0) // 10
    return f"{size / 1024**power:.2f}{units[power]}" if power else f"{int(size)}B"


def _persistence(state: ServerState) -> Fields:
    snapshots, append_only, log = state.snapshots, state.append_only, state.append_log
    found = {
        "loading": 0,
        "rdb_changes_since_last_save": snapshots.changes,
        "rdb_bgsave_in_progress": int(snapshots.running),
        "rdb_last_save_time": snapshots.last_save,
        "rdb_last_bgsave_status": "ok" if snapshots.last_succeeded else "err",
        "aof_enabled": int(append_only.state is not State.OFF),
        "aof_rewrite_in_progress": int(append_only.rewriting),
        "aof_rewrite_scheduled": int(append_only.scheduled),
        "aof_last_rewrite_time_sec": append_only.last_rewrite_seconds,
        "aof_current_rewrite_time_sec": append_only.rewriting_seconds,
        "aof_last_bgrewrite_status": "ok" if append_only.last_rewrite_succeeded else "err",
        "aof_rewrites": append_only.rewrites,
        "aof_rewrites_consecutive_failures": append_only.failures,
        "aof_last_write_status": "err" if log.failure else "ok",
    }
    if append_only.state is not State.OFF:
        found |= {
            "aof_current_size": append_only.size,
            "aof_base_size": append_only.rewritten_bytes,
            "aof_pending_rewrite": 0,
            "aof_buffer_length": log.buffered,
            "aof_pending_bio_fsync": log.pending_syncs,
            "aof_delayed_fsync": log.delayed_syncs,
        }
    return found


_DENIALS = {
    Reason.AUTH: "auth",
    Reason.COMMAND: "cmd",
    Reason.KEY: "key",
    Reason.CHANNEL: "channel",
}


def _stats(state: ServerState) -> Fields:
    stats = state.stats
    return {
        "total_connections_received": stats.connections_received,
        "total_commands_processed": state.usages.calls,
        "total_net_input_bytes": stats.input_bytes,
        "total_net_output_bytes": stats.output_bytes,
        "rejected_connections": stats.rejected_connections,
        "expired_keys": sum(database.expired_keys for database in state.databases),
        "evicted_keys": state.memory.evicted_keys,
        "evicted_clients": state.memory.clients.evicted,
        "total_forks": state.child.forked,
        "migrate_cached_sockets": 0,
        "keyspace_hits": sum(database.hits for database in state.databases),
        "keyspace_misses": sum(database.misses for database in state.databases),
        **{
            f"acl_access_denied_{name}": state.access_log.counts[reason]
            for reason, name in _DENIALS.items()
        },
        "pubsub_channels": len(state.pubsub.tables[Kind.CHANNEL]),
        "pubsub_patterns": len(state.pubsub.tables[Kind.PATTERN]),
        "pubsubshard_channels": len(state.pubsub.tables[Kind.SHARD]),
        "tracking_total_keys": len(state.tracking.keys),
        "tracking_total_items": state.tracking.items,
        "tracking_total_prefixes": state.tracking.prefixes,
        "client_query_buffer_limit_disconnections": stats.query_buffer_closings,
        "client_output_buffer_limit_disconnections": stats.output_buffer_closings,
        "total_error_replies": stats.error_replies,
    }


def _replication(_state: ServerState) -> Fields:
    return {"role": "master", "connected_slaves": 0, "master_repl_offset": 0}


def _cpu(_state: ServerState) -> Fields:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"used_cpu_sys": f"{used.ru_stime:.6f}", "used_cpu_user": f"{used.ru_utime:.6f}"}


def _commandstats(state: ServerState) -> Fields:
    return {
        f"cmdstat_{command.name}": (
            f"calls={usage.calls},usec={usage.microseconds},"
            f"usec_per_call={usage.microseconds / max(usage.calls, 1):.2f},"
            f"rejected_calls={usage.rejected},failed_calls={usage.failed}"
        )
        for command, usage in state.usages.items()
        if usage.calls or usage.rejected or usage.failed
    }


def _latencystats(state: ServerState) -> Fields:
    if not state.config.redis.latency_tracking:
        return {}
    percentiles = state.config.redis.latency_tracking_info_percentiles
    return {
        f"latency_percentiles_usec_{command.name}": ",".join(
            f"p{percent}={usage.percentile(float(percent)):.3f}" for percent in percentiles
        )
        for command, usage in state.usages.items()
        if usage.calls
    }


def _errorstats(state: ServerState) -> Fields:
    counts = sorted(state.stats.error_codes.items())
    return {f"errorstat_{code}": f"count={count}" for code, count in counts}


def _cluster(_state: ServerState) -> Fields:
    return {"cluster_enabled": 0}


def _keyspace(state: ServerState) -> Fields:
    return {
        f"db{database.index}": f"keys={len(database)},expires={database.volatile_keys},avg_ttl=0"
        for database in state.databases
        if len(database)
    }


SECTIONS: dict[str, Callable[[ServerState], Fields]] = {
    "server": _server,
    "clients": _clients,
    "memory": _memory,
    "persistence": _persistence,
    "stats": _stats,
    "replication": _replication,
    "cpu": _cpu,
    "commandstats": _commandstats,
    "errorstats": _errorstats,
    "latencystats": _latencystats,
    "cluster": _cluster,
    "plugins": _plugins,
    "keyspace": _keyspace,
}
NOT_BY_DEFAULT = {"commandstats", "latencystats"}
_TITLES = {"cpu": "CPU"}
