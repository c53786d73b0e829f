"""plugins/json in a real server: the documented replies, hostile input, and what a call leaves."""

from __future__ import annotations

import json
import os
import random
import re
import shlex
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import wasm_vm
from ferrite.errors import CommandError
from ferrite.plugins.manifest import SECTION_NAME
from ferrite.plugins.toolchains.rust import Rust
from tests.support.plugin_server import Client, PluginServer, plugin_server
from tests.support.require import ROOT, require
from tests.support.rust_plugins import built, kept_target

FOLDER = ROOT / "plugins" / "json"
MODULE = FOLDER / "json.wasm"
CALLS = int(os.environ.get("FERRITE_CALLS", "10000"))


def chapters() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (FOLDER / "cases.txt").read_text().splitlines():
        if line.startswith("## "):
            lines = found.setdefault(line.removeprefix("## "), [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[PluginServer]:
    with plugin_server("--plugin", str(MODULE)) as server:
        yield server


@pytest.fixture
def client(server: PluginServer) -> Client:
    client = server.client()
    client.ask("FLUSHALL")
    return client


def plain(reply: Any) -> Any:
    if isinstance(reply, list):
        return [plain(item) for item in reply]
    return reply.decode() if isinstance(reply, bytes) else reply


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize(("chapter", "lines"), chapters().items(), ids=list(chapters()))
def test_replies(server: PluginServer, chapter: str, lines: list[str], protocol: int) -> None:
    assert lines, chapter
    client = server.client(protocol)
    client.ask("FLUSHALL")
    for line in lines:
        command, _, rest = line.partition(" -> ")
        expected, *marks = rest.split(" | ")
        other = dict(mark.partition(" ")[::2] for mark in marks)
        assert other.keys() <= {"documented", "undocumented", "resp3"}, line
        if protocol == 3:
            expected = other.get("resp3", expected)
        reply = client.ask(*shlex.split(command))
        if expected.startswith("error "):
            assert isinstance(reply, CommandError), line
            assert reply.text.startswith(json.loads(expected.removeprefix("error "))), line
        else:
            assert json.dumps(plain(reply)) == json.dumps(json.loads(expected)), line
        if "documented" in other:
            assert json.loads(other["documented"]) != plain(reply), line


def figures(binary: bytes) -> dict[str, object]:
    """What does not depend on the folder of the build: the order of the functions does."""
    module = wasm_vm.load(binary).module
    opcodes = Counter(item[0].name for code in module.codes for item in code.body)
    return {
        "exports": sorted(export.name for export in module.exports),
        "imports": sorted(f"{each.module}.{each.name}" for each in module.imports),
        "manifest": module.custom(SECTION_NAME),
        "instructions": opcodes,
        "data": Counter(byte for data in module.datas for byte in data.data),
    }


def test_the_module_is_what_its_source_makes() -> None:
    require("rust-wasi")
    rustc = subprocess.run(["/usr/bin/rustc", "--version"], capture_output=True, text=True)
    if rustc.stdout.split()[1:2] != ["1.63.0"]:
        pytest.skip("the committed module was made by rustc 1.63.0")
    made = figures(built(FOLDER))
    assert made == figures(MODULE.read_bytes()), "run `ferrite plugin build plugins/json`"


def test_its_own_tests() -> None:
    require("rust-wasi")
    command, environment = Rust().unit_tests(FOLDER) or ([], {})
    with kept_target(FOLDER):
        done = subprocess.run(
            command, cwd=FOLDER, env={**os.environ, **environment}, capture_output=True, check=False
        )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


def test_its_size() -> None:
    assert MODULE.stat().st_size < 250_000


def test_what_it_asks_for(client: Client) -> None:
    info = client.ask("PLUGIN.INFO", "json")
    fields = dict(zip(info[::2], info[1::2], strict=True))
    assert fields[b"permissions"] == [b"storage.read", b"storage.write", b"storage.delete"]
    (command,) = client.ask("COMMAND", "INFO", "JSON.MGET")
    assert (command[1], command[3:6]) == (-3, [1, -2, 1])


@pytest.mark.parametrize(
    "request_",
    [
        ("JSON.SET", "k", "$", b"\xff"),
        ("JSON.SET", "k", b"$.\xff", "1"),
        ("JSON.SET", "k", "$", ""),
        ("JSON.SET", "k", "", "1"),
        ("JSON.SET", "k", "$", "[" * 200),
        ("JSON.SET", "k", "$", "[" * 100_000),
        ("JSON.SET", "k", "$", '"' + "\\" * 1001),
        ("JSON.GET", "doc", "$" + "[" * 100_000),
        ("JSON.GET", "doc", "$" + ".a" * 100_000),
        ("JSON.GET", "doc", "$[?(" + "(" * 100_000),
        ("JSON.GET", "doc", "$[?(" + "!" * 100_000),
        ("JSON.GET", "doc", "INDENT"),
        ("JSON.ARRAPPEND", "doc", "$.a", ""),
        ("JSON.ARRTRIM", "doc", "$.a", "x", "1"),
        ("JSON.NUMINCRBY", "doc", "$.n", "nan"),
        ("JSON.SET", "k", "$", "1" * 400),
    ],
    ids=lambda request_: " ".join(str(word)[:20] for word in request_),
)
def test_hostile_input_is_an_error_and_nothing_else(
    client: Client, request_: tuple[bytes | str, ...]
) -> None:
    client.ask("JSON.SET", "doc", "$", '{"a":[1,2],"n":1}')
    reply = client.ask(*request_)
    assert isinstance(reply, CommandError)
    assert "trap" not in reply.text
    assert client.ask("JSON.GET", "doc") == b'{"a":[1,2],"n":1}'


def test_growing_level_by_level_has_an_end(client: Client) -> None:
    client.ask("JSON.SET", "doc", "$", "[]")
    replies = [client.ask("JSON.SET", "doc", "$", "[" * 128 + "]" * 128)]
    replies.append(client.ask("JSON.ARRAPPEND", "doc", "$" + "[0]" * 127, "[]"))
    assert replies[0] == "OK"
    assert isinstance(replies[1], CommandError)
    assert "128 levels" in replies[1].text


def test_extreme_indices(client: Client) -> None:
    low, high = str(-(2**63)), str(2**63 - 1)
    client.ask("JSON.SET", "doc", "$", "[1,2,3]")
    assert client.ask("JSON.GET", "doc", f"$[{low}:{high}]") == b"[1,2,3]"
    assert client.ask("JSON.GET", "doc", f"$[{high}:{low}:{low}]") == b"[3]"
    assert client.ask("JSON.GET", "doc", f"$[{low}]") is None
    assert client.ask("JSON.ARRINDEX", "doc", "$", "3", low, high) == [2]
    assert client.ask("JSON.ARRTRIM", "doc", "$", low, high) == [3]
    assert client.ask("JSON.ARRPOP", "doc", "$", low) == [b"1"]
    assert client.ask("JSON.ARRTRIM", "doc", "$", high, low) == [0]


def document(randomly: random.Random, depth: int = 0) -> Any:
    kind = randomly.randrange(7 if depth < 4 else 5)
    text = "".join(
        randomly.choices('ab"\\\n\t\u00e9\u20ac\U0001f600\x01 /', k=randomly.randrange(6))
    )
    if kind == 5:
        return [document(randomly, depth + 1) for _ in range(randomly.randrange(5))]
    if kind == 6:
        return {f"{text}{i}": document(randomly, depth + 1) for i in range(randomly.randrange(5))}
    number = randomly.randrange(-(2**63), 2**63) >> randomly.randrange(64)
    return [None, randomly.random() < 0.5, number, text, randomly.uniform(-1e9, 1e9)][kind]


def test_any_document_comes_back(client: Client) -> None:
    randomly = random.Random(1)
    for ascii_only in [True, False] * 100:
        wanted = document(randomly)
        given = json.dumps(wanted, ensure_ascii=ascii_only, indent=randomly.choice([None, 2]))
        assert client.ask("JSON.SET", "doc", "$", given) == "OK", given
        got = client.ask("JSON.GET", "doc", "$")
        assert json.loads(got) == wanted
        assert list(json.loads(got)) == list(wanted) if isinstance(wanted, dict) else True
        copied = client.ask("DUMP", "doc")
        client.ask("DEL", "copy")
        assert client.ask("RESTORE", "copy", "0", copied) == "OK"
        assert client.ask("JSON.GET", "copy") == got


def test_large_documents(client: Client) -> None:
    """A call has 20 million units of fuel; this is what they reach for."""
    rows = json.dumps([{"id": i, "name": f"name {i}", "on": True} for i in range(1_500)])
    assert client.ask("JSON.SET", "doc", "$", rows) == "OK"
    assert client.ask("JSON.GET", "doc", "$[1499].name") == b'"name 1499"'
    assert client.ask("JSON.ARRLEN", "doc", "$") == [1_500]
    assert json.loads(client.ask("JSON.GET", "doc")) == json.loads(rows)


def test_ttl_stays(client: Client) -> None:
    client.ask("JSON.SET", "doc", "$", "1")
    client.ask("EXPIRE", "doc", "100")
    client.ask("JSON.NUMINCRBY", "doc", "$", "1")
    assert client.ask("TTL", "doc") in (99, 100)


def memory(client: Client) -> bytes:
    found = re.search(rb"plugins_memory_bytes:(\d+)", client.ask("INFO", "plugins"))
    assert found
    return found[1]


def test_many_calls_leave_memory_where_it_was(client: Client) -> None:
    requests = [
        ("JSON.SET", "doc", "$", '{"a":[1,2,{"b":"text"}],"n":1}'),
        ("JSON.NUMINCRBY", "doc", "$..n", "1"),
        ("JSON.ARRAPPEND", "doc", ".a", '{"c":null}'),
        ("JSON.GET", "doc", "$..b", "$.n"),
        ("JSON.GET", "doc", "$.a[?(@.b)]"),
        ("JSON.SET", "doc", "$", "{"),
        ("JSON.ARRPOP", "doc", "$.a"),
        ("JSON.OBJKEYS", "doc"),
    ]

    def rounds(count: int) -> None:
        for _ in range(count):
            for request in requests:
                client.send(*request)
            for _request in requests:
                client.receive()

    rounds(125)
    before = memory(client)
    rounds(CALLS // len(requests))
    assert memory(client) == before


def test_what_is_beside_the_module() -> None:
    assert {"Cargo.toml", "README.md", "cases.txt", "json.wasm"} <= {
        p.name for p in FOLDER.iterdir()
    }
    assert not Path(FOLDER, "plugin.toml").exists(), "the manifest is made from the attributes"
