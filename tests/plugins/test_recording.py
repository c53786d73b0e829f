"""PLUGIN.RECORD and PLUGIN.REPLAY through a real socket: what was recorded happens again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrite.plugins.recording.frames import Call, End, Host, Last, Start, State
from tests.support.c_plugins import ALL_STORAGE, manifest_text, write_plugin
from tests.support.plugin_replies import pairs, refusal
from tests.support.plugin_server import Client, PluginServer, plugin_server
from tests.support.recordings import assert_identical, elsewhere, frames, program
from tests.support.waiting import until

SOURCE = """static int seen;
static char text[4096];
FERRITE_COMMAND(r_seen) { seen++; return ferrite_reply_int(seen); }
FERRITE_COMMAND(r_echo) {
    int n = ferrite_arg_read(0, text, sizeof(text));
    return ferrite_reply_bulk(text, n);
}
FERRITE_COMMAND(r_chance) {
    long long now = 0; unsigned char dice[4];
    ferrite_time_ms(&now); ferrite_random(dice, 4);
    ferrite_reply_array(2); ferrite_reply_int(now);
    return ferrite_reply_int(dice[0] * 256 + dice[1]);
}
FERRITE_COMMAND(r_call) {
    int h = ferrite_call("*3\\r\\n$4\\r\\nINCR\\r\\n", 17), n;
    h = ferrite_call("*2\\r\\n$4\\r\\nINCR\\r\\n$1\\r\\nn\\r\\n", 21);
    n = ferrite_handle_read(h, 0, text, sizeof(text));
    ferrite_reply_array(2); ferrite_reply_resp3(text, n);
    n = ferrite_call("*1\\r\\n$6\\r\\nO.SEEN\\r\\n", 16);
    n = ferrite_handle_read(n, 0, text, sizeof(text));
    return ferrite_reply_resp3(text, n);
}
FERRITE_COMMAND(r_trap) { ferrite_set("k", 1, "v", 1); return *(volatile int *)0x7ffffff0; }
FERRITE_COMMAND(r_bad) { return ferrite_get((char *)0x7ffffff0, 9, text, 1); }
FERRITE_COMMAND(r_spin) { volatile int i = 0; while (i >= 0) i = 1; return 0; }
FERRITE_COMMAND(r_ask) { while (ferrite_arg_count() >= 0) ; return 0; }
FERRITE_COMMAND(r_long) { while (ferrite_reply_resp3(text, sizeof(text)) < 0) ; return 0; }
FERRITE_COMMAND(r_short) { return ferrite_reply_array(3); }
FERRITE_COMMAND(r_fail) { return ferrite_reply_error("CUSTOM it is", 12); }
FERRITE_COMMAND(r_three) { return 3; }
"""
NAMES = ["SEEN", "ECHO", "CHANCE", "CALL", "TRAP", "BAD", "SPIN", "ASK", "LONG", "SHORT", "FAIL"]
NAMES += ["THREE"]
COMMANDS = [f"R.{name}" for name in NAMES]
RIGHTS = (*ALL_STORAGE, "system.time", "system.random")
OTHER = "static int seen; FERRITE_COMMAND(o_seen) { seen++; return ferrite_reply_int(seen); }"


def load(client: Client, folder: Path, *, extra: str = "", name: str = "r") -> None:
    text = manifest_text(COMMANDS, permissions=RIGHTS, extra=extra)
    path = write_plugin(folder / f"{name}.wasm", SOURCE, text)
    assert client.ask("PLUGIN.LOAD", name, str(path)) == "OK"


def record(client: Client, name: str = "r") -> Path:
    assert client.ask("PLUGIN.RECORD", name, "ON") == "OK"
    found = pairs(client.ask("PLUGIN.RECORD", name))
    assert (found[b"recording"], found[b"calls"], found[b"ended"]) == (1, 0, b"")
    return Path(found[b"path"].decode())


@pytest.fixture(params=[2, 3])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[PluginServer, Client]]:
    config = tmp_path / "ferrite.toml"
    folder = tmp_path / "recordings"
    config.write_text(f'[plugins]\nrecord_dir = "{folder}"\nhot_reload = false\n')
    with plugin_server("--config", str(config)) as running:
        client = running.client(request.param)
        load(client, tmp_path)
        yield running, client


@pytest.fixture
def client(server: tuple[PluginServer, Client]) -> Client:
    return server[1]


def test_recorded_calls_happen_again(client: Client) -> None:
    assert [client.ask("R.SEEN") for _ in range(2)] == [1, 2]
    path = record(client)
    assert [client.ask("R.SEEN") for _ in range(2)] == [3, 4], "the guest's state goes on"
    client.ask("R.ECHO", "some text")
    client.ask("R.CHANCE")
    for command in ("TRAP", "BAD", "SHORT", "FAIL", "THREE"):
        refusal(client.ask(f"R.{command}"))
    assert client.ask("R.SEEN") == 1, "a new instance"
    assert pairs(client.ask("PLUGIN.RECORD", "r"))[b"calls"] == 10
    assert client.ask("PLUGIN.RECORD", "r", "OFF") == "OK"
    assert client.ask("R.SEEN") == 2, "and its state goes on"
    ended = pairs(client.ask("PLUGIN.RECORD", "r"))
    assert (ended[b"recording"], ended[b"ended"]) == (0, b"switched off")
    assert ended[b"bytes"] == path.stat().st_size
    found = pairs(client.ask("PLUGIN.REPLAY", ended[b"file"]))
    assert (found[b"identical"], found[b"plugin"]) == (1, b"r")
    for engine in map(pairs, found[b"engines"]):
        assert (engine[b"calls"], engine[b"identical"], engine[b"differences"]) == (10, 10, [])
        assert engine[b"fuel"] == sum(end.fuel for end in ends(path, Call))
    assert_identical(path, 10)
    assert frames(path)[-1] == Last("switched off")
    assert len(frames(path, State)) == 1
    assert [end.kind for end in ends(path, Start)] == ["return"] * 2
    kinds = [end.kind for end in ends(path, Call)]
    assert kinds == ["return"] * 4 + ["trap"] * 2 + ["reply", "error", "error", "return"]


def ends(path: Path, kind: type[Call | Start]) -> list[End]:
    """The ends of calls, or those of starts."""
    found, last = [], None
    for frame in frames(path):
        if isinstance(frame, End) and isinstance(last, kind):
            found.append(frame)
        elif isinstance(frame, Start | Call):
            last = frame
    return found


def test_calls_within_calls(client: Client, tmp_path: Path) -> None:
    text = manifest_text(["O.SEEN"])
    other = write_plugin(tmp_path / "o.wasm", OTHER, text)
    assert client.ask("PLUGIN.LOAD", "o", str(other)) == "OK"
    paths = record(client), record(client, "o")
    assert [client.ask("R.CALL") for _ in range(2)] == [[1, 1], [2, 2]]
    for path, calls in zip(paths, (2, 2), strict=True):
        assert_identical(path, calls)
    called = [host for host in frames(paths[0], Host) if host.function == "ferrite_v1.call"]
    assert len(called) == 6
    outer = [end.fuel for end in frames(paths[0], End)]
    inner = [end.fuel for end in frames(paths[1], End)]
    assert all(a > b for a, b in zip(outer, inner, strict=True)), "what it calls is paid for"


def test_out_of_fuel_and_out_of_time(client: Client) -> None:
    path = record(client)
    client.ask("PLUGIN.LIMITS", "r", "FUEL", "100000")
    for command in ("SPIN", "ASK", "LONG", "SEEN"):
        client.ask(f"R.{command}")
    client.ask("PLUGIN.LIMITS", "r", "FUEL", "2000000000", "CPU", "1000", "TIMEOUT", "30")
    for command in ("SPIN", "ASK", "LONG", "SEEN"):
        client.ask(f"R.{command}")
    kinds = [end.kind for end in frames(path, End)]
    assert [kind for kind in kinds if kind in ("fuel", "timeout")] == ["fuel"] * 3 + ["timeout"] * 3
    assert_identical(path, 8)
    assert elsewhere(path)["identical"]


@pytest.mark.parametrize("command", ["R.SPIN", "R.ASK", "R.LONG"])
def test_a_call_that_is_killed(server: tuple[PluginServer, Client], command: str) -> None:
    running, client = server
    path = record(client)
    client.send(command)
    other = running.client()
    until(lambda: other.ask("PLUGIN.KILL", "r") == "OK")
    assert "killed" in refusal(client.receive())
    assert client.ask("R.SEEN") == 1
    assert frames(path, End)[0].kind == "killed"
    assert_identical(path, 2)


def test_instances_per_call(client: Client, tmp_path: Path) -> None:
    load_per_call = '[package.ferrite]\ninstance = "per-call"\n'
    client.ask("PLUGIN.UNLOAD", "r")
    load(client, tmp_path, extra=load_per_call)
    client.ask("R.SEEN")
    path = record(client)
    assert [client.ask("R.SEEN") for _ in range(3)] == [1, 1, 1]
    refusal(client.ask("R.TRAP"))
    assert client.ask("R.SEEN") == 1
    client.ask("PLUGIN.RECORD", "r", "OFF")
    assert [client.ask("R.SEEN") for _ in range(2)] == [1, 1]
    assert_identical(path, 5)
    refusal(client.ask("R.TRAP"))
    path = record(client)
    assert [client.ask("R.SEEN") for _ in range(2)] == [1, 1]
    assert_identical(path, 2)


def test_reload_goes_on_in_another_file(client: Client) -> None:
    first = record(client)
    client.ask("R.SEEN")
    assert client.ask("PLUGIN.RELOAD", "r") == "OK"
    assert client.ask("R.SEEN") == 1
    found = pairs(client.ask("PLUGIN.RECORD", "r"))
    assert (found[b"recording"], found[b"calls"]) == (1, 1)
    assert frames(first)[-1] == Last("another version serves")
    assert client.ask("PLUGIN.UNLOAD", "r") == "OK"
    second = Path(found[b"path"].decode())
    assert second != first
    assert frames(second)[-1] == Last("the plugin was unloaded")
    for path in (first, second):
        assert_identical(path, 1)


def test_what_is_refused(client: Client, tmp_path: Path) -> None:
    assert "RECORD is not ON" in refusal(client.ask("PLUGIN.RECORD", "r"))
    assert "no such plugin" in refusal(client.ask("PLUGIN.RECORD", "none", "ON"))
    assert "syntax" in refusal(client.ask("PLUGIN.RECORD", "r", "MAYBE"))
    assert client.ask("PLUGIN.RECORD", "r", "OFF") == "OK", "as it was"
    for name in ("../ferrite.toml", "/etc/passwd", ".hidden"):
        text = refusal(client.ask("PLUGIN.REPLAY", name))
        assert "is named by its file in record_dir" in text
    assert "no such file" in refusal(client.ask("PLUGIN.REPLAY", "none.record"))
    broken = tmp_path / "recordings" / "broken.record"
    broken.parent.mkdir(exist_ok=True)
    broken.write_bytes(b"nothing of the kind")
    assert refusal(client.ask("PLUGIN.REPLAY", broken.name)).endswith("is no recording")


def test_a_recording_is_its_owners(client: Client) -> None:
    path = record(client)
    assert path.stat().st_mode & 0o777 == 0o600
    assert client.ask("PLUGIN.RECORD", "r", "ON") == "OK"
    assert Path(pairs(client.ask("PLUGIN.RECORD", "r"))[b"path"].decode()) == path, "the same one"


def test_a_trace_shows_functions_and_host_calls(client: Client) -> None:
    path = record(client)
    client.ask("R.SEEN")
    client.ask("R.ECHO", "some text")
    ended = program(str(path), "--trace")
    assert ended.returncode == 0, ended.stderr
    lines = [line.split() for line in ended.stdout.splitlines()]
    assert lines[0][:3] == ["call", "1:", "R.SEEN"]
    assert lines[1] == ["0", "$r_seen"]
    echo = next(line for line in ended.stdout.splitlines() if "arg_read" in line)
    assert echo.endswith("+9")
    assert 'writes "some text" at ' in echo
    assert "reference: identical: 2 of 2 calls identical" in ended.stdout
    (end,) = [end for end in frames(path, End) if b"text" in end.reply]
    assert any(line[:2] == [str(end.fuel), "return"] for line in lines), "fuel to the unit"
    alone = program(str(path), "--call", "2")
    assert "call 1:" not in alone.stdout
    assert "call 2:" in alone.stdout
