"""Hostile and broken plugins against a real server: it goes on serving, and no key has changed."""

from __future__ import annotations

import base64
import random
import select
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ferrite.errors import CommandError
from ferrite.plugins.program import LoadError
from ferrite.plugins.toolchains import build_binary
from ferrite.protocol.replies import OK
from tests.support.binaries import I32, body, export, function_type, leb, section
from tests.support.binaries import module as binary_module
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import data, guest, manifest, module, with_manifest
from tests.support.plugin_server import Client, PluginServer, plugin_server
from tests.support.require import ROOT

SERVED_LEAST = 3
"""PINGs of others while a loop runs for dozens of slices."""
MUTATIONS = 400

CONFIG = """
[plugins]
timeout_ms = 60000
slice_ms = 5

[plugins.sandbox]
max_memory_mb = 4
load_fuel = 20000000
max_cpu_ms = 100
instructions_per_ms = 50000
"""

LOOP = "(loop $forever (br $forever))"
WRITE = "(drop (call $set (i32.const 0) (i32.const 3) (i32.const 8) (i32.const 3)))"
TEXTS = data(0, "key") + data(8, "new")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PluginServer]:
    config = tmp_path_factory.mktemp("faults") / "ferrite.toml"
    config.write_text(CONFIG)
    with plugin_server("--config", str(config)) as running:
        yield running


@pytest.fixture
def client(server: PluginServer) -> Client:
    connected = server.client()
    for entry in connected.ask("PLUGIN.LIST"):
        connected.ask("PLUGIN.UNLOAD", entry[1])
    connected.ask("FLUSHALL")
    connected.ask("SET", "key", "old")
    return connected


def load(client: Client, binary: bytes) -> Any:
    return client.ask("PLUGIN.LOAD", "t", "BASE64", base64.b64encode(binary))


def writing(code: str, more: str = "") -> bytes:
    """Writes a key, then does something it should not."""
    return guest(f"{WRITE} {code} (i32.const 0)) {more} {TEXTS} (func", "set", "arg_count")


def served_meanwhile(client: Client, other: Client) -> int:
    """How many PINGs of another are answered while a client waits for its reply."""
    served = 0
    while not select.select([client], [], [], 0)[0]:
        assert other.ask("PING") == "PONG"
        served += 1
    return served - 1  # its reply may have come while the last one was under way


def test_others_are_served_while_a_loop_runs_until_its_fuel_is_gone(
    server: PluginServer, client: Client
) -> None:
    assert load(client, writing(LOOP)) == OK
    other = server.client()
    client.send("T.RUN")
    assert served_meanwhile(client, other) > SERVED_LEAST
    answer = client.receive()
    assert isinstance(answer, CommandError)
    assert answer.text == "ERR plugin 't': out of fuel: its limit is 5000000 units"
    assert other.ask("GET", "key") == b"old"
    info = dict(zip(*[iter(other.ask("PLUGIN.INFO", "t"))] * 2, strict=True))
    assert info[b"executions"] == info[b"errors"] == 1


def test_a_command_that_needs_the_keyspace_waits_for_the_end(
    server: PluginServer, client: Client
) -> None:
    assert load(client, writing(LOOP)) == OK
    other = server.client()
    client.send("T.RUN")
    assert other.ask("PING") == "PONG"
    assert other.ask("GET", "key") == b"old"
    assert isinstance(client.receive(), CommandError)


def test_kill(server: PluginServer, client: Client) -> None:
    assert load(client, writing(LOOP)) == OK
    other = server.client()
    client.send("T.RUN")
    killed = None
    for _ in range(100):
        killed = other.ask("PLUGIN.KILL", "t")
        if killed == OK:
            break
    assert killed == OK
    answer = client.receive()
    assert isinstance(answer, CommandError)
    assert answer.text == "ERR plugin 't': killed by PLUGIN.KILL"
    assert other.ask("GET", "key") == b"old"


def test_a_client_that_leaves_its_loop_behind(server: PluginServer, client: Client) -> None:
    assert load(client, writing(LOOP)) == OK
    gone = server.client()
    gone.send("T.RUN")
    gone.close()
    assert client.ask("GET", "key") == b"old"
    assert client.ask("SET", "x", "y") == OK


ENDS = {
    "trap": ("(unreachable)", "", "trap: unreachable"),
    "recursion": ("(call $deep)", "(func $deep (call $deep))", "trap: call stack exhausted"),
    "mutual": (
        "(call $deep)",
        "(func $deep (call $deeper)) (func $deeper (call $deep))",
        "trap: call stack exhausted",
    ),
    "memory": (
        """(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
        (unreachable)""",
        "",
        "trap: unreachable",
    ),
    "fill": (
        "(loop $more (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536)) (br $more))",
        "",
        "out of fuel",
    ),
    "indirect": (
        "(call_indirect (i32.const 0))",
        "(table 1 funcref)",
        "trap: uninitialized element",
    ),
    "table": (
        "(call_indirect (i32.const 9))",
        "(table 1 funcref)",
        "trap: undefined element",
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_fault_after_a_write_leaves_nothing(client: Client, end: str) -> None:
    code, more, message = ENDS[end]
    assert load(client, writing(code, more)) == OK
    for _ in range(2):
        answer = client.ask("T.RUN")
        assert isinstance(answer, CommandError)
        assert answer.text.startswith(f"ERR plugin 't': {message}")
        assert client.ask("GET", "key") == b"old"


def test_an_error_reply_after_a_write_leaves_nothing(client: Client) -> None:
    assert load(client, writing("(if (i32.const 1) (then (return (i32.const 3))))")) == OK
    answer = client.ask("T.RUN")
    assert isinstance(answer, CommandError)
    assert answer.text == "ERR plugin returned 3"
    assert client.ask("GET", "key") == b"old"


RUN = '(func (export "T.RUN") (result i32) (i32.const 0))'


def locals_bomb(count: int) -> bytes:
    """A body of under 20 bytes that declares so many locals."""
    return binary_module(
        section(1, function_type((), (I32,))),
        section(3, leb(0)),
        section(7, export("f")),
        section(10, body(b"\x41\0", ((count, I32),))),
    )


REFUSED = {
    "memory": (lambda: with_manifest(module(RUN, memory="65"), manifest("T.RUN")), "65 pages"),
    "largest": (lambda: with_manifest(module(RUN, memory="65536"), manifest("T.RUN")), "pages"),
    "table": (
        lambda: with_manifest(module(f"(table 10000000 funcref) {RUN}"), manifest("T.RUN")),
        "limit",
    ),
    "locals": (lambda: locals_bomb(2**32 - 1), "local"),
    "start": (
        lambda: with_manifest(
            module(f"(func $s (unreachable)) (start $s) {RUN}"), manifest("T.RUN")
        ),
        "trap: unreachable",
    ),
    "segment": (
        lambda: with_manifest(module(RUN + data(65535, "xx")), manifest("T.RUN")),
        "out of bounds memory access",
    ),
    "empty": (lambda: b"", "malformed"),
    "text": (lambda: b"(module)", "malformed"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_at_load(client: Client, case: str) -> None:
    make, message = REFUSED[case]
    answer = load(client, make())
    assert isinstance(answer, CommandError)
    assert answer.text.startswith("ERR plugin 't': ")
    assert message in answer.text
    assert "Traceback" not in answer.text
    assert client.ask("PLUGIN.LIST") == []
    assert client.ask("GET", "key") == b"old"


def test_a_start_that_never_ends_holds_nobody_up(server: PluginServer, client: Client) -> None:
    binary = with_manifest(module(f"(func $s {LOOP}) (start $s) {RUN}"), manifest("T.RUN"))
    other = server.client()
    client.send("PLUGIN.LOAD", "endless", "BASE64", base64.b64encode(binary))
    assert other.ask("GET", "key") == b"old", "it does not own the keyspace"
    assert served_meanwhile(client, other) > SERVED_LEAST
    answer = client.receive()
    assert isinstance(answer, CommandError)
    expected = "ERR plugin 'endless': while starting: out of fuel: its limit is 20000000 units"
    assert answer.text == expected


def test_a_mutated_plugin_is_refused_or_runs_within_its_bounds() -> None:
    original = build_binary(ROOT / "plugins" / "hello")
    generator = random.Random(20)
    outcomes = {"refused": 0, "answered": 0, "failed": 0}
    for _ in range(MUTATIONS):
        mutated = bytearray(original)
        for _ in range(generator.randint(1, 4)):
            mutated[generator.randrange(len(mutated))] = generator.randrange(256)
        with plugin_bench() as bench:
            bench.config.sandbox.max_cpu_ms = 1
            bench.config.sandbox.load_fuel = 20_000
            bench.config.sandbox.max_memory_mb = 2
            bench.keyspace.set(b"k", b"1")
            try:
                bench.load(bytes(mutated))
            except LoadError:
                outcomes["refused"] += 1
                continue
            for request in (["HELLO.WORLD", "x"], ["HELLO.COUNT", "k"]):
                before = bench.keyspace.get(b"k")
                answer = bench.reply(*request)
                failed = isinstance(answer, CommandError)
                outcomes["failed" if failed else "answered"] += 1
                if failed:
                    assert "internal error" not in str(answer)
                    assert bench.keyspace.get(b"k") == before
                    assert len(bench.keyspace) == 1
            assert bench.state.turn.owner is None
    assert all(outcomes.values()), outcomes


def test_files_that_are_no_plugins(client: Client, tmp_path: Path) -> None:
    for name, content in (("a.wasm", b"\0asm"), ("b.wasm", b"\0" * 1000), ("c.wasm", b"MZ")):
        path = tmp_path / name
        path.write_bytes(content)
        answer = client.ask("PLUGIN.LOAD", "t", str(path))
        assert isinstance(answer, CommandError)
        assert answer.text.startswith(f"ERR plugin 't': {path}: malformed module: ")
        assert "at byte 0x" in answer.text
