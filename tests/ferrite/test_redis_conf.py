"""A redis.conf: what is taken, what is warned of, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.config import Config
from ferrite.redis_conf import DUPLICATE_USER, add_user, read_redis_conf


def read(folder: Path, text: str) -> tuple[Config, list[str]]:
    path = folder / "redis.conf"
    path.write_text(text, "latin-1")
    config = Config()
    warnings = read_redis_conf(config, path)
    return config, [warning.removeprefix(f"{path}:") for warning in warnings]


def test_options_users_and_warnings(tmp_path: Path) -> None:
    config, warnings = read(
        tmp_path,
        '# a comment\n\n  PORT 7000\r\nbind 127.0.0.1 -::1\nrequirepass "a\\x41 b"\n'
        "proto-max-bulk-len 2mb\nuser bob on (+get ~x)\nuser eve\nsave 900 1\nsave 300 10\n"
        "no-such-thing yes\n",
    )
    assert (config.redis.port, config.redis.bind) == (7000, ("127.0.0.1", "-::1"))
    assert config.redis.requirepass == "aA b"
    assert config.redis.save == "900 1 300 10"
    assert config.redis.proto_max_bulk_len == 2 << 20
    assert config.users == [[b"bob", b"on", b"(+get", b"~x)"], [b"eve"]]
    assert warnings == [
        "11: directive 'no-such-thing' is not known here and has no effect",
    ]


def test_files_include_files(tmp_path: Path) -> None:
    other = tmp_path / "other.conf"
    other.write_text("port 7001\nfoo 1\n")
    config, warnings = read(tmp_path, f"port 7000\ninclude {other}\n")
    assert config.redis.port == 7001
    assert warnings == [f"{other}:2: directive 'foo' is not known here and has no effect"]
    other.write_text(f"include {other}\n")
    with pytest.raises(ValueError, match="files include each other"):
        read(tmp_path, f"include {other}\n")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("port x", "'port x': argument couldn't be parsed into an integer"),
        ("port 1 2", "wrong number of arguments"),
        ("port", "wrong number of arguments"),
        ("user", "wrong number of arguments"),
        ("user a\nuser a", DUPLICATE_USER),
        ('requirepass "a', "Unbalanced quotes in configuration line"),
        ("include /no/such/file", "/no/such/file: No such file or directory"),
    ],
)
def test_what_cannot_be(tmp_path: Path, line: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(tmp_path, line)


def test_a_user_is_added_once() -> None:
    config = Config()
    add_user(config, [b"a", b"on"])
    with pytest.raises(ValueError, match=DUPLICATE_USER):
        add_user(config, [b"a"])


def test_what_a_redis_conf_leaves_out_is_as_in_redis(tmp_path: Path) -> None:
    config, _ = read(tmp_path, "port 7000\n")
    assert config.redis.bind == ("*", "-::*")
    assert config.redis.save == "3600 1 300 100 60 10000"
