"""Functions among the rest of the plugin system: signatures, quotas, hooks, reloads, hot reload."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrite.plugins.cli import main
from tests.support.functions import INCREMENT, SHOUT, function, older, runs
from tests.support.plugin_guests import imports, manifest, with_manifest
from tests.support.plugin_replies import pairs, refusal
from tests.support.plugin_server import Client, plugin_server
from tests.support.recordings import assert_identical
from tests.support.waiting import until
from tests.support.wat import assemble

ONE = function("(result i32)", "(i32.const 1)")
SPIN = """(param $times i64) (result i32)
  (loop $again
    (local.set $times (i64.sub (local.get $times) (i64.const 1)))
    (br_if $again (i64.gt_s (local.get $times) (i64.const 0))))
  (i32.const {})"""
REFUSING = with_manifest(
    assemble(
        f'{imports("hook_abort")} (memory (export "memory") 1) (data (i32.const 0) "not here")'
        '(func (export "on_key_write") (result i32)'
        " (call $hook_abort (i32.const 0) (i32.const 8)))"
    ),
    manifest(permissions=(), extra='[[hooks]]\nevent = "OnKeyWrite"\nfilter = "no:*"\n'),
)


@pytest.fixture(params=[2, 3])
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    with plugin_server() as server:
        yield server.client(request.param)


def test_signatures(tmp_path: Path) -> None:
    assert main(["keygen", str(tmp_path / "key")]) == 0
    public = (tmp_path / "key.pub").read_text().strip()
    config = tmp_path / "ferrite.toml"
    config.write_text(f'[plugins.sandbox]\nverify_signatures = true\ntrusted_keys = ["{public}"]\n')
    path = tmp_path / "f.wasm"
    path.write_bytes(ONE)
    with plugin_server("--config", str(config)) as server:
        client = server.client()
        for words in (
            ["WASM.LOAD", "f", ONE],
            ["WASM.LOAD", "f", "PATH", str(path)],
            ["WASM.DEFINE", "f", '(func (export "f"))'],
        ):
            assert "is not signed, and verify_signatures = true" in refusal(client.ask(*words))
        assert main(["sign", str(path), "--key", str(tmp_path / "key")]) == 0
        assert client.ask("WASM.LOAD", "f", "PATH", str(path)) == "OK"
        assert main(["sign", str(path), "--key", str(tmp_path / "key"), "--embed"]) == 0
        assert client.ask("WASM.LOAD", "g", path.read_bytes()) == "OK", "signed within"
        assert client.ask("WASM.CALL", "g") == 1


def test_quotas_and_grants_of_the_operator(tmp_path: Path) -> None:
    config = tmp_path / "ferrite.toml"
    config.write_text(
        '[plugins.quotas."plugin:spin"]\nfuel = 5000\n[plugins.grants.f]\nstorage.read = true\n'
    )
    with plugin_server("--config", str(config)) as server:
        client = server.client()
        assert client.ask("WASM.LOAD", "spin", function(SPIN.format(1), "")) == "OK"
        assert client.ask("WASM.CALL", "spin", "ARGS", "100") == 1
        replies = [client.ask("WASM.CALL", "spin", "ARGS", "500") for _ in range(3)]
        assert refusal(replies[-1]).startswith("QUOTA")
        assert client.ask("WASM.LOAD", "f", INCREMENT) == "OK"
        message = "NOPERM function 'f' has no permission storage.write"
        assert refusal(client.ask("WASM.CALL", "f", "KEYS", "n")) == message


def test_hooks_see_what_functions_write(client: Client) -> None:
    data = base64.b64encode(REFUSING)
    assert client.ask("PLUGIN.LOAD", "h", "BASE64", data) == "OK"
    assert client.ask("WASM.LOAD", "f", INCREMENT) == "OK"
    assert client.ask("WASM.CALL", "f", "KEYS", "yes:1") == 1
    assert refusal(client.ask("WASM.CALL", "f", "KEYS", "no:1")) == "ERR not here"
    assert client.ask("EXISTS", "no:1") == 0


def test_functions_do_not_call_functions(client: Client) -> None:
    assert client.ask("WASM.LOAD", "f", runs("WASM.CALL", "f")) == "OK"
    assert refusal(client.ask("WASM.CALL", "f")) == "NOPERM a plugin may not run wasm.call"
    assert client.ask("WASM.LOAD", "g", runs("WASM", "UNLOAD", "g")) == "OK"
    assert refusal(client.ask("WASM.CALL", "g")) == "NOPERM a plugin may not run wasm|unload"


def test_a_call_under_way_finishes_on_the_old_version(tmp_path: Path) -> None:
    config = tmp_path / "ferrite.toml"
    config.write_text("[plugins]\nslice_ms = 1\n[plugins.sandbox]\nmax_cpu_ms = 100000\n")
    with plugin_server("--config", str(config)) as server:
        client, other = server.client(), server.client()
        assert client.ask("WASM.LOAD", "f", function(SPIN.format(1), "")) == "OK"
        client.send("WASM.CALL", "f", "ARGS", "300000")
        other.send("WASM.UPDATE", "f", function(SPIN.format(2), ""))
        assert client.receive() == 1
        assert other.receive() == "OK"
        assert client.ask("WASM.CALL", "f", "ARGS", "1") == 2


@pytest.mark.parametrize("late", [False, True])
def test_recorded_calls_happen_again(tmp_path: Path, late: bool) -> None:
    config = tmp_path / "ferrite.toml"
    config.write_text(f'[plugins]\nrecord_dir = "{tmp_path / "recordings"}"\n')
    numbers = older(
        "(param f64 f32 i64) (result i64 f64 f32)",
        "(call $time) (local.get 0) (local.get 1)",
        '(import "ferrite" "time_millis" (func $time (result i64)))',
    )
    calls: dict[str, list[list[str]]] = {
        "shout": [["text", "1"], ["x" * 70_000, "1"], ["", "2"], ["x" * 200_000, "1"]],
        "numbers": [["1.5", "0.1", "-3"], ["inf", "-0", "9223372036854775807"]],
        "increment": [["n"], ["n"], ["text"]],
    }
    with plugin_server("--config", str(config)) as server:
        client = server.client()
        client.ask("SET", "text", "x")
        for name, binary in (("shout", SHOUT), ("numbers", numbers), ("increment", INCREMENT)):
            assert client.ask("WASM.LOAD", name, binary) == "OK"
            if late:
                client.ask("WASM.CALL", name, "ARGS", *calls[name][0])
            assert client.ask("PLUGIN.RECORD", name, "ON") == "OK"
            for arguments in calls[name]:
                client.ask("WASM.CALL", name, "ARGS", *arguments)
            path = Path(pairs(client.ask("PLUGIN.RECORD", name))[b"path"].decode())
            assert client.ask("PLUGIN.RECORD", name, "OFF") == "OK"
            assert_identical(path, len(calls[name]))


def test_a_changed_file_reloads_its_function(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "f.wasm"
    path.write_bytes(ONE)
    assert client.ask("WASM.LOAD", "f", "PATH", str(path), "READ_ONLY") == "OK"
    path.write_bytes(function("(result i32)", "(i32.const 2)"))
    until(lambda: client.ask("WASM.CALL", "f") == 2)
    assert pairs(client.ask("WASM.INFO", "f"))[b"read_only"] == 1


def test_a_function_may_know_its_client_and_its_keys(client: Client) -> None:
    binary = function(
        "(result i32)",
        """(call $reply_bulk (i32.const 100)
             (call $context (i32.const 0) (i32.const 4) (i32.const 100) (i32.const 9)))""",
        "context",
        "reply_bulk",
        "arg_count",
        fields='(data (i32.const 0) "keys")',
    )
    assert client.ask("WASM.LOAD", "f", binary) == "OK"
    assert client.ask("WASM.CALL", "f", "KEYS", "a", "b", "ARGS", "c") == b"2"
    assert client.ask("WASM.CALL", "f", "0", "c") == b"0"


def test_inspection_knows_older_imports(client: Client) -> None:
    binary = assemble(
        '(import "env" "ferrite_del" (func (param i32 i32) (result i32)))'
        '(import "ferrite" "get" (func (param i32 i32 i32 i32) (result i32)))'
        '(memory (export "memory") 1) (func (export "f"))'
    )
    assert client.ask("WASM.LOAD", "f", binary, "READ_ONLY") == "OK"
    found = pairs(client.ask("PLUGIN.INSPECT", "f"))
    assert found[b"permissions_used"] == [b"storage.read", b"storage.delete"]
    assert found[b"permissions_missing"] == [b"storage.delete"]
