"""CONFIG REWRITE: what is written, and what is left as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.config import Config, from_command_line
from ferrite.config_rewrite import SIGNATURE, rewritten
from ferrite.redis_conf import read_redis_conf

CONF = """\
# ours
PORT 7000
no-such-thing "a  b"

bind 127.0.0.1 -::1
save 900 1
save 300 10
hash-max-ziplist-entries 20
include {other}
maxclients 100
"""


def no_users(_: Config) -> list[bytes]:
    return []


def from_conf(path: Path) -> Config:
    return from_command_line(["--redis-conf", str(path)])


def change(config: Config, **options: str) -> None:
    for name, text in options.items():
        directive = config.directives[name.replace("_", "-")]
        directive.set(directive.parse(text))


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    other = tmp_path / "other.conf"
    other.write_text("timeout 5\n")
    path = tmp_path / "redis.conf"
    path.write_text(CONF.format(other=other))
    return path


def test_what_still_holds_stays_as_it_was(conf: Path) -> None:
    config = from_conf(conf)
    assert rewritten(config, None, no_users, False) == conf.read_bytes()


def test_changes_are_made_in_place_and_new_options_stand_at_the_end(conf: Path) -> None:
    config = from_conf(conf)
    change(config, maxclients="200", save="", hash_max_listpack_entries="7", timeout="9")
    change(config, requirepass='a "b"', proto_max_bulk_len="3mb")
    text = rewritten(config, None, no_users, False)
    expected = (
        conf.read_bytes()
        .replace(b"maxclients 100", b"maxclients 200")
        .replace(b"save 900 1\nsave 300 10", b'save ""')
        .replace(b"hash-max-ziplist-entries 20", b"hash-max-listpack-entries 7")
    )
    added = b'requirepass "a \\"b\\""\nproto-max-bulk-len 3mb\ntimeout 9\n'
    assert text == expected + SIGNATURE + b"\n" + added
    conf.write_bytes(text)
    again = Config()
    read_redis_conf(again, conf)
    assert again.redis == config.redis
    change(config, timeout="0")
    assert rewritten(config, None, no_users, False) == text.replace(b"timeout 9", b"timeout 0")


def test_every_option_can_be_written_and_read_again(conf: Path) -> None:
    config = from_conf(conf)
    text = rewritten(config, None, no_users, True)
    conf.write_bytes(text)
    assert b"\ntcp-keepalive 300\n" in text
    assert from_conf(conf).redis == config.redis


def test_users_take_the_place_of_users(tmp_path: Path) -> None:
    path = tmp_path / "redis.conf"
    path.write_text("user a on\n# between\nuser b off\nport 1\n")
    config = from_conf(path)

    def of_file(config: Config) -> list[bytes]:
        return [b"user " + b" ".join(words) for words in config.users]

    assert rewritten(config, [b"user a on", b"user b off"], of_file, False) == path.read_bytes()
    text = rewritten(config, [b"user default on", b"user c on"], of_file, False)
    assert text == b"user default on\nuser c on\n# between\nport 1\n"


TOML = """\
# ours
[redis]
port = 7000  # the usual
hash-max-ziplist-entries = 20

[plugins.config.hello]
greeting = "hi"
"""


def test_a_ferrite_toml_keeps_its_comments_and_tables(tmp_path: Path) -> None:
    path = tmp_path / "ferrite.toml"
    path.write_text(TOML)
    config = from_command_line(["--config", str(path)])
    assert rewritten(config, None, no_users, False).decode() == TOML
    change(config, port="7001", hash_max_listpack_entries="9", busy_reply_threshold="70")
    change(config, protected_mode="no", bind="127.0.0.1 ::1", metrics_port="9100")
    text = rewritten(config, [b"user bob on +@all"], no_users, False).decode()
    path.write_text(text)
    again = from_command_line(["--config", str(path)])
    assert (again.redis, again.plugins) == (config.redis, config.plugins)
    assert again.operation == config.operation
    assert again.users == [[b"bob", b"on", b"+@all"]]
    assert again.plugin_config == {"hello": {"greeting": "hi"}}
    assert "port = 7001  # the usual\n" in text
    assert "ziplist" not in text


def test_the_redis_conf_is_written_where_there_are_both(conf: Path, tmp_path: Path) -> None:
    toml = tmp_path / "ferrite.toml"
    toml.write_text(TOML)
    config = from_command_line(["--config", str(toml), "--redis-conf", str(conf)])
    assert b"include" in rewritten(config, None, no_users, False)
