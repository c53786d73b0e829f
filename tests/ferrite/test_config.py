from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from ferrite.config import (
    Config,
    PluginOptions,
    RedisOptions,
    SandboxOptions,
    from_command_line,
)
from ferrite.errors import StartError
from ferrite.option_tables import options_of

FILE = """\
[redis]
port = 7000
bind = ["127.0.0.1", "::1"]
proto-max-bulk-len = "2mb"
appendonly = false
requirepass = "secret"
busy-reply-threshold = 300

[plugins]
plugin_dir = "/plugins"
enabled = false
default_grant = ["storage.read"]

[plugins.sandbox]
max_memory_mb = 64
restricted_syscalls = ["sock_*"]

[plugins.config.greeter]
greeting = "Hi"
nested = { a = 1 }
"""


def test_the_defaults_of_the_documentation() -> None:
    config = Config()
    assert asdict(config.sandbox) == {
        "max_memory_mb": 128,
        "max_cpu_ms": 1000,
        "max_file_handles": 10,
        "restricted_syscalls": ("exec", "fork"),
        "verify_signatures": False,
        "trusted_keys": (),
        "instructions_per_ms": 20_000,
        "load_fuel": 50_000_000,
    }
    assert config.plugins.plugin_dir == "/var/lib/ferrite/plugins"
    assert (config.plugins.max_plugins, config.plugins.timeout_ms) == (100, 5000)
    assert (config.plugins.slice_ms, config.plugins.busy_reply_ms) == (5, 5000)
    assert config.plugins.enable_plugin_command == "local"
    assert config.redis.bind == ("127.0.0.1",)


def test_a_file() -> None:
    config = Config()
    config.read_toml(FILE, "ferrite.toml")
    assert config.redis.port == 7000
    assert config.redis.bind == ("127.0.0.1", "::1")
    assert config.redis.proto_max_bulk_len == 2 * 2**20
    assert config.redis.requirepass == "secret"
    assert config.plugins.busy_reply_ms == 300
    assert not config.plugins.enabled
    assert config.plugins.default_grant == ("storage.read",)
    assert config.sandbox.max_memory_mb == 64
    assert config.sandbox.restricted_syscalls == ("sock_*",)
    assert config.plugin_config == {"greeter": {"greeting": "Hi", "nested": {"a": 1}}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "f:1: x is no known key"),
        ("redis = 1", "f:1: redis must be a table"),
        ("[redis]\nfoo = 1", "f:2: redis.foo is no known directive"),
        (
            "[redis]\nport = 70000",
            "f:2: redis.port has a bad value: argument must be between 0 and 65535 inclusive",
        ),
        (
            "[redis]\nport = 1.5",
            "f:2: redis.port has a bad value: must be a string, an integer, a boolean "
            "or an array of strings",
        ),
        (
            "[redis]\ncluster-enabled = true",
            "f:2: redis.cluster-enabled has a bad value: only 'no' is supported",
        ),
        ("[plugins]\n\nfoo = 1", "f:3: plugins.foo is no known key"),
        (
            "[plugins]\nmax_plugins = 'many'",
            "f:2: plugins.max_plugins must be an integer, not a string",
        ),
        ("[plugins]\nslice_ms = 0", "f:2: plugins.slice_ms must be between 1 and 10000 inclusive"),
        (
            "[plugins]\nenable_plugin_command = 'maybe'",
            "f:2: plugins.enable_plugin_command must be one of the following: local, yes, no",
        ),
        ("[plugins]\nsandbox = 1", "f:2: plugins.sandbox must be a table"),
        ("[plugins.sandbox]\nfoo = 1", "f:2: plugins.sandbox.foo is no known key"),
        ("[plugins.config]\na = 1", "f:2: plugins.config.a must be a table"),
        ("[plugins.grants]\na = 1", "f:2: plugins.grants.a must be a table"),
        (
            "[plugins.grants.a]\nstorage.fly = true",
            "f:1: plugins.grants.a has a bad value: 'storage.fly' is no right",
        ),
    ],
)
def test_mistakes_in_a_file(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="f:") as caught:
        Config().read_toml(text, "f")
    assert str(caught.value) == message


def test_the_command_line_beats_the_file(tmp_path: Path) -> None:
    path = tmp_path / "ferrite.toml"
    path.write_text(FILE)
    config = from_command_line(
        [
            *("--config", str(path), "--port", "7001", "--plugin", "a.wasm", "--plugin", "b.wasm"),
            *("--bind", "127.0.0.2", "127.0.0.3", "--save", "", "--maxclients", "5"),
        ]
    )
    assert config.redis.port == 7001
    assert config.redis.bind == ("127.0.0.2", "127.0.0.3")
    assert config.redis.maxclients == 5
    assert config.redis.requirepass == "secret"
    assert config.plugin_files == ("a.wasm", "b.wasm")
    assert config.file == str(path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--nosuch", "1"], "unrecognized arguments: --nosuch 1"),
        (["--maxcl", "1"], "unrecognized arguments: --maxcl 1"),
        (["stray"], "unrecognized arguments: stray"),
        (["--port"], "argument --port: expected at least one argument"),
        (["--port", "x"], "--port: argument couldn't be parsed into an integer"),
        (["--cluster-enabled", "yes"], "--cluster-enabled: only 'no' is supported"),
        (["--config", "/nosuch/f.toml"], "/nosuch/f.toml: No such file or directory"),
    ],
)
def test_mistakes_on_the_command_line(arguments: list[str], message: str) -> None:
    with pytest.raises(StartError) as caught:
        from_command_line(arguments)
    assert caught.value.text == message


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "f.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(StartError, match="is no UTF-8 text"):
        from_command_line(["--config", str(path)])
    path.write_text("[redis]\nfoo = 1")
    with pytest.raises(StartError, match=r"f\.toml:2: redis\.foo is no known directive"):
        from_command_line(["--config", str(path)])


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        from_command_line(["--help"])
    assert caught.value.code == 0
    printed = capsys.readouterr().out
    for name in Config().directives:
        assert f"--{name} " in printed


def test_every_option_is_declared_in_full() -> None:
    for holder in (RedisOptions, PluginOptions, SandboxOptions):
        defaults = holder()
        for name, declared in options_of(holder):
            assert declared.effect.endswith("."), name
            text = declared.kind.to_text(getattr(defaults, name))
            assert declared.kind.from_text(text) == getattr(defaults, name), name


def test_two_configurations_are_apart() -> None:
    first, second = Config(), Config()
    first.directives["maxclients"].set(5)
    assert second.redis.maxclients == 10_000


def test_users_from_every_source(tmp_path: Path) -> None:
    conf, toml = tmp_path / "redis.conf", tmp_path / "ferrite.toml"
    conf.write_text("user amy on\nport 7000\nfoo bar\n")
    toml.write_text('[redis]\nuser = ["bob on ~*", "eve"]\n')
    config = from_command_line(
        ["--config", str(toml), "--redis-conf", str(conf), "--user", "zoe", "-@all", "--port", "1"]
    )
    assert config.users == [[b"bob", b"on", b"~*"], [b"eve"], [b"amy", b"on"], [b"zoe", b"-@all"]]
    assert config.redis.port == 1
    assert config.warnings == [f"{conf}:3: directive 'foo' is not known here and has no effect"]
    for arguments in (["--user", "a", "--user", "a"], ["--redis-conf", str(conf), "--user", "amy"]):
        with pytest.raises(StartError, match="Duplicate user found"):
            from_command_line(arguments)
    toml.write_text('[redis]\nuser = "bob"\n')
    with pytest.raises(StartError, match="must be an array of strings"):
        from_command_line(["--config", str(toml)])


def test_a_change_is_told() -> None:
    config, told = Config(), []
    config.on_change("requirepass", lambda: told.append(config.redis.requirepass))
    config.directives["requirepass"].set("secret")
    assert told == ["secret"]


def test_no_cache() -> None:
    assert from_command_line([]).plugins.code_cache
    assert not from_command_line(["--no-cache"]).plugins.code_cache
