"""The server's options: declared once, read from ferrite.toml and from the command line.

Rule: an option is a field of one of the classes below, and there is none without an effect, unless
it says "constant" or "taken": those are there because clients ask for them. The
command line beats the file, the file beats the default. Whoever needs an option reads the field;
CONFIG SET changes it in place, so what may change is read when it is needed and not kept.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NoReturn

from ferrite.errors import StartError
from ferrite.limits import MEBIBYTE
from ferrite.options import (
    Choice,
    EventClasses,
    FileName,
    Flag,
    Folder,
    Integer,
    Memory,
    Option,
    OutputLimit,
    OutputLimits,
    SavePoints,
    Text,
    Words,
    option,
)
from ferrite.redis_conf import add_user, read_redis_conf
from ferrite.toml_source import TomlSource

EVICTION_POLICIES = (
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "noeviction",
)


@dataclass(slots=True)
class RedisOptions:
    """Directives of redis.conf, by their own names with `_` for `-`."""

    port: int = option(Integer(0, 65_535), 6379, "TCP port; 0 takes a free one.", kept=True)
    bind: tuple[str, ...] = option(Words(), ("127.0.0.1",), "Addresses to listen on.", kept=True)
    requirepass: str = option(Text(), "", "Password clients must bring; empty asks for none.")
    aclfile: str = option(
        Text(), "", "File of users, for ACL LOAD and SAVE; empty for none.", immutable=True
    )
    acllog_max_len: int = option(Integer(0), 128, "Most entries that ACL LOG keeps.")
    acl_pubsub_default: str = option(
        Choice(("allchannels", "resetchannels")),
        "resetchannels",
        "Channels that new users may use before any rule: all of them or none.",
    )
    databases: int = option(
        Integer(1, 65_536), 16, "Number of databases that SELECT can reach.", immutable=True
    )
    maxclients: int = option(
        Integer(1, 2**32 - 1), 10_000, "Most clients connected at the same time."
    )
    proto_max_bulk_len: int = option(
        Memory(MEBIBYTE), 512 * MEBIBYTE, "Largest argument, and largest string value, in bytes."
    )
    client_query_buffer_limit: int = option(
        Memory(MEBIBYTE),
        1024 * MEBIBYTE,
        "Most bytes of an unfinished request before its client is closed.",
    )
    client_output_buffer_limit: tuple[tuple[str, OutputLimit], ...] = option(
        OutputLimits(),
        (
            ("normal", OutputLimit()),
            ("slave", OutputLimit(256 * MEBIBYTE, 64 * MEBIBYTE, 60)),
            ("pubsub", OutputLimit(32 * MEBIBYTE, 8 * MEBIBYTE, 60)),
        ),
        "Unread bytes (hard, soft, seconds) at which a client is closed, by class of clients.",
    )
    timeout: int = option(
        Integer(0, 2**31 - 1), 0, "Seconds after which an idle client is closed; 0 for never."
    )
    tcp_keepalive: int = option(
        Integer(0, 2**31 - 1), 300, "Seconds between signs of life asked of a silent client."
    )
    protected_mode: bool = option(
        Flag(), True, "Without a password, only clients of this machine are served."
    )
    unixsocket: str = option(Text(), "", "Path of a unix socket to listen on.", immutable=True)
    unixsocketperm: str = option(
        Text(),
        "0",
        "Permissions of the unix socket, octal; 0 for those of the umask.",
        immutable=True,
    )
    tls_port: int = option(Integer(0, 65_535), 0, "TCP port for TLS; 0 for none.", immutable=True)
    tls_cert_file: str = option(Text(), "", "The server's certificate, PEM.", immutable=True)
    tls_key_file: str = option(Text(), "", "The private key of the certificate.", immutable=True)
    tls_ca_cert_file: str = option(
        Text(), "", "Certificates that clients' are checked against.", immutable=True
    )
    tls_auth_clients: str = option(
        Choice(("no", "yes", "optional")),
        "yes",
        "Whether TLS clients need a certificate.",
        kept=True,
    )
    slowlog_log_slower_than: int = option(
        Integer(-1), 10_000, "Microseconds a command takes to be logged as slow; -1 logs none."
    )
    slowlog_max_len: int = option(Integer(0), 128, "Slow commands kept.")
    latency_monitor_threshold: int = option(
        Integer(0), 0, "Milliseconds an event takes to be a spike; 0 watches for none."
    )
    latency_tracking: bool = option(
        Flag(), True, "Whether INFO has percentiles of the commands' latencies."
    )
    latency_tracking_info_percentiles: tuple[str, ...] = option(
        Words(), ("50", "99", "99.9"), "Percentiles that INFO latencystats has."
    )
    tracking_table_max_keys: int = option(
        Integer(0), 1_000_000, "Keys remembered for clients that track; 0 for any number."
    )
    enable_debug_command: str = option(
        Choice(("no", "yes", "local")), "no", "Who may run DEBUG.", immutable=True
    )
    hz: int = option(
        Integer(1, 500), 10, "How often a second keys past their deadline are looked for."
    )
    dir: str = option(Folder(), os.getcwd(), "Folder of the snapshot file.", immutable=True)
    dbfilename: str = option(
        FileName(), "dump.rdb", "Name of the snapshot file, which is read at the start.",
        immutable=True,
    )  # fmt: skip
    save: str = option(
        SavePoints(),
        "",
        "When snapshots are written: seconds and changes, so many in so many seconds.",
    )
    appendonly: bool = option(Flag(), False, "No append-only file is written.", constant=True)
    maxmemory: int = option(Memory(), 0, "Memory is not limited.", constant=True)
    maxmemory_policy: str = option(
        Choice(EVICTION_POLICIES), "noeviction", "No key is evicted.", constant=True
    )
    notify_keyspace_events: str = option(
        EventClasses(), "", "Classes of keyspace events that are published; none by default."
    )
    hash_max_listpack_entries: int = option(
        Integer(),
        512,
        'Most fields of a hash whose encoding is "listpack".',
        directives=("hash-max-ziplist-entries",),
    )
    hash_max_listpack_value: int = option(
        Memory(),
        64,
        "Longest field and value of one, in bytes.",
        directives=("hash-max-ziplist-value",),
    )
    set_max_intset_entries: int = option(
        Integer(), 512, 'Most members of a set whose encoding is "intset".'
    )
    zset_max_listpack_entries: int = option(
        Integer(),
        128,
        'Most members of a sorted set whose encoding is "listpack".',
        directives=("zset-max-ziplist-entries",),
    )
    zset_max_listpack_value: int = option(
        Memory(),
        64,
        "Longest member of one, in bytes.",
        directives=("zset-max-ziplist-value",),
    )
    list_max_listpack_size: int = option(
        Integer(-(2**31), 2**31 - 1),
        -2,
        "Taken for clients that set it; a list is stored in one piece whatever its size.",
        directives=("list-max-ziplist-size",),
    )
    list_compress_depth: int = option(
        Integer(), 0, "Taken for clients that set it; lists are not compressed."
    )
    cluster_enabled: bool = option(
        Flag(), False, "The server is no cluster node.", immutable=True, constant=True
    )


@dataclass(slots=True)
class PluginOptions:
    """Table [plugins] of ferrite.toml."""

    enabled: bool = option(Flag(), True, "Whether plugins can be loaded at all.")
    plugin_dir: str = option(
        Text(), "/var/lib/ferrite/plugins", "Where a relative plugin path is looked for."
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
    instructions_per_ms: int = option(
        Integer(1), 20_000, "Nominal speed by which milliseconds of CPU time become fuel."
    )
    load_fuel: int = option(Integer(0), 50_000_000, "Fuel for starting a plugin, apart from calls.")


@dataclass(frozen=True, slots=True)
class Directive:
    """An option under a redis.conf name."""

    name: str
    option: Option
    _holder: Any
    _attribute: str
    listeners: list[Callable[[], None]]

    def text(self) -> str:
        """Its value now, as CONFIG GET answers it."""
        return self.option.kind.to_text(getattr(self._holder, self._attribute))

    def parse(self, text: str) -> Any:
        """A value for `set`; raises ValueError with the reason CONFIG SET answers."""
        default = type(self._holder).__dataclass_fields__[self._attribute].default
        return self.option.checked(self.option.kind.from_text(text), default)

    def set(self, value: Any) -> None:
        """Give it a value that `parse` has made."""
        merged = getattr(self.option.kind, "merged", None)
        if merged is not None:
            value = merged(value, getattr(self._holder, self._attribute))
        setattr(self._holder, self._attribute, value)
        for listener in self.listeners:
            listener()


@dataclass(slots=True)
class Config:
    """All options of one server."""

    redis: RedisOptions = field(default_factory=RedisOptions)
    plugins: PluginOptions = field(default_factory=PluginOptions)
    sandbox: SandboxOptions = field(default_factory=SandboxOptions)
    plugin_config: dict[str, dict[str, Any]] = field(default_factory=dict)
    """[plugins.config.NAME]: values for the plugin of that name, which gives them their meaning."""
    users: list[list[bytes]] = field(default_factory=list)
    """Users that the configuration declares: name and rules each."""
    plugin_files: tuple[str, ...] = ()
    """Plugins to load at the start (--plugin)."""
    warnings: list[str] = field(default_factory=list)
    """What of the configuration has no effect, in words."""
    file: str = ""
    """Path of the file that was read (--config); "" without one."""
    directives: dict[str, Directive] = field(init=False)
    """Options that CONFIG GET and CONFIG SET know, by name, aliases included."""

    def __post_init__(self) -> None:
        self.directives = {}
        for holder in (self.redis, self.plugins, self.sandbox):
            for attribute, declared in options_of(holder):
                names = declared.directives
                if holder is self.redis:
                    names = (attribute.replace("_", "-"), *names)
                listeners: list[Callable[[], None]] = []
                for name in names:
                    self.directives[name] = Directive(name, declared, holder, attribute, listeners)

    def on_change(self, name: str, listener: Callable[[], None]) -> None:
        """Have a listener called whenever the directive of this name was set."""
        self.directives[name].listeners.append(listener)

    def read_toml(self, text: str, name: str) -> None:
        """Take the options of a ferrite.toml; `name` is what messages call it.

        Raises ValueError that names file, line and key.
        """
        source = TomlSource(text, name)
        for key, value in source.data.items():
            if key not in ("redis", "plugins"):
                raise source.problem((key,), "is no known key")
            if not isinstance(value, dict):
                raise source.problem((key,), "must be a table")
        self._read_redis(source, source.data.get("redis", {}))
        self._read_plugins(source, source.data.get("plugins", {}))

    def _read_redis(self, source: TomlSource, table: dict[str, Any]) -> None:
        for key, value in table.items():
            if key == "user":
                self._read_users(source, value)
                continue
            directive = self.directives.get(key)
            if directive is None:
                raise source.problem(("redis", key), "is no known directive")
            try:
                directive.set(directive.parse(_directive_text(value)))
            except ValueError as error:
                raise source.problem(("redis", key), f"has a bad value: {error}") from error

    def _read_users(self, source: TomlSource, lines: object) -> None:
        """`user = ["alice on >secret ~*", ...]`: what stands behind `user` in a redis.conf."""
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise source.problem(("redis", "user"), "must be an array of strings")
        for line in lines:
            try:
                add_user(self, line.encode().split())
            except ValueError as error:
                raise source.problem(("redis", "user"), f"'{line}': {error}") from error

    def _read_plugins(self, source: TomlSource, table: dict[str, Any]) -> None:
        options = dict(table)
        sandbox = options.pop("sandbox", {})
        by_plugin = options.pop("config", {})
        for path, value in ((("plugins", "sandbox"), sandbox), (("plugins", "config"), by_plugin)):
            if not isinstance(value, dict):
                raise source.problem(path, "must be a table")
        _read_table(source, ("plugins",), options, self.plugins)
        _read_table(source, ("plugins", "sandbox"), sandbox, self.sandbox)
        for plugin, values in by_plugin.items():
            if not isinstance(values, dict):
                raise source.problem(("plugins", "config", plugin), "must be a table")
            self.plugin_config[plugin] = values


def options_of(holder: Any) -> Iterator[tuple[str, Option]]:
    """Attribute and declaration of each option of one of the classes above or its instance."""
    for item in fields(holder):
        yield item.name, item.metadata["option"]


def _directive_text(value: object) -> str:
    """A TOML value as redis.conf would spell it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | str():
            return str(value)
        case list() if all(isinstance(word, str) for word in value):
            return " ".join(value)
    raise ValueError("must be a string, an integer, a boolean or an array of strings")


def _read_table(
    source: TomlSource, path: tuple[str, ...], table: dict[str, Any], holder: Any
) -> None:
    declared = dict(options_of(holder))
    for key, value in table.items():
        if key not in declared:
            raise source.problem((*path, key), "is no known key")
        try:
            setattr(holder, key, declared[key].kind.from_toml(value))
        except ValueError as error:
            reason = str(error).removeprefix("argument(s) ").removeprefix("argument ")
            raise source.problem((*path, key), reason) from error


class _ArgumentParser(argparse.ArgumentParser):
    """argparse, but a mistake is an exception and does not end the process."""

    def error(self, message: str) -> NoReturn:
        raise StartError(message)


def from_command_line(arguments: Sequence[str]) -> Config:
    """The options of a server started with `arguments` (its program name excluded).

    Raises StartError with one line that says what is wrong and where; `--help` prints and exits.
    """
    config = Config()
    parser = _ArgumentParser(
        prog="ferrite",
        description="A Redis-protocol server extended by WebAssembly plugins.",
        allow_abbrev=False,
    )
    parser.add_argument("--config", metavar="FILE", help="read options from a ferrite.toml")
    parser.add_argument(
        "--redis-conf",
        metavar="FILE",
        help="read options from a redis.conf; what it has no effect on is warned of",
    )
    parser.add_argument(
        "--user",
        metavar="NAME RULE",
        help="a user and its rules, as in redis.conf; may be given several times",
    )
    parser.add_argument(
        "--plugin",
        metavar="FILE",
        action="append",
        default=[],
        help="load a plugin at the start; may be given several times",
    )
    parser.add_argument("--no-cache", action="store_true", help="keep no compiled plugins on disk")
    for name, directive in config.directives.items():
        parser.add_argument(
            f"--{name}", nargs="+", dest=name, metavar="VALUE",
            help=directive.option.effect.replace("%", "%%"),
        )  # fmt: skip
    rest, users = _split_users(arguments)
    given = vars(parser.parse_args(rest))
    if given["config"] is not None:
        _read_file(config, given["config"])
    try:
        if given["redis_conf"] is not None:
            config.warnings += read_redis_conf(config, Path(given["redis_conf"]))
        for words in users:
            add_user(config, words)
    except ValueError as error:
        raise StartError(str(error)) from error
    config.plugin_files = tuple(given["plugin"])
    if given["no_cache"]:
        config.plugins.code_cache = False
    for name, directive in config.directives.items():
        if given[name] is not None:
            try:
                directive.set(directive.parse(" ".join(given[name])))
            except ValueError as error:
                raise StartError(f"--{name}: {error}") from error
    return config


def _split_users(arguments: Sequence[str]) -> tuple[list[str], list[list[bytes]]]:
    """The arguments without `--user ...`, and what was behind each of those: rules may begin with
    a minus, which argparse would take for an option."""
    rest: list[str] = []
    users: list[list[bytes]] = []
    target: list[bytes] | None = None
    for argument in arguments:
        if argument == "--user":
            target = []
            users.append(target)
        elif argument.startswith("--") or target is None:
            target = None
            rest.append(argument)
        else:
            target += argument.encode("utf-8", "surrogateescape").split()
    return rest, users


def _read_file(config: Config, path: str) -> None:
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is no UTF-8 text"
        raise StartError(f"{path}: {reason}") from error
    try:
        config.read_toml(text, path)
    except ValueError as error:
        raise StartError(str(error)) from error
    config.file = path
