"""What a server and a plugin of it hold, of which calls may leave nothing behind."""

from __future__ import annotations

import sys
from pathlib import Path

from ferrite.plugins.plugin import Plugin
from tests.support.plugin_bench import PluginBench

BLOCKS_PER_FUNCTION = 1_000
"""More than the code of most functions takes, once it is compiled."""


def held(bench: PluginBench, plugin: Plugin) -> dict[str, int]:
    """What must not grow from call to call, by name."""
    return {
        "guest's memory": plugin.guest.memory_bytes,
        "handles": len(plugin.guest.context.invocation.handles),
        "open files": _open_files(),
        "keys": sum(len(keyspace) for keyspace in bench.state.databases),
        "instances lost": plugin.study.kinds.total() - plugin.study.kinds["error"],
    }


def blocks_held(plugin: Plugin) -> int:
    """Blocks of memory that Python holds, less what the plugin's compiled functions may take: what
    Go's collector runs, say, is called first after thousands of calls, and compiled then."""
    instance = plugin.guest.context.instance
    compiled = 0 if instance is None else instance.statistics().compiled
    return sys.getallocatedblocks() - BLOCKS_PER_FUNCTION * compiled


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
