"""Transformers and storage backends through a real socket: honoured, or refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.c_plugins import ALL_STORAGE, SOURCES, manifest_text, write_plugin
from tests.support.plugin_replies import refusal
from tests.support.plugin_server import Client, plugin_server

TRANSFORMER = '[[transformers]]\nname = "rot"\nkeys = ["rot:*", "!rot:plain*"]\n'
BACKEND = '[[storage_backends]]\nname = "mem"\nprefix = "mem:"\n'


def routes(path: Path, tables: str, source: str = "routes.c") -> Path:
    text = manifest_text([], permissions=ALL_STORAGE, extra=tables)
    return write_plugin(path, source, text)


def load(client: Client, path: Path) -> None:
    assert client.ask("PLUGIN.LOAD", path.stem, str(path)) == "OK"


@pytest.fixture(params=[2, 3])
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    with plugin_server() as server:
        yield server.client(request.param)


# --- transformers ---------------------------------------------------------------------------------


def test_values_are_transformed_on_both_ways(client: Client, tmp_path: Path) -> None:
    load(client, routes(tmp_path / "r.wasm", TRANSFORMER))
    assert client.ask("SET", "rot:a", "HAL", "EX", "100") == "OK"
    assert client.ask("MSET", "rot:b", "abc", "plain", "abc", "rot:plain1", "abc") == "OK"
    assert client.ask("GET", "rot:a") == b"HAL"
    assert client.ask("MGET", "rot:a", "rot:b", "plain", "none") == [b"HAL", b"abc", b"abc", None]
    assert client.ask("SET", "rot:a", "x", "GET", "KEEPTTL") == b"HAL"
    assert 0 < client.ask("TTL", "rot:a") <= 100
    assert client.ask("GETDEL", "rot:a") == b"x"
    assert client.ask("SETEX", "rot:e", "100", "y") == "OK"
    assert client.ask("GETEX", "rot:e", "PERSIST") == b"y"
    assert client.ask("GETSET", "rot:e", "z") == b"y"
    assert client.ask("SETNX", "rot:e", "w") == 0
    assert client.ask("EXISTS", "rot:e") == 1
    assert client.ask("EXPIRE", "rot:e", "10") == 1
    client.ask("PLUGIN.DISABLE", "r")
    assert "transformer rot of plugin 'r' is disabled" in refusal(client.ask("GET", "rot:b"))
    client.ask("PLUGIN.UNLOAD", "r")
    assert client.ask("MGET", "rot:b", "rot:plain1", "plain") == [b"bcd", b"abc", b"abc"]


def test_commands_on_what_is_stored_are_refused_by_name(client: Client, tmp_path: Path) -> None:
    load(client, routes(tmp_path / "r.wasm", TRANSFORMER))
    client.ask("SET", "rot:a", "1")
    for command in ("APPEND rot:a x", "INCR rot:a", "STRLEN rot:a", "GETRANGE rot:a 0 1",
                    "RENAME rot:a x", "INCR rot:new"):  # fmt: skip
        message = refusal(client.ask(*command.split()))
        assert "would work on what transformer rot of plugin 'r' has stored" in message
    assert client.ask("RPUSH", "x", "1") == 1
    assert client.ask("GET", "rot:a") == b"1"


def test_a_transformer_that_fails_loses_nothing(client: Client, tmp_path: Path) -> None:
    client.ask("SET", "rot:f", "kept")
    load(client, routes(tmp_path / "r.wasm", TRANSFORMER))
    message = refusal(client.ask("SET", "rot:f", "new"))
    assert message == "ERR transformer rot of plugin 'r' has failed: no"
    assert "gave an integer, not a bulk string" in refusal(client.ask("SET", "rot:i", "x"))
    assert client.ask("EXISTS", "rot:i") == 0
    refusal(client.ask("MSET", "before", "1", "rot:f", "2"))
    assert client.ask("EXISTS", "before") == 0
    refusal(client.ask("GET", "rot:f"))
    client.ask("PLUGIN.UNLOAD", "r")
    assert client.ask("GET", "rot:f") == b"kept"


def test_several_transformers_in_order(client: Client, tmp_path: Path) -> None:
    double = """static char t[200];
    static int text(void) { return ferrite_arg_read(1, t, 100); }
    int up_in(void) { int n = text(); t[n] = '!'; return ferrite_reply_bulk(t, n + 1); }
    int up_out(void) { return ferrite_reply_bulk(t, text() - 1); }"""
    load(client, routes(tmp_path / "r.wasm", TRANSFORMER))
    first = '[[transformers]]\nname = "up"\nkeys = ["rot:*"]\npriority = -1\n'
    load(client, routes(tmp_path / "u.wasm", first, double))
    client.ask("SET", "rot:a", "abc")
    assert client.ask("GET", "rot:a") == b"abc"
    client.ask("PLUGIN.UNLOAD", "r")
    client.ask("PLUGIN.UNLOAD", "u")
    assert client.ask("GET", "rot:a") == b'bcd"', "abc! turned by one"


def test_one_direction_alone(client: Client, tmp_path: Path) -> None:
    load(client, routes(tmp_path / "r.wasm", TRANSFORMER + 'direction = "in"\n'))
    client.ask("SET", "rot:a", "abc")
    assert client.ask("GET", "rot:a") == b"bcd"


# --- storage backends -----------------------------------------------------------------------------


def test_a_backend_serves_the_keys_of_its_prefix(client: Client, tmp_path: Path) -> None:
    load(client, routes(tmp_path / "m.wasm", BACKEND))
    assert client.ask("SET", "mem:a", "1") == "OK"
    assert client.ask("SET", "own", "2") == "OK"
    assert client.ask("DBSIZE") == 2, "own, and what the backend notes"
    assert client.ask("GET", "mem:a") == b"1"
    assert client.ask("GET", "mem:none") is None
    assert client.ask("MGET", "mem:a", "own", "mem:none") == [b"1", b"2", None]
    assert client.ask("EXISTS", "mem:a", "own", "none", "mem:none") == 2
    assert client.ask("SET", "mem:a", "x", "NX") is None
    assert client.ask("SET", "mem:a", "3", "XX", "GET", "PX", "1500") == b"1"
    assert client.ask("GET", "last_ttl") == b"1500"
    assert client.ask("EXPIRE", "mem:a", "7") == 1
    assert client.ask("GET", "last_ttl") == b"7000"
    assert client.ask("EXPIRE", "mem:none", "7") == 0
    assert client.ask("SETEX", "mem:b", "2", "x") == "OK"
    assert client.ask("MSET", "mem:c", "1", "own2", "2") == "OK"
    assert client.ask("DEL", "mem:a", "own", "mem:none", "none") == 2
    assert client.ask("PEXPIRE", "mem:b", "-1") == 1
    assert client.ask("GET", "mem:b") is None
    client.ask("PLUGIN.DISABLE", "m")
    assert "storage backend mem of plugin 'm' is disabled" in refusal(client.ask("GET", "mem:c"))


def test_scan_meets_every_key_once(client: Client, tmp_path: Path) -> None:
    load(client, routes(tmp_path / "m.wasm", BACKEND))
    wanted = {f"mem:{n}".encode() for n in range(10)} | {f"own:{n}".encode() for n in range(30)}
    for key in wanted:
        client.ask("SET", key, "x")
    client.ask("DEL", "last_ttl")
    for options in ((), ("COUNT", "3"), ("MATCH", "*:*")):
        met, cursor = [], b"0"
        while True:
            cursor, keys = client.ask("SCAN", cursor, *options)
            met += keys
            if cursor == b"0":
                break
        assert sorted(met) == sorted(wanted), options
    met, cursor = [], b"0"
    while True:
        cursor, keys = client.ask("SCAN", cursor, "MATCH", "mem:1")
        met += keys
        if cursor == b"0":
            break
    assert met == [b"mem:1"]


def test_a_failure_is_an_error_and_nothing_is_lost(client: Client, tmp_path: Path) -> None:
    load(client, routes(tmp_path / "m.wasm", BACKEND))
    for key, message in (
        ("mem:no", "has failed: plugin returned 7"),
        ("mem:trap", "has failed: plugin 'm': trap"),
    ):
        assert message in refusal(client.ask("SET", key, "x"))
    for n in range(16):
        client.ask("SET", f"mem:{n}", "x")
    assert "it is full" in refusal(client.ask("MSET", "own", "1", "mem:more", "x"))
    assert client.ask("EXISTS", "own") == 0
    assert "cannot be done on keys of storage backend mem" in refusal(client.ask("INCR", "mem:1"))
    assert "cannot be done" in refusal(client.ask("RENAME", "mem:1", "own"))
    assert client.ask("GET", "mem:1") == b"x"


def test_arguments_are_checked_as_for_other_keys(client: Client, tmp_path: Path) -> None:
    load(client, routes(tmp_path / "m.wasm", BACKEND))
    client.ask("MSET", "mem:a", "1", "own", "1")
    for command in ("MSET mem:a 1 b", "SET mem:a x EX 0", "SET mem:a x EX 9223372036854775807",
                    "SETEX mem:a 9223372036854775 x", "PSETEX mem:a 9223372036854775807 x",
                    "EXPIRE mem:a 9223372036854775807", "SET mem:a x PX y"):  # fmt: skip
        message = refusal(client.ask(*command.split()))
        assert message == refusal(client.ask(*command.replace("mem:a", "own").split())), command
    assert client.ask("GET", "mem:a") == b"1"


def test_prefixes_do_not_meet(client: Client, tmp_path: Path) -> None:
    load(client, routes(tmp_path / "m.wasm", BACKEND))
    for prefix in ("mem:", "mem:x", "me"):
        path = routes(tmp_path / "n.wasm", BACKEND.replace("mem:", prefix))
        message = refusal(client.ask("PLUGIN.LOAD", "n", str(path)))
        assert f"the prefix '{prefix}' meets 'mem:' of plugin 'm'" in message
    assert client.ask("PLUGIN.RELOAD", "m") == "OK"
    bad = routes(tmp_path / "b.wasm", '[[storage_backends]]\nname = "mem"\nprefix = ""\n')
    assert "needs a prefix" in refusal(client.ask("PLUGIN.LOAD", "b", str(bad)))


def test_in_transactions_and_for_other_plugins(client: Client, tmp_path: Path) -> None:
    load(client, routes(tmp_path / "m.wasm", BACKEND + TRANSFORMER))
    text = manifest_text(["A.CALL"], permissions=ALL_STORAGE)
    load(client, write_plugin(tmp_path / "a.wasm", (SOURCES / "any.c").read_text(), text))
    assert client.ask("A.CALL", "SET", "mem:a", "1") == "OK"
    assert client.ask("A.CALL", "SET", "rot:a", "1") == "OK"
    for command in ("MULTI", "GET mem:a", "A.CALL GET mem:a", "A.CALL GET rot:a", "GET rot:a"):
        client.ask(*command.split())
    assert client.ask("EXEC") == [b"1"] * 4
