"""Limits through a real socket: narrowed at run time, booked, and fair to others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrite.errors import CommandError
from tests.support.c_plugins import ALL_STORAGE, manifest_text, write_plugin
from tests.support.plugin_replies import info, pairs, refusal
from tests.support.plugin_server import Client, PluginServer, plugin_server
from tests.support.waiting import until

SOURCE = """FERRITE_COMMAND(l_spin) {
    long long times = 0; volatile long long i;
    ferrite_arg_i64(0, &times);
    ferrite_set("spun", 4, "1", 1);
    for (i = 0; i < times; i++) ;
    return ferrite_reply_int(times);
}
static char big[2000000];
FERRITE_COMMAND(l_touch) { big[1999999] = 1; return ferrite_reply_int(big[1999999]); }
FERRITE_COMMAND(l_fuel) {
    long long left;
    ferrite_fuel_left(&left);
    return ferrite_reply_int(left);
}
FERRITE_COMMAND(l_log) {
    int i, kept = 0;
    for (i = 0; i < 500; i++) kept += ferrite_log(1, "line", 4) == 0;
    return ferrite_reply_int(kept);
}
FERRITE_COMMAND(l_bomb) {
    long long n = 0; int i;
    ferrite_arg_i64(0, &n);
    if (ferrite_reply_array((int)n) < 0) return ferrite_fail();
    for (i = 0; i < (int)n; i++) ferrite_reply_int(i);
    return 0;
}
FERRITE_COMMAND(l_deep) {
    int i;
    for (i = 0; i < 40; i++) if (ferrite_reply_array(1) < 0) return ferrite_fail();
    return 0;
}
"""
COMMANDS = [f"L.{name}" for name in ["SPIN", "TOUCH", "FUEL", "LOG", "BOMB", "DEEP"]]


def load(client: Client, folder: Path) -> None:
    text = manifest_text(COMMANDS, permissions=ALL_STORAGE)
    path = write_plugin(folder / "l.wasm", SOURCE, text)
    assert client.ask("PLUGIN.LOAD", "l", str(path)) == "OK"


@pytest.fixture(params=[2, 3])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[PluginServer, Client]]:
    with plugin_server() as running:
        client = running.client(request.param)
        load(client, tmp_path)
        yield running, client


@pytest.fixture
def client(server: tuple[PluginServer, Client]) -> Client:
    return server[1]


def test_fuel(client: Client) -> None:
    assert client.ask("PLUGIN.LIMITS", "l", "FUEL", "10000") == "OK"
    assert 9000 < client.ask("L.FUEL") < 10000
    message = refusal(client.ask("L.SPIN", "1000000"))
    assert message == "ERR plugin 'l': out of fuel: its limit is 10000 units"
    assert client.ask("EXISTS", "spun") == 0
    assert client.ask("PLUGIN.LIMITS", "l", "CPU", "1ms") == "OK"
    assert client.ask("PLUGIN.LIMITS", "l", "FUEL", "1000000") == "OK"
    assert "its limit is 20000 units" in refusal(client.ask("L.SPIN", "1000000"))


def test_limits_survive_a_reload(client: Client) -> None:
    client.ask("PLUGIN.LIMITS", "l", "FUEL", "10000", "MEMORY", "4MB")
    assert client.ask("PLUGIN.RELOAD", "l") == "OK"
    found = pairs(client.ask("PLUGIN.LIMITS", "l"))
    assert (found[b"fuel"], found[b"memory"]) == (10000, 4 << 20)
    assert "out of fuel" in refusal(client.ask("L.SPIN", "1000000"))


def test_memory(client: Client) -> None:
    assert client.ask("L.TOUCH") == 1
    assert client.ask("PLUGIN.LIMITS", "l", "MEMORY", "1MB") == "OK"
    assert "memory" in refusal(client.ask("L.TOUCH"))
    assert client.ask("PLUGIN.LIMITS", "l", "MEMORY", "8MB") == "OK"
    assert client.ask("L.TOUCH") == 1


def test_wall_clock(client: Client) -> None:
    client.ask("PLUGIN.LIMITS", "l", "TIMEOUT", "30ms")
    message = refusal(client.ask("L.SPIN", "100000000000"))
    assert "out of time" in message or "out of fuel" in message


def test_logs_and_replies_are_bounded(client: Client) -> None:
    assert client.ask("L.LOG") == 100
    assert len(client.ask("PLUGIN.LOG", "l")) == 100
    assert "a reply may have 250000 values" in refusal(client.ask("L.BOMB", "100000000"))
    assert "a reply may nest 32 levels" in str(client.ask("L.DEEP"))


def test_fuel_is_booked_under_every_name(client: Client) -> None:
    client.ask("L.SPIN", "1000")
    used = client.ask("PLUGIN.FUEL", "COMMAND", "L.SPIN")
    assert used > 4000
    assert client.ask("PLUGIN.FUEL", "PLUGIN", "l") == used
    assert client.ask("PLUGIN.FUEL", "USER", "default") == used
    identity = client.ask("CLIENT", "ID")
    assert client.ask("PLUGIN.FUEL", "CLIENT", str(identity)) == used
    client.ask("L.SPIN", "1000")
    assert client.ask("PLUGIN.FUEL", "COMMAND", "l.spin") == 2 * used, "exact, so the same again"
    total = pairs(client.ask("PLUGIN.FUEL"))
    assert total[b"total"] == 2 * used
    assert pairs(total[b"plugins"]) == {b"l": 2 * used}
    assert client.ask("PLUGIN.FUEL", "USER", "nobody") == 0
    assert "syntax" in refusal(client.ask("PLUGIN.FUEL", "PLUGIN", "a", "USER", "b"))


def test_quotas(tmp_path: Path) -> None:
    config = tmp_path / "ferrite.toml"
    config.write_text(
        "[plugins.quotas.alice]\nfuel = 100000\nrefill_per_second = 0\n"
        '[plugins.quotas."plugin:l"]\nfuel = 1000000\nrefill_per_second = 10000\n'
    )
    with plugin_server("--config", str(config)) as server:
        client, other = server.client(), server.client()
        load(client, tmp_path)
        client.ask("ACL", "SETUSER", "alice", "on", "nopass", "+@all", "~*")
        client.ask("AUTH", "alice", "x")
        assert client.ask("L.SPIN", "1000") == 1000
        message = refusal(client.ask("L.SPIN", "1000000"))
        assert "out of fuel" in message
        message = refusal(client.ask("L.SPIN", "1"))
        assert message == (
            "QUOTA the fuel of user 'alice' is used up (100000 units): it is not refilled"
        )
        assert other.ask("L.SPIN", "1") == 1, "others have their own"
        until(lambda: "plugin 'l'" in str(other.ask("L.SPIN", "60000")))
        until(lambda: other.ask("L.SPIN", "1") == 1)


MEMORY = """
static char value[100000], words[100100];
FERRITE_COMMAND(o_set) {
    long long times = 0; int i; char key = 'a';
    ferrite_arg_i64(0, &times);
    for (i = 0; i < (int)times; i++, key++)
        if (ferrite_set(&key, 1, value, sizeof(value)) < 0) return ferrite_fail();
    return ferrite_reply_ok();
}
FERRITE_COMMAND(o_hset) {
    if (ferrite_hset("h", 1, "f", 1, "v", 1) < 0) return ferrite_fail();
    return ferrite_reply_ok();
}
FERRITE_COMMAND(o_call) {
    int handle = ferrite_call("*3\\r\\n$6\\r\\nAPPEND\\r\\n$1\\r\\nz\\r\\n$1\\r\\nx\\r\\n", 33);
    if (handle < 0) return ferrite_fail();
    return ferrite_reply_int(handle);
}
FERRITE_COMMAND(o_drop) { return ferrite_reply_int(ferrite_delete("a", 1)); }
"""


def test_maxmemory_holds_for_what_a_plugin_writes(client: Client, tmp_path: Path) -> None:
    text = manifest_text(["O.SET", "O.HSET", "O.CALL", "O.DROP"], permissions=ALL_STORAGE)
    path = write_plugin(tmp_path / "o.wasm", MEMORY, text)
    assert client.ask("PLUGIN.LOAD", "o", str(path)) == "OK"
    client.ask("CONFIG", "SET", "maxmemory", "1mb", "maxmemory-policy", "noeviction")
    refused = "OOM command not allowed when used memory > 'maxmemory'."
    assert refusal(client.ask("O.SET", "25")) == refused
    assert client.ask("DBSIZE") == 0, "what it had written is undone"
    assert client.ask("O.SET", "5") == "OK"
    assert client.ask("CONFIG", "SET", "maxmemory", "100kb") == "OK"
    assert refusal(client.ask("SET", "z", "x")) == refused
    for command in ("O.SET 1", "O.HSET", "O.CALL"):
        assert refusal(client.ask(*command.split())) == refused, command
    assert client.ask("O.DROP") == 1, "who makes room is served"
    assert client.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru") == "OK"
    assert client.ask("O.SET", "5") == "OK", "keys go before and after the call, not during it"
    assert client.ask("O.CALL") == 1
    assert client.ask("DBSIZE") < 5


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[PluginServer]:
    """A server that would let a loop run for an hour, and answers BUSY soon."""
    config = tmp_path / "ferrite.toml"
    config.write_text(
        "[plugins]\ntimeout_ms = 3600000\nbusy_reply_ms = 50\n"
        "[plugins.sandbox]\nmax_cpu_ms = 10000000\n"
    )
    with plugin_server("--config", str(config)) as running:
        yield running


@pytest.mark.parametrize("protocol", [2, 3])
def test_while_a_loop_runs_others_are_served_and_kill_ends_it(
    patient: PluginServer, tmp_path: Path, protocol: int
) -> None:
    client, other = patient.client(protocol), patient.client()
    load(client, tmp_path)
    client.ask("SET", "spun", "before")
    for _ in range(3):
        client.send("L.SPIN", "1000000000000")
        until(lambda: isinstance(other.ask("EXISTS", "spun"), CommandError))
        for _ in range(20):
            assert other.ask("PING") == "PONG"
            assert "BUSY" in refusal(other.ask("GET", "spun"))
        assert other.ask("PLUGIN.KILL", "l") == "OK"
        assert "killed by PLUGIN.KILL" in refusal(client.receive())
        assert other.ask("GET", "spun") == b"before"
    assert info(other, "l")[b"errors"] == 3
