"""Functions from LOAD to UNLOAD through a real socket: bounded, changed, kept, counted."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.functions import ADD, INCREMENT, LOOP, SHOUT, SPIN, call, function, load, runs
from tests.support.plugin_replies import pairs, refusal
from tests.support.plugin_server import Client, PluginServer, plugin_server
from tests.support.waiting import until

# --- limits ---------------------------------------------------------------------------------------


def test_max_fuel(client: Client) -> None:
    load(client, SPIN, "MAX_FUEL", "10000")
    assert call(client, "100") == "OK"
    message = "ERR function 'f': out of fuel: its limit is 10000 units"
    assert refusal(call(client, "100000")) == message
    assert call(client, "100") == "OK", "the next call has its own"


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[PluginServer]:
    """A server where fuel ends no loop."""
    config = tmp_path / "ferrite.toml"
    config.write_text(
        "[plugins]\nbusy_reply_ms = 1\ntimeout_ms = 60000\n"
        "[plugins.sandbox]\nmax_cpu_ms = 1000000000\n"
    )
    with plugin_server("--config", str(config)) as server:
        yield server


def test_timeout(patient: PluginServer) -> None:
    client = patient.client()
    load(client, SPIN, "TIMEOUT", "30ms")
    assert pairs(client.ask("WASM.INFO", "f"))[b"timeout_ms"] == 30
    message = "ERR function 'f': out of time: the wall-clock limit of a call is reached"
    assert refusal(call(client, str(10**15))) == message


def test_max_memory(client: Client) -> None:
    grow = function("(param i32) (result i32)", "(memory.grow (local.get 0))")
    load(client, grow, "MAX_MEMORY", "1MB")
    assert call(client, "100") == -1
    assert call(client, "10") == 1
    large = function("", "", fields='(memory (export "m") 100)')
    assert "at most 16" in refusal(client.ask("WASM.LOAD", "g", large, "MAX_MEMORY", "1MB"))
    for options in (["MAX_MEMORY", "much"], ["TIMEOUT", "-1"], ["MAX_FUEL", "0"]):
        message = refusal(client.ask("WASM.LOAD", "g", ADD, *options))
        assert message.startswith(f"ERR {options[0]} {options[1]}:")


def test_a_loop_can_be_killed(patient: PluginServer) -> None:
    client, other = patient.client(), patient.client(3)
    load(client, function("", LOOP))
    client.send("WASM.CALL", "f")
    until(lambda: other.ask("PLUGIN.KILL", "f") == "OK")
    assert refusal(client.receive()) == "ERR function 'f': killed by PLUGIN.KILL"
    assert refusal(other.ask("PLUGIN.KILL", "f")).startswith("NOTBUSY")


def test_others_are_told_that_it_is_busy(patient: PluginServer) -> None:
    client, other = patient.client(), patient.client(3)
    load(client, function("", LOOP))
    client.send("WASM.CALL", "f")
    assert until(lambda: _error(other.ask("GET", "k"))).startswith("BUSY")
    assert other.ask("PING") == "PONG"
    assert pairs(other.ask("WASM.STATS", "f"))[b"calls"] == 1, "looking is served"
    assert other.ask("PLUGIN.KILL", "f") == "OK"
    assert "killed" in refusal(client.receive())


def _error(reply: object) -> str:
    return getattr(reply, "text", "")


# --- changing and keeping -------------------------------------------------------------------------


def test_load_replace_update_reload_unload(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "f.wasm"
    path.write_bytes(function("(result i32)", "(i32.const 1)"))
    assert client.ask("WASM.LOAD", "f", "PATH", str(path), "READ_ONLY", "MAX_FUEL", "1000") == "OK"
    assert call(client) == 1
    message = "ERR function 'f': it is loaded already; REPLACE puts another in its place"
    assert refusal(client.ask("WASM.LOAD", "f", ADD)) == message
    path.write_bytes(function("(result i32)", "(i32.const 2)"))
    assert client.ask("WASM.RELOAD", "f") == "OK"
    assert call(client) == 2
    assert client.ask("WASM.UPDATE", "f", function("(result i32)", "(i32.const 3)")) == "OK"
    assert call(client) == 3
    found = pairs(client.ask("WASM.INFO", "f"))
    assert (found[b"read_only"], found[b"fuel_limit"], found[b"reloads"]) == (1, 1000, 2)
    assert client.ask("PLUGIN.ROLLBACK", "f") == "OK"
    assert call(client) == 2
    assert client.ask("WASM.UPDATE", "f", ADD, "MAX_FUEL", "2000") == "OK"
    message = "ERR function 'f': it was not loaded from a file; UPDATE takes a new module"
    assert refusal(client.ask("WASM.RELOAD", "f")) == message
    assert client.ask("WASM.LOAD", "f", ADD, "REPLACE") == "OK"
    found = pairs(client.ask("WASM.INFO", "f"))
    assert (found[b"read_only"], found[b"fuel_limit"]) == (0, 20_000_000), "terms anew"
    assert client.ask("WASM.UNLOAD", "f") == "OK"
    for words in (
        ["CALL", "f"],
        ["UNLOAD", "f"],
        ["RELOAD", "f"],
        ["UPDATE", "f", ADD],
        ["INFO", "f"],
    ):
        message = "ERR function 'f': no such function is loaded"
        assert refusal(client.ask(b"WASM", *words)) == message
    assert client.ask("WASM.LIST") == []


def test_a_change_that_fails_changes_nothing(client: Client) -> None:
    load(client, ADD, "MAX_FUEL", "1000")
    large = function("", "", fields='(memory (export "m") 100)')
    for words in (
        ["WASM.LOAD", "f", b"\0asm\1\0\0\0\xff", "REPLACE"],
        ["WASM.UPDATE", "f", b"nothing"],
        ["WASM.UPDATE", "f", large, "MAX_MEMORY", "1MB", "MAX_FUEL", "7"],
        ["WASM.LOAD", "f", large, "MAX_MEMORY", "1MB", "REPLACE", "READ_ONLY"],
        ["WASM.DEFINE", "f", "(module", "REPLACE"],
    ):
        assert refusal(client.ask(*words)).startswith("ERR function 'f': ")
        assert call(client, "2", "3") == 5
        found = pairs(client.ask("WASM.INFO", "f"))
        assert (found[b"fuel_limit"], found[b"read_only"]) == (1000, 0)


def test_functions_and_plugins_keep_apart(client: Client, tmp_path: Path) -> None:
    load(client, ADD)
    assert client.ask("PLUGIN.LIST") == []
    path = tmp_path / "f.wasm"
    path.write_bytes(ADD)
    message = "ERR plugin 'f': it is a function: WASM.UPDATE changes it"
    assert refusal(client.ask("PLUGIN.RELOAD", "f", str(path))) == message
    assert client.ask("PLUGIN.LOAD", "p", str(path)) == "OK"
    for words in (["CALL", "p"], ["UNLOAD", "p"], ["UPDATE", "p", ADD]):
        assert "no such function is loaded" in refusal(client.ask(b"WASM", *words))
    assert refusal(client.ask("WASM.LOAD", "p", ADD, "REPLACE")) == (
        "ERR function 'p': a plugin of this name is loaded already"
    )
    assert client.ask("PLUGIN.DISABLE", "f") == "OK"
    assert refusal(call(client, "1", "2")) == "ERR function 'f': it is disabled"


def test_functions_are_kept_across_restarts(tmp_path: Path) -> None:
    path = tmp_path / "module.wasm"
    path.write_bytes(ADD)
    with _configured(tmp_path) as client:
        load(client, INCREMENT, "READ_ONLY", "MAX_FUEL", "5000", "DENY_COMMANDS", "flushall")
        load(client, SHOUT, name="shout")
        assert client.ask("WASM.LOAD", "add", "PATH", str(path)) == "OK"
        assert (
            client.ask("WASM.DEFINE", "two", '(func (export "f") (result i32) i32.const 2)') == "OK"
        )
        assert client.ask("WASM.LOAD", "gone", ADD) == "OK"
        assert client.ask("WASM.UNLOAD", "gone") == "OK"
        before = [pairs(client.ask("WASM.INFO", name)) for name in ("f", "shout", "add", "two")]
    with _configured(tmp_path) as client:
        assert [pairs(each)[b"name"] for each in client.ask("WASM.LIST")] == [
            b"f",
            b"shout",
            b"add",
            b"two",
        ]
        assert call(client, "2", "3", name="add") == 5
        assert call(client, "text", "3", name="shout") == b"text"
        assert call(client, name="two") == 2
        assert "storage.write" in refusal(client.ask("WASM.CALL", "f", "KEYS", "n"))
        for old in before:
            new = pairs(client.ask("WASM.INFO", old[b"name"]))
            for field in (
                b"type",
                b"permissions",
                b"deny_commands",
                b"sha256",
                b"fuel_limit",
                b"source",
            ):
                assert new[field] == old[field], (old[b"name"], field)
        assert client.ask("WASM.RELOAD", "add") == "OK"


@contextmanager
def _configured(folder: Path) -> Iterator[Client]:
    config = folder / "ferrite.toml"
    config.write_text(f'[plugins]\nstore_dir = "{folder / "store"}"\n')
    with plugin_server("--config", str(config)) as server:
        yield server.client()


def test_effects_are_in_the_append_only_file(tmp_path: Path) -> None:
    options = ("--appendonly", "yes", "--dir", str(tmp_path), "--appendfsync", "always")
    with plugin_server(*options) as server:
        client = server.client()
        load(client, INCREMENT)
        client.ask("WASM.CALL", "f", "KEYS", "n")
        client.ask("WASM.CALL", "f", "KEYS", "n")
        client.ask("SET", "text", "x")
        client.ask("WASM.CALL", "f", "KEYS", "text")
    logged = b"".join(p.read_bytes() for p in sorted((tmp_path / "appendonlydir").glob("*.aof")))
    assert b"WASM" not in logged
    assert logged.count(b"$1\r\nn\r\n") == 2
    with plugin_server(*options) as server:
        assert server.client().ask("GET", "n") == b"2", "without the function"


# --- telling --------------------------------------------------------------------------------------


def test_statistics_count_calls_errors_fuel_and_time(client: Client) -> None:
    load(client, SPIN, "MAX_FUEL", "10000")
    assert pairs(client.ask("WASM.STATS", "f")) == {
        b"calls": 0,
        b"errors": 0,
        b"fuel": 0,
        b"microseconds": 0,
    }
    call(client, "100")
    once = pairs(client.ask("WASM.STATS", "f"))
    assert once[b"calls"] == 1
    assert once[b"fuel"] == client.ask("PLUGIN.FUEL", "PLUGIN", "f") > 500
    call(client, "100")
    call(client, "100000")
    call(client, "bad")
    found = pairs(client.ask("WASM.STATS", "f"))
    assert (found[b"calls"], found[b"errors"]) == (3, 1), "a bad argument never began"
    assert 0 < found[b"fuel"] - 2 * once[b"fuel"] <= 10_000
    assert found[b"microseconds"] >= once[b"microseconds"] > 0
    load(client, ADD, name="g")
    assert list(pairs(client.ask("WASM.STATS"))) == [b"f", b"g"]
    client.ask("WASM.UNLOAD", "f")
    load(client, SPIN)
    assert pairs(client.ask("WASM.STATS", "f"))[b"fuel"] == 0


def test_what_else_is_known_of_a_call(client: Client) -> None:
    load(client, INCREMENT)
    client.ask("WASM.CALL", "f", "KEYS", "n")
    client.ask("SET", "text", "x")
    client.ask("WASM.CALL", "f", "KEYS", "text")
    audit = [pairs(entry) for entry in client.ask("PLUGIN.AUDIT", "f")]
    assert {b"incr_by", b"arg_read"} <= {entry[b"function"] for entry in audit}
    assert {entry[b"origin"] for entry in audit} == {b"WASM.CALL"}
    assert len(client.ask("PLUGIN.ERRORS", "f")) == 1
    information = client.ask("INFO", "plugins")
    text = information if isinstance(information, bytes) else information.value
    assert b"functions_loaded:1" in text
    assert b"function_f:" in text


def test_the_commands_are_described(client: Client) -> None:
    names = [
        "load",
        "define",
        "update",
        "reload",
        "unload",
        "call",
        "call_ro",
        "list",
        "info",
        "stats",
    ]
    for name in [*names, "help"]:
        (found,) = client.ask("COMMAND", "INFO", f"wasm.{name}")
        assert found[0] == f"wasm.{name}".encode()
        (docs,) = pairs(client.ask("COMMAND", "DOCS", f"wasm.{name}")).values()
        assert pairs(docs)[b"summary"]
    (info,) = client.ask("COMMAND", "INFO", "wasm.call")
    assert {"write", "denyoom", "noscript", "movablekeys"} <= set(info[2])
    (info,) = client.ask("COMMAND", "INFO", "wasm.call_ro")
    assert {"readonly", "noscript", "movablekeys"} <= set(info[2])
    lines = client.ask("WASM", "HELP")
    assert all(any(line.startswith(name.upper()) for line in lines) for name in names)


@pytest.mark.parametrize("seed", range(4))
def test_hostile_bytes_are_refused_or_run_within_bounds(seed: int) -> None:
    """Mutations of whole modules: every answer is an error that names the function, or a load
    whose calls end within their limits; the server serves on."""
    chooser = random.Random(seed)
    modules = [ADD, SPIN, SHOUT, INCREMENT, runs("GET", "k")]
    with plugin_server() as server:
        client = server.client()
        for number in range(150):
            data = bytearray(chooser.choice(modules))
            for _ in range(chooser.randint(1, 4)):
                position = chooser.randrange(len(data))
                change = chooser.randrange(4)
                if change == 0:
                    data[position] = chooser.randrange(256)
                elif change == 1:
                    data[position] ^= 1 << chooser.randrange(8)
                elif change == 2:
                    del data[position : position + chooser.randint(1, 8)]
                else:
                    data[position:position] = chooser.randbytes(chooser.randint(1, 8))
            reply = client.ask("WASM.LOAD", "f", bytes(data), "REPLACE", "MAX_FUEL", "20000")
            if reply != "OK":
                assert refusal(reply).startswith("ERR function 'f': "), number
                assert "internal" not in reply.text, bytes(data)
            else:
                answer = client.ask("WASM.CALL", "f", "ARGS", "1", "2")
                assert "internal" not in str(answer), bytes(data)
        assert client.ask("PING") == "PONG"
