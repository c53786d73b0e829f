"""Hostile inputs for every command of every sample: answered or refused in words, never a trap."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrite.errors import CommandError
from ferrite.keyspace.foreign import ForeignValue
from ferrite.plugins.plugin import Plugin
from tests.support.hostile_inputs import withstands
from tests.support.plugin_bench import PluginBench
from tests.support.plugin_server import plugin_server
from tests.support.sample_calls import SCRIPTS, requests, sample_bench
from tests.support.samples import copy_sample, sample_manifest

REQUESTS = 400
"""Random ones for each sample."""
KEYS = [
    b"string",
    b"list",
    b"hash",
    b"zset",
    b"none",
    b"",
    b"\x00\xff\r\n",
    b"k" * 1024,
    b"k" * 1025,
]
WORDS = [
    *(b"", b" ", b"0", b"1", b"-1", b"2", b"3", b"-0", b"1 ", b"+1", b"0x10", b"1e400", b"-1e400"),
    *(b"nan", b"inf", b"-inf", b"1e-320", b"0.01", b"0.5", b"1.5", b"0.9999999999999999"),
    *(b"9223372036854775807", b"-9223372036854775808", b"9223372036854775808", b"4096", b"4097"),
    *(
        b"\x00",
        b"\xff\xfe",
        b"\xc3\x28",
        b"\xed\xa0\x80",
        b"\r\n",
        b"%s%n",
        b"*1\r\n$4\r\nPING\r\n",
    ),
    *(
        b"NONSCALING",
        b"EXPANSION",
        b"expansion",
        b"SIZE",
        b"x" * 65536,
        b"x" * 65537,
        b"x" * 300_000,
    ),
]
SERVED = {
    "protect": [b"protected:", b"protected:\xff", b"protected:" + b"x" * 5000],
    "encrypt": [b"secret:", b"secret:\xff\x00", b"secret:" + b"x" * 5000],
    "http-backend": [b"http:", b"http:\xff\x00/../?#", b"http:" + b"x" * 5000],
}
"""Keys that reach a sample's hooks, transformers and backends."""
PLAIN = [
    *(b"SET", b"SET", b"GET", b"DEL", b"EXISTS", b"MSET", b"MGET", b"INCR", b"APPEND", b"RPUSH"),
    *(b"SETEX", b"GETSET", b"FLUSHALL", b"SCAN", b"EXPIRE"),
]


@pytest.fixture(params=SCRIPTS)
def sample(request: pytest.FixtureRequest) -> Iterator[tuple[str, PluginBench, Plugin]]:
    with sample_bench(request.param) as (bench, plugin):
        bench.reply("RPUSH", "list", "a")
        bench.reply("HSET", "hash", "a", "b")
        bench.reply("ZADD", "zset", "1", "a")
        bench.reply("SET", "string", "text")
        yield request.param, bench, plugin


def names_of(plugin: Plugin) -> list[bytes]:
    manifest = plugin.version.program.manifest
    return [command.name.encode() for command in manifest.commands] or PLAIN


def ask(bench: PluginBench, plugin: Plugin, items: list[bytes]) -> object:
    """A reply; a plugin that trapped, ran dry or broke a rule of replies fails the test."""
    reply = bench.reply(*items)
    lost = {kind: count for kind, count in plugin.study.kinds.items() if kind != "error"}
    shown = [item[:40] for item in items]
    assert not lost, (shown, lost, reply)
    if isinstance(reply, CommandError):
        assert "internal error" not in reply.text, shown
    return reply


def test_any_words(sample: tuple[str, PluginBench, Plugin]) -> None:
    name, bench, plugin = sample
    chance = random.Random(name)
    keys = KEYS + SERVED.get(name, []) * 3
    for _ in range(REQUESTS):
        words = [chance.choice(WORDS) for _ in range(chance.choice([0, 1, 1, 2, 2, 3, 4, 9]))]
        request = [chance.choice(names_of(plugin)), chance.choice(keys), *words]
        ask(bench, plugin, request[: chance.choice([1, len(request), len(request), len(request)])])
    for line in requests(name):
        ask(bench, plugin, [word.encode() for word in line])


def test_very_many_words(sample: tuple[str, PluginBench, Plugin]) -> None:
    _, bench, plugin = sample
    for command in names_of(plugin):
        ask(bench, plugin, [command, b"k", *[b"1"] * 3000])
        ask(bench, plugin, [command, b"k", b"x" * 5_000_000])


def forged(chance: random.Random, real: bytes) -> bytes:
    """Bytes that somebody may RESTORE as a value of a plugin's type."""
    kind = chance.randrange(5)
    if kind == 0 or not real:
        return chance.randbytes(chance.choice([0, 1, 8, 15, 16, 31, 32, 48, 4096, 4097, 70_000]))
    bad = bytearray(real)
    if kind == 1:
        return bytes(bad[: chance.randrange(len(bad))])
    if kind == 2:
        return bytes(bad) + b"\xff" * chance.choice([1, 8, 1000])
    at = chance.randrange(min(len(bad), 64))
    value = chance.choice([0, 1, -1, 2**31 - 1, -(2**31), chance.getrandbits(31)])
    if kind == 3:
        bad[at : at + 4] = struct.pack("<i", value)[: len(bad) - at]
    else:
        at -= at % 8
        number = chance.choice([float("nan"), float("inf"), 0.0, -1.0, 5e-324, 1.0, 1e308])
        bad[at : at + 8] = struct.pack("<d", number)[: len(bad) - at]
    return bytes(bad)


@pytest.mark.parametrize("name", ["bloom", "hll", "json", "rate-limiter", "stats"])
def test_forged_values(name: str) -> None:
    chance = random.Random(name)
    with sample_bench(name) as (bench, plugin):
        (table,) = plugin.version.program.manifest.data_types
        lines = [[word.encode() for word in line] for line in requests(name)]
        creates = next(line for line in lines if line[0] != b"DEL" and b"PEEK" not in line[0])
        ask(bench, plugin, creates)
        value = bench.keyspace.get(creates[1])
        assert isinstance(value, ForeignValue)
        for _ in range(150):
            data = forged(chance, value.data)
            version = chance.choice([table.version, table.version, 0, table.version + 7])
            for line in lines:
                if line[0] != b"DEL":
                    bench.keyspace.set(creates[1], ForeignValue(table.name, version, data))
                    ask(bench, plugin, [line[0], creates[1], *line[2:]])


@pytest.mark.parametrize("name", ["encrypt"])
def test_forged_ciphertexts(name: str) -> None:
    chance = random.Random(name)
    with sample_bench(name) as (bench, plugin):
        bench.reply("SET", "secret:a", "value")
        real = bench.keyspace.get(b"secret:a")
        assert isinstance(real, bytes)
        for _ in range(200):
            data = forged(chance, real)
            bench.keyspace.set(b"secret:a", data)
            reply = ask(bench, plugin, [b"GET", b"secret:a"])
            assert isinstance(reply, CommandError) or data == real


@pytest.mark.parametrize("name", sorted(set(SCRIPTS) - {"hello"}))
def test_through_a_socket(name: str, tmp_path: Path) -> None:
    """Wrong types and counts, huge and cut-off arguments, 512 MB announced."""
    module = copy_sample(name, tmp_path)
    commands = [command.name for command in sample_manifest(name).commands] or ["SET", "GET", "DEL"]
    with plugin_server("--plugin", str(module)) as server:
        withstands(server.port, commands)
        client = server.client(3)
        kinds = {failure[b"kind"] for failure in client.ask("PLUGIN.ERRORS", name, "LIMIT", "1000")}
        assert kinds <= {b"error"}
        assert client.ask("PLUGIN.INFO", name)[b"state"] == b"active"
