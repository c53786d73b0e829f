"""The plugin system: the only part of ferrite that knows WebAssembly.

In the order of a plugin's life: `toolchains` (from its source), `sources`, `manifest`, `exports`
and `program` (read and checked), `guest` and `host_api` (an instance and what it may call),
`scheduler` and `calls` (when it runs, and all or nothing), `manager`, `registration` and
`commands` (in the server). `functions` are plugins of one entry, `embedded` is the whole without a
server: what is below is for programs. `cli` and `programs` are `ferrite plugin ...`.
"""

from __future__ import annotations

from ferrite.plugins.embedded import (
    PluginCommandError,
    PluginConfig,
    PluginError,
    PluginLoadError,
    PluginManager,
    PluginStats,
)
from ferrite.plugins.sources import PluginSource

__all__ = [
    "PluginCommandError",
    "PluginConfig",
    "PluginError",
    "PluginLoadError",
    "PluginManager",
    "PluginSource",
    "PluginStats",
]
