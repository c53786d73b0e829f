"""What a server and a plugin of it hold, of which calls may leave nothing behind."""

from __future__ import annotations

from pathlib import Path

from ferrite.plugins.plugin import Plugin
from tests.support.plugin_bench import PluginBench


def held(bench: PluginBench, plugin: Plugin) -> dict[str, int]:
    """What must not grow from call to call, by name."""
    return {
        "guest's memory": plugin.guest.memory_bytes,
        "handles": len(plugin.guest.context.invocation.handles),
        "open files": _open_files(),
        "keys": sum(len(keyspace) for keyspace in bench.state.databases),
        "instances lost": plugin.study.kinds.total() - plugin.study.kinds["error"],
    }


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
