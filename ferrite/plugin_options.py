"""The options of ferrite.toml's [plugins] and of the tables below it.

Rule: as `ferrite.config`, which holds them: an option is declared once and has an effect. Tables
whose keys are names of plugins or users ([plugins.grants.NAME]) are read here as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ferrite.option_tables import read_table
from ferrite.options import Choice, Flag, Integer, Text, Words, option
from ferrite.permissions import grant_from_table
from ferrite.toml_source import TomlSource

if TYPE_CHECKING:
    from ferrite.config import Config


@dataclass(slots=True)
class PluginOptions:
    """Table [plugins] of ferrite.toml."""

    enabled: bool = option(Flag(), True, "Whether plugins can be loaded at all.")
    plugin_dir: str = option(
        Text(), "/var/lib/ferrite/plugins", "Where a relative plugin path is looked for."
    )
    auto_load: bool = option(
        Flag(),
        True,
        "Whether every folder of plugin_dir that holds a plugin is loaded at the start.",
    )
    hot_reload: bool = option(Flag(), True, "Whether a changed file reloads the plugin it is of.")
    store_dir: str = option(
        Text(),
        "",
        "Where loaded plugins are kept for the next start; empty for .store in plugin_dir.",
    )
    url_hosts: tuple[str, ...] = option(
        Words(), (), "Hosts that plugins may be loaded from, as name or name:port."
    )
    url_max_mb: int = option(Integer(1, 1024), 16, "Largest module loaded from a URL, in MiB.")
    url_timeout_ms: int = option(Integer(1), 10_000, "Longest time of loading from a URL.")
    audit_file: str = option(
        Text(), "", "File that every host call is written to, hash-chained; empty for none."
    )
    record_dir: str = option(
        Text(), "", "Folder of PLUGIN.RECORD's files; empty for .recordings in plugin_dir."
    )
    max_plugins: int = option(Integer(0, 65_536), 100, "Most plugins loaded at the same time.")
    timeout_ms: int = option(
        Integer(1), 5000, "Longest wall-clock time of one plugin call, a backstop to its fuel."
    )
    slice_ms: int = option(
        Integer(1, 10_000), 5, "Time a plugin call runs before other clients get a turn."
    )
    busy_reply_ms: int = option(
        Integer(0),
        5000,
        "Age of a plugin call from which on other clients' keyspace commands are answered BUSY.",
        directives=("busy-reply-threshold", "lua-time-limit"),
    )
    enable_plugin_command: str = option(
        Choice(("local", "yes", "no")),
        "local",
        "Who may run commands that load or change plugins: clients of this machine, all, none.",
    )
    code_cache: bool = option(
        Flag(),
        True,
        "Whether compiled plugins are kept on disk: in $FERRITE_CACHE_DIR or ~/.cache/ferrite.",
    )
    default_grant: tuple[str, ...] = option(
        Words(),
        ("*",),
        'Rights every plugin may get at most, as "resource.action"; "*" stands for any.',
    )


@dataclass(slots=True)
class SandboxOptions:
    """Table [plugins.sandbox] of ferrite.toml."""

    max_memory_mb: int = option(Integer(1, 65_536), 128, "Memory of one plugin, in MiB.")
    max_cpu_ms: int = option(
        Integer(1), 1000, "CPU time of one call, counted as fuel at instructions_per_ms."
    )
    max_file_handles: int = option(
        Integer(0, 1_000_000), 10, "Files a plugin may have open at the same time."
    )
    restricted_syscalls: tuple[str, ...] = option(
        Words(), ("exec", "fork"), "System calls that are refused: names, globs, groups."
    )
    verify_signatures: bool = option(
        Flag(), False, "Whether a plugin is refused that none of trusted_keys has signed."
    )
    trusted_keys: tuple[str, ...] = option(
        Words(), (), "Public keys (Ed25519, base64) whose signatures count."
    )
    instructions_per_ms: int = option(
        Integer(1), 20_000, "Nominal speed by which milliseconds of CPU time become fuel."
    )
    load_fuel: int = option(Integer(0), 50_000_000, "Fuel for starting a plugin, apart from calls.")


@dataclass(frozen=True, slots=True)
class Quota:
    """A table [plugins.quotas.USER]: fuel that a user's calls may use, and how it comes back. The
    name "plugin:NAME" is a plugin's."""

    fuel: int
    """Units at most."""
    refill_per_second: int = 0
    """Units."""


def _quota(table: dict[str, Any]) -> Quota:
    """Raises ValueError."""
    for key, value in table.items():
        if key not in Quota.__slots__:
            raise ValueError(f"{key} is no known key")
        if type(value) is not int or value < 0:
            raise ValueError(f"{key} must be a number from 0 on")
    if "fuel" not in table:
        raise ValueError("needs fuel")
    return Quota(**table)


def read_plugin_tables(config: Config, source: TomlSource, table: dict[str, Any]) -> None:
    """Take [plugins] and what is below it into `config`. Raises ValueError that names the key."""
    options = dict(table)
    sandbox = options.pop("sandbox", {})
    if not isinstance(sandbox, dict):
        raise source.problem(("plugins", "sandbox"), "must be a table")
    config.plugin_config.update(_named(source, "config", options.pop("config", {})))
    for plugin, grant in _named(source, "grants", options.pop("grants", {})).items():
        try:
            config.plugin_grants[plugin] = grant_from_table(grant)
        except ValueError as error:
            what = f"has a bad value: {error}"
            raise source.problem(("plugins", "grants", plugin), what) from error
    for user, quota in _named(source, "quotas", options.pop("quotas", {})).items():
        try:
            config.plugin_quotas[user] = _quota(quota)
        except ValueError as error:
            what = f"has a bad value: {error}"
            raise source.problem(("plugins", "quotas", user), what) from error
    read_table(source, ("plugins",), options, config.plugins)
    read_table(source, ("plugins", "sandbox"), sandbox, config.sandbox)


def _named(source: TomlSource, name: str, tables: object) -> dict[str, dict[str, Any]]:
    """The tables of [plugins.<name>.KEY]. Raises ValueError for what is no table."""
    if not isinstance(tables, dict):
        raise source.problem(("plugins", name), "must be a table")
    for key, table in tables.items():
        if not isinstance(table, dict):
            raise source.problem(("plugins", name, key), "must be a table")
    return tables
