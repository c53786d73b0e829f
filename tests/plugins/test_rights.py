"""Rights through a real socket: manifest AND grant AND the caller's ACL, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ferrite.errors import CommandError
from tests.support.c_plugins import c_plugin, manifest_text, write_plugin
from tests.support.plugin_replies import pairs, refusal
from tests.support.plugin_server import Client, plugin_server

COMMANDS = ("S.GET", "S.SET", "S.DEL", "S.EXPIRE")


def plugin(path: Path, *permissions: str, **options: Any) -> Path:
    return write_plugin(
        path, "store.c", manifest_text(COMMANDS, permissions=permissions, **options)
    )


@pytest.fixture(params=[2, 3])
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    with plugin_server() as server:
        yield server.client(request.param)


def test_what_the_manifest_does_not_ask_for_is_refused(client: Client, tmp_path: Path) -> None:
    path = plugin(tmp_path / "p.wasm", "storage.read a*", "storage.write a* !ab*")
    assert client.ask("PLUGIN.LOAD", "p", str(path)) == "OK"
    assert client.ask("S.SET", "ac", "1") == "OK"
    assert client.ask("S.GET", "ac") == b"1"
    assert "storage.write for 'ab'" in refusal(client.ask("S.SET", "ab", "1"))
    assert "storage.read for 'b'" in refusal(client.ask("S.GET", "b"))
    assert "no permission storage.delete" in refusal(client.ask("S.DEL", "ac"))
    assert client.ask("EXISTS", "ac", "ab") == 1


def test_a_grant_narrows_what_the_manifest_asks(client: Client, tmp_path: Path) -> None:
    path = plugin(tmp_path / "p.wasm", "storage.read", "storage.write")
    words = ("storage.read", "storage.write=user:*", "storage.write=!user:0", "storage.delete")
    assert client.ask("PLUGIN.LOAD", "p", str(path), "GRANT", *words) == "OK"
    assert client.ask("S.SET", "user:1", "x") == "OK"
    refusal(client.ask("S.SET", "user:0", "x"))
    refusal(client.ask("S.SET", "other", "x"))
    refusal(client.ask("S.DEL", "user:1"))  # granted, and not asked for
    lines = pairs(client.ask("PLUGIN.INFO", "p"))[b"permissions"]
    assert lines == [b"storage.read", b"storage.write (granted: user:* !user:0)"]


def test_a_grant_of_nothing(client: Client, tmp_path: Path) -> None:
    path = plugin(tmp_path / "p.wasm", "storage.read")
    assert client.ask("PLUGIN.LOAD", "p", str(path), "GRANT", "none") == "OK"
    refusal(client.ask("S.GET", "x"))


def test_the_grant_of_the_configuration(tmp_path: Path) -> None:
    path = plugin(tmp_path / "p.wasm", "storage.read", "storage.write")
    config = tmp_path / "ferrite.toml"
    config.write_text('[plugins.grants.p]\nstorage.read = true\nstorage.write = ["w*"]\n')
    with plugin_server("--config", str(config)) as server:
        client = server.client()
        assert client.ask("PLUGIN.LOAD", "p", str(path)) == "OK"
        assert client.ask("S.SET", "w1", "x") == "OK"
        refusal(client.ask("S.SET", "x", "x"))
        assert client.ask("PLUGIN.RELOAD", "p", str(path), "GRANT", "storage") == "OK"
        assert client.ask("S.SET", "x", "x") == "OK", "GRANT replaces the table whole"


def test_a_command_without_the_flag_write_writes_nothing(client: Client, tmp_path: Path) -> None:
    path = plugin(tmp_path / "p.wasm", "storage.read", "storage.write", flags=("read",))
    assert client.ask("PLUGIN.LOAD", "p", str(path)) == "OK"
    assert "has no flag write" in refusal(client.ask("S.SET", "a", "b"))
    assert client.ask("S.GET", "a") is None


def test_the_callers_acl_counts_on_every_host_call(client: Client, tmp_path: Path) -> None:
    path = plugin(tmp_path / "p.wasm", "storage.read", "storage.write", "storage.delete")
    assert client.ask("PLUGIN.LOAD", "p", str(path)) == "OK"
    rules = ("on", "nopass", "+@all", "%R~r*", "~w*")
    assert client.ask("ACL", "SETUSER", "alice", *rules) == "OK"
    client.ask("SET", "r1", "v")
    assert client.ask("AUTH", "alice", "x") == "OK"
    assert client.ask("S.GET", "r1") == b"v"
    assert "user 'alice' may not write the key 'r1'" in refusal(client.ask("S.SET", "r1", "x"))
    assert "user 'alice' may not delete the key 'r1'" in refusal(client.ask("S.DEL", "r1"))
    refusal(client.ask("S.GET", "x"))
    assert client.ask("S.SET", "w1", "x") == "OK"


def test_why(client: Client, tmp_path: Path) -> None:
    path = plugin(tmp_path / "p.wasm", "storage.read", "storage.write a*")
    client.ask("PLUGIN.LOAD", "p", str(path), "GRANT", "storage.read", "storage.write")
    client.ask("ACL", "SETUSER", "alice", "on", "nopass", "+@all", "%R~*")
    by_right = {
        pairs(each)[b"right"]: pairs(each)
        for each in client.ask("PLUGIN.WHY", "p", "alice", "s.set", "abc")
    }
    assert by_right[b"storage.read"][b"decision"] == b"allowed"
    assert by_right[b"storage.write"][b"decision"] == b"denied"
    steps = [step.decode() for step in by_right[b"storage.write"][b"steps"]]
    assert steps == [
        "yes: plugin 'p' is active",
        "yes: S.SET is one of the commands of plugin 'p'",
        "yes: user 'alice' is on",
        "yes: user 'alice' may run S.SET",
        "yes: the manifest asks for storage.write for a*, which reaches 'abc'",
        "yes: GRANT gives storage.write for every key, which reaches 'abc'",
        "yes: default_grant is *",
        "yes: the command has the flag write",
        "no: user 'alice' may not write the key 'abc'",
    ]
    deletes = by_right[b"storage.delete"]
    assert b"no: the manifest asks for storage.delete" in deletes[b"steps"]
    client.ask("PLUGIN.DISABLE", "p")
    for each in client.ask("PLUGIN.WHY", "p", "nobody", "get", "x"):
        steps = pairs(each)[b"steps"]
        assert pairs(each)[b"decision"] == b"denied"
        assert b"no: plugin 'p' is disabled" in steps
        assert b"no: GET is none of the commands of plugin 'p'" in steps
        assert b"no: there is no such user" in steps


def test_why_agrees_with_what_happens(client: Client, tmp_path: Path) -> None:
    path = plugin(tmp_path / "p.wasm", "storage.read a* !ab*", "storage.write b*")
    grant = ("storage.read=a*", "storage.read=b*", "storage.write=b*", "storage.write=!bb*")
    client.ask("PLUGIN.LOAD", "p", str(path), "GRANT", *grant)
    client.ask("ACL", "SETUSER", "u", "on", "nopass", "+@all", "~?", "%R~??", "%W~b?")
    client.ask("AUTH", "u", "x")
    seen = set()
    for key in ("a", "ab", "ac", "b", "bb", "bc", "c", "abc"):
        for command, right, arguments in (
            ("S.GET", b"storage.read", ()),
            ("S.SET", b"storage.write", ("v",)),
        ):
            reply = client.ask(command, key, *arguments)
            decisions = map(pairs, client.ask("PLUGIN.WHY", "p", "u", command, key))
            said = next(d[b"decision"] for d in decisions if d[b"right"] == right)
            happened = b"denied" if isinstance(reply, CommandError) else b"allowed"
            assert said == happened, (command, key, reply)
            seen.add((command, said))
    assert len(seen) == 4


def test_inspect_and_dryrun_run_nothing(client: Client, tmp_path: Path) -> None:
    source = 'int ferrite_on_load(void) { return ferrite_set("loaded", 6, "1", 1); }\n'
    source += 'FERRITE_COMMAND(d_run) { return ferrite_reply_int(ferrite_get("k", 1, 0, 0)); }'
    text = manifest_text(["D.RUN"], permissions=("storage.read k*", "system.time"))
    path = tmp_path / "d.wasm"
    path.write_bytes(c_plugin(source, text))
    found = pairs(client.ask("PLUGIN.LOAD", "d", str(path), "GRANT", "storage.read", "DRYRUN"))
    assert found[b"permissions_asked"] == [b"storage.read k*", b"system.time"]
    assert found[b"permissions_granted"] == [b"storage.read k*"]
    assert found[b"permissions_used"] == [b"storage.read", b"storage.write"]
    assert found[b"permissions_unused"] == [b"system.time"]
    assert found[b"permissions_missing"] == [b"storage.write"]
    assert b"ferrite_v1.set" in found[b"imports"]
    assert found[b"commands"] == [b"D.RUN"]
    assert client.ask("PLUGIN.LIST") == []
    assert client.ask("DBSIZE") == 0
    refusal(client.ask("PLUGIN.INSPECT", "d"))


def test_inspect_tells_how_a_new_version_differs(client: Client, tmp_path: Path) -> None:
    plugin(tmp_path / "p.wasm", "storage.read")
    newer = write_plugin(
        tmp_path / "q.wasm",
        "store.c",
        manifest_text(["S.GET"], version="2.0.0", permissions=("storage.read", "system.time")),
    )
    client.ask("PLUGIN.LOAD", "p", str(tmp_path / "p.wasm"))
    found = pairs(client.ask("PLUGIN.INSPECT", "p", str(newer)))
    assert found[b"changes"] == [
        b"version 1.0.0 -> 2.0.0",
        b"the module's bytes",
        b"-command S.SET",
        b"-command S.DEL",
        b"-command S.EXPIRE",
        b"+permission system.time",
    ]
    assert b"changes" not in pairs(client.ask("PLUGIN.INSPECT", "p"))
