"""What can be studied of a plugin through a real socket: audit, post-mortems, profiles, INFO."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ferrite.errors import StartError
from ferrite.plugins.chain import verify
from tests.support.c_plugins import c_plugin, manifest_text, write_plugin
from tests.support.plugin_replies import info, pairs, refusal
from tests.support.plugin_server import Client, plugin_server

SOURCE = """static char key[64] = "the key";
static int deeper(int n) { if (n == 0) *(volatile int *)0x7ffffff0 = 1; return n; }
static int deep(int n) { return deeper(n) + 1; }
FERRITE_COMMAND(e_trap) {
    ferrite_set(key, 7, "v", 1);
    ferrite_get("secret", 6, key, 0);
    return deep(0);
}
FERRITE_COMMAND(e_spin) { volatile int i = 0; while (i >= 0) i = 1; return 0; }
FERRITE_COMMAND(e_error) { return ferrite_reply_error("CUSTOM it is", 12); }
FERRITE_COMMAND(e_reply) { return ferrite_reply_array(2); }
FERRITE_COMMAND(e_fine) {
    int i, sum = 0;
    for (i = 1; i <= 100; i++) sum += deep(i);
    return ferrite_reply_int(sum);
}
"""
COMMANDS = [f"E.{name}" for name in ["TRAP", "SPIN", "ERROR", "REPLY", "FINE"]]


def plugin(folder: Path) -> Path:
    rights = ("storage.write", "storage.read k*")
    return write_plugin(folder / "e.wasm", SOURCE, manifest_text(COMMANDS, permissions=rights))


@pytest.fixture(params=[2, 3])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    with plugin_server() as server:
        client = server.client(request.param)
        assert client.ask("PLUGIN.LOAD", "e", str(plugin(tmp_path))) == "OK"
        yield client


def test_every_host_call_is_in_the_audit(client: Client) -> None:
    refusal(client.ask("E.TRAP"))
    client.ask("E.FINE")
    newest, denied, first = map(pairs, client.ask("PLUGIN.AUDIT", "e", "LIMIT", "3"))
    assert (newest[b"function"], newest[b"origin"]) == (b"reply_int", b"E.FINE")
    assert (first[b"function"], first[b"argument"]) == (b"set", b"the key")
    assert (first[b"decision"], first[b"result"], first[b"user"]) == (b"allowed", 0, b"default")
    assert (denied[b"function"], denied[b"argument"]) == (b"get", b"secret")
    assert (denied[b"decision"], denied[b"result"]) == (b"denied", -2)
    assert denied[b"fuel"] > first[b"fuel"]
    assert [pairs(each)[b"number"] for each in client.ask("PLUGIN.AUDIT", "e")] == [3, 2, 1]
    assert "LIMIT must be" in refusal(client.ask("PLUGIN.AUDIT", "e", "LIMIT", "0"))


def test_a_failure_can_be_examined(client: Client) -> None:
    refusal(client.ask("E.TRAP"))
    (failure,) = map(pairs, client.ask("PLUGIN.ERRORS", "e"))
    assert (failure[b"kind"], failure[b"origin"]) == (b"trap", b"E.TRAP")
    assert failure[b"error"].startswith(b"trap: out of bounds memory access")
    names = [line.split()[0] for line in failure[b"backtrace"]]
    assert names == [b"$deeper", b"$deep", b"$e_trap"]
    assert [pairs(each)[b"function"] for each in failure[b"host_calls"]] == [b"set", b"get"]
    assert failure[b"memory"].startswith(b"secret"), "what it gave to the host last"
    assert failure[b"memory_bytes"] >= 65536
    assert failure[b"fuel"] > 10
    assert failure[b"user"] == b"default"


def test_failures_are_booked_by_kind(client: Client) -> None:
    client.ask("PLUGIN.LIMITS", "e", "FUEL", "20000")
    for command in ("TRAP", "SPIN", "SPIN", "ERROR", "REPLY"):
        refusal(client.ask(f"E.{command}"))
    client.ask("E.FINE")
    fields = info_fields(client)
    assert fields["plugins_errors"] == "5"
    found = {name: n for name, n in fields.items() if name.startswith("plugins_errors_")}
    assert found == {
        "plugins_errors_trap": "1",
        "plugins_errors_fuel": "2",
        "plugins_errors_error": "1",
        "plugins_errors_reply": "1",
    }
    kinds = [pairs(each)[b"kind"] for each in client.ask("PLUGIN.ERRORS", "e", "LIMIT", "9")]
    assert kinds == [b"reply", b"error", b"fuel", b"fuel", b"trap"]
    assert (info(client, "e")[b"executions"], info(client, "e")[b"errors"]) == (6, 5)


def info_fields(client: Client) -> dict[str, str]:
    reply: Any = client.ask("INFO", "plugins")
    text = (reply.value if hasattr(reply, "value") else reply).decode()
    assert text.startswith("# Plugins\r\n")
    return dict(line.split(":", 1) for line in text.split("\r\n")[1:] if ":" in line)


def test_info_and_hello(client: Client) -> None:
    client.ask("E.FINE")
    fields = info_fields(client)
    assert (fields["plugins_loaded"], fields["plugins_active"]) == ("1", "1")
    assert int(fields["plugins_memory_bytes"]) >= 65536
    assert fields["plugin_e"].startswith("version=1.0.0,state=active,executions=1,errors=0,")
    (module,) = pairs(client.ask("HELLO"))[b"modules"]
    assert pairs(module)[b"name"] == b"e"
    assert pairs(module)[b"ver"] == 10000


def test_a_profile_is_exact(client: Client) -> None:
    assert "PROFILE is not ON" in refusal(client.ask("PLUGIN.PROFILE", "e"))
    before = client.ask("E.FINE")
    used = client.ask("PLUGIN.FUEL", "COMMAND", "E.FINE")
    assert client.ask("PLUGIN.PROFILE", "e", "ON") == "OK"
    assert client.ask("E.FINE") == before
    found = pairs(client.ask("PLUGIN.PROFILE", "e"))
    table = {pairs(each)[b"function"]: pairs(each) for each in found[b"functions"]}
    by_name = {name.decode().lstrip("$"): row for name, row in table.items()}
    assert by_name["deep"][b"calls"] == by_name["deeper"][b"calls"] == 100
    assert by_name["e_fine"][b"calls"] == 1
    assert sum(row[b"fuel"] for row in table.values()) == used, "to the unit"
    assert client.ask("PLUGIN.FUEL", "COMMAND", "E.FINE") == 2 * used, "the same with and without"
    assert pairs(found[b"commands"])[b"e.fine"] == 2 * used
    assert client.ask("E.FINE") == before
    again = pairs(client.ask("PLUGIN.PROFILE", "e"))
    calls = [pairs(each)[b"calls"] for each in again[b"functions"]]
    assert sorted(calls) == [2, 200, 200]
    assert client.ask("PLUGIN.PROFILE", "e", "OFF") == "OK"
    assert client.ask("E.FINE") == before


def test_the_audit_file_is_a_chain(tmp_path: Path) -> None:
    audit = tmp_path / "audit.jsonl"
    config = tmp_path / "ferrite.toml"
    config.write_text(f'[plugins]\naudit_file = "{audit}"\n')
    for _ in range(2):
        with plugin_server("--config", str(config)) as server:
            client = server.client()
            client.ask("PLUGIN.LOAD", "e", str(plugin(tmp_path)))
            refusal(client.ask("E.TRAP"))
    lines = [json.loads(line) for line in audit.read_text().splitlines()]
    assert [line["function"] for line in lines] == ["set", "get"] * 2
    assert (lines[1]["plugin"], lines[1]["decision"]) == ("e", "denied")
    assert verify(audit) == lines[-1]["hash"]
    changed = audit.read_text().replace("secret", "public", 1)
    audit.write_text(changed)
    with (
        pytest.raises(StartError, match=r"audit\.jsonl:2: does not follow"),
        plugin_server("--config", str(config)),
    ):
        pass


def test_system_calls_are_in_the_audit(client: Client, tmp_path: Path) -> None:
    from tests.support.plugin_guests import manifest, with_manifest
    from tests.support.wat import assemble

    code = assemble(
        """(import "wasi_snapshot_preview1" "random_get"
            (func $random (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "W.RUN") (result i32) (call $random (i32.const 0) (i32.const 8)))"""
    )
    path = tmp_path / "w.wasm"
    path.write_bytes(with_manifest(code, manifest("W.RUN", permissions=())))
    assert client.ask("PLUGIN.LOAD", "w", str(path)) == "OK"
    assert client.ask("W.RUN") == "OK"
    (record,) = map(pairs, client.ask("PLUGIN.AUDIT", "w"))
    assert record[b"function"] == b"wasi.random_get"
    assert record[b"decision"] == b"substituted"


def test_digests_are_those_of_the_bytes(client: Client, tmp_path: Path) -> None:
    rights = ("storage.write", "storage.read k*")
    binary = c_plugin(SOURCE, manifest_text(COMMANDS, permissions=rights))
    assert info(client, "e")[b"sha256"].decode() == hashlib.sha256(binary).hexdigest()
