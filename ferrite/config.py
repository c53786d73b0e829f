"""The server's options: declared once, read from ferrite.toml and from the command line.

Rule: an option is a field of one of the classes below, and there is none without an effect, unless
it says "constant" or "taken": those are there because clients ask for them. The
command line beats the file, the file beats the default. Whoever needs an option reads the field;
CONFIG SET changes it in place, so what may change is read when it is needed and not kept.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from ferrite.errors import StartError
from ferrite.limits import MEBIBYTE
from ferrite.memory_options import MemoryOptions
from ferrite.operation_options import OperationOptions
from ferrite.option_tables import options_of, read_table
from ferrite.options import (
    Choice,
    Directive,
    EventClasses,
    Flag,
    Integer,
    Memory,
    OutputLimit,
    OutputLimits,
    Percentiles,
    Text,
    Words,
    option,
)
from ferrite.permissions import Grant
from ferrite.persistence_options import PersistenceOptions
from ferrite.plugin_options import (
    PluginOptions,
    Quota,
    SandboxOptions,
    read_plugin_tables,
)
from ferrite.redis_conf import add_user, read_redis_conf
from ferrite.toml_source import TomlSource


@dataclass(slots=True)
class RedisOptions(MemoryOptions, PersistenceOptions):
    """Directives of redis.conf, by their own names with `_` for `-`."""

    port: int = option(Integer(0, 65_535), 6379, "TCP port; 0 takes a free one.")
    bind: tuple[str, ...] = option(Words(), ("127.0.0.1",), "Addresses to listen on.")
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
        Percentiles(), ("50", "99", "99.9"), "Percentiles that INFO latencystats has."
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
    daemonize: bool = option(
        Flag(), False, "The server stays in the foreground.", immutable=True, constant=True
    )
    replicaof: str = option(
        Text(), "", "The server is no replica.", immutable=True, constant=True,
        directives=("slaveof",),
    )  # fmt: skip
    masterauth: str = option(Text(), "", "Taken for clients that set it; there is no master.")
    repl_backlog_size: int = option(
        Memory(1), MEBIBYTE, "Taken for clients that set it; there are no replicas."
    )
    cluster_enabled: bool = option(
        Flag(), False, "The server is no cluster node.", immutable=True, constant=True
    )


@dataclass(slots=True)
class Config:
    """All options of one server."""

    redis: RedisOptions = field(default_factory=RedisOptions)
    plugins: PluginOptions = field(default_factory=PluginOptions)
    sandbox: SandboxOptions = field(default_factory=SandboxOptions)
    operation: OperationOptions = field(default_factory=OperationOptions)
    plugin_config: dict[str, dict[str, Any]] = field(default_factory=dict)
    """[plugins.config.NAME]: values for the plugin of that name, which gives them their meaning."""
    plugin_grants: dict[str, Grant] = field(default_factory=dict)
    """[plugins.grants.NAME]: what the plugin of that name is granted, whatever it asks for."""
    plugin_quotas: dict[str, Quota] = field(default_factory=dict)
    """[plugins.quotas.USER]: fuel by user, and by "plugin:NAME"."""
    users: list[list[bytes]] = field(default_factory=list)
    """Users that the configuration declares: name and rules each."""
    plugin_files: tuple[str, ...] = ()
    """Plugins to load at the start (--plugin)."""
    warnings: list[str] = field(default_factory=list)
    """What of the configuration has no effect, in words."""
    file: str = ""
    """Path of the ferrite.toml that was read (--config); "" without one."""
    redis_conf: str = ""
    """Path of the redis.conf that was read (--redis-conf); "" without one."""
    directives: dict[str, Directive] = field(init=False)
    """Options that CONFIG GET and CONFIG SET know, by name, aliases included."""

    def __post_init__(self) -> None:
        self.directives = {}
        for holder in (self.redis, self.plugins, self.sandbox, self.operation):
            for attribute, declared in options_of(holder):
                names = declared.directives
                if holder is self.redis:
                    names = (attribute.replace("_", "-"), *names)
                listeners: list[Callable[[], None]] = []
                for name in names:
                    self.directives[name] = Directive(
                        name, names, declared, holder, attribute, listeners
                    )

    def on_change(self, name: str, listener: Callable[[], None]) -> None:
        """Have a listener called whenever the directive of this name was set. It may refuse the
        value by a ValueError with the reason."""
        self.directives[name].listeners.append(listener)

    def toml_path(self, directive: Directive) -> tuple[str, ...]:
        """Where a ferrite.toml has an option."""
        if directive.holder is self.redis:
            return ("redis", directive.main_name)
        tables = (
            (self.plugins, ("plugins",)),
            (self.sandbox, ("plugins", "sandbox")),
            (self.operation, ("operation",)),
        )
        table = next(path for holder, path in tables if holder is directive.holder)
        return (*table, directive.attribute)

    def read_toml(self, text: str, name: str) -> None:
        """Take the options of a ferrite.toml; `name` is what messages call it.

        Raises ValueError that names file, line and key.
        """
        source = TomlSource(text, name)
        for key, value in source.data.items():
            if key not in ("redis", "plugins", "operation"):
                raise source.problem((key,), "is no known key")
            if not isinstance(value, dict):
                raise source.problem((key,), "must be a table")
        self._read_redis(source, source.data.get("redis", {}))
        read_plugin_tables(self, source, source.data.get("plugins", {}))
        read_table(source, ("operation",), source.data.get("operation", {}), self.operation)

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
            config.redis_conf = os.path.abspath(given["redis_conf"])
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
    config.file = os.path.abspath(path)
