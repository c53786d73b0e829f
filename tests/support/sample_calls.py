"""One script of requests for each sample plugin, and what every request of it takes, exactly.

Rule: nothing of a script depends on the time, on chance or on a port: the clock stands still, the
web is a dictionary, and what is random has a fixed length. So the figures are the same everywhere,
and a change of one instruction shows. Each script is written so that it may be repeated: it leaves
as many keys as it found after its first run.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from ferrite.config import Config
from ferrite.plugins import network
from ferrite.plugins.plugin import Plugin
from ferrite.plugins.toolchains import build_binary
from ferrite.protocol.replies import Reply
from tests.support.plugin_bench import PluginBench, plugin_bench
from tests.support.samples import FOLDER, sample_file
from tests.support.web_store import ROOT_PATH, WebValues

CALL_MS_MAX = 600_000
"""Wall-clock time for a call: the start of Go's runtime takes seconds while it is counted."""
NOW_MS = 1_700_000_000_000
URL = f"http://localhost:8080{ROOT_PATH}"


@dataclass(frozen=True)
class Script:
    """What is asked of one sample, in this order, as a shell would split it."""

    calls: tuple[str, ...]
    before: tuple[str, ...] = ()
    """Asked first, and not measured."""
    settings: dict[str, Any] = field(default_factory=dict)


SCRIPTS = {
    "hello": Script(("HELLO.WORLD", "HELLO.WORLD Alice", "HELLO.COUNT visits")),
    "counter": Script(
        ("COUNTER.INCR c", "COUNTER.INCR c 40", "COUNTER.GET c", "MYMGET c none c",
         "COUNTER.RESET c", "COUNTER.GET c"),
    ),
    "stats": Script(
        ("STATS.ADD s 3", "STATS.ADD s 1 2 3 4", "STATS.GET s", "STATS.GET none",
         "SAFE.DIVIDE 1 8", "SAFE.DIVIDE 1 0"),
    ),
    "bloom": Script(
        ("BF.RESERVE bf 0.01 1000", "BF.ADD bf alice", "BF.ADD bf alice", "BF.MADD bf bob carol",
         "BF.EXISTS bf alice", "BF.EXISTS bf dave", "BF.MEXISTS bf alice bob dave", "BF.CARD bf",
         "BF.INFO bf", "BF.INFO bf SIZE", "BF.DEBUG bf",
         "BF.INSERT bf2 CAPACITY 10 ITEMS alice bob", "BF.SCANDUMP bf2 1",
         "BF.LOADCHUNK bf2 1 what"),
        before=("DEL bf bf2",),
    ),
    "hll": Script(
        ("HLL.ADD h alice", "HLL.ADD h alice bob carol", "HLL.COUNT h", "HLL.COUNT h none",
         "HLL.MERGE both h none"),
        before=("DEL h both",),
    ),
    "rate-limiter": Script(
        ("RATE.PEEK r 2 60000", "RATE.LIMIT r 2 60000", "RATE.LIMIT r 2 60000",
         "RATE.LIMIT r 2 60000"),
        before=("DEL r",),
    ),
    "protect": Script(
        ("SET protected:a 1", "DEL protected:kept", "FLUSHALL", "SET other 1"),
    ),
    "encrypt": Script(
        ("SET secret:a ''", "SET secret:a value", f"SET secret:a {'x' * 64}", "GET secret:a"),
        settings={"key": "00" * 32},
    ),
    "http-backend": Script(
        ("SET http:a value", "GET http:a", "EXISTS http:a", "GET http:none",
         f"SCAN {1 << 48} MATCH http:*", "DEL http:a"),
        settings={"url": URL},
    ),
    "fetch": Script((f"FETCH.URL {URL}/page", f"FETCH.STORE page {URL}/page")),
    "json": Script(
        ("""JSON.SET doc $ '{"name": "Alice", "age": 30}'""", "JSON.GET doc $.name", "JSON.GET doc",
         "JSON.SET doc $.tags '[1,2]'", "JSON.TYPE doc $.*", "JSON.NUMINCRBY doc $.age 1",
         "JSON.NUMMULTBY doc .age 2", "JSON.STRAPPEND doc $.name '\"!\"'", "JSON.STRLEN doc $.name",
         "JSON.ARRAPPEND doc $.tags 3 4", "JSON.ARRINSERT doc $.tags 0 0", "JSON.ARRLEN doc $.tags",
         "JSON.ARRINDEX doc $.tags 3", "JSON.ARRPOP doc $.tags", "JSON.ARRTRIM doc $.tags 1 2",
         "JSON.OBJKEYS doc", "JSON.OBJLEN doc", "JSON.SET doc $.on true", "JSON.TOGGLE doc $.on",
         "JSON.MERGE doc $ '{\"on\":null}'", "JSON.GET doc '$.tags[?(@>1)]'",
         "JSON.CLEAR doc $.tags", "JSON.MSET doc $.a 1 doc2 $ 2", "JSON.MGET doc doc2 .",
         "JSON.RESP doc", "JSON.DEBUG MEMORY doc $.name", "JSON.DEL doc $.a", "JSON.FORGET doc2"),
    ),
    "audit-log": Script(
        ("SET a 1", "MSET a 1 b 2", "INCR c", "DEL c"),
        settings={"list": "audit:log", "length": 10},
    ),
    "go-slugify": Script(
        ("SLUG.MAKE 'Crème brûlée & more'", "SLUG.MAKE 'one two three' 8", "SLUG.STORE k Title",
         "SLUG.UNIQUE slugs article:1 News!", "SLUG.UNIQUE slugs article:2 News?"),
        before=("SLUG.MAKE warm",),
    ),
    "ts-validate": Script(
        ("VALIDATE.CHECK date 2026-02-29", "VALIDATE.EMAIL alice@Example.org", "VALIDATE.KINDS",
         "SET valid:integer:a 12", "SET valid:integer:a twelve"),
        before=("VALIDATE.KINDS",),
    ),
}  # fmt: skip
"""By the name of the sample."""


@dataclass(frozen=True)
class Measured:
    """What one request has taken of its plugin."""

    request: str
    reply: Reply
    instructions: int
    host_calls: int
    fuel: int


@contextmanager
def sample_bench(name: str) -> Iterator[tuple[PluginBench, Plugin]]:
    """A server without sockets that has one sample, in a world that stands still."""
    config = Config()
    config.plugins.timeout_ms = CALL_MS_MAX
    config.plugin_config[name] = SCRIPTS[name].settings
    web = WebValues()
    web.values["page"] = b"hello"

    def answer(_: object, method: str, url: str, headers: dict[str, str], body: bytes) -> Any:
        path = url.removeprefix(URL.removesuffix(ROOT_PATH))
        status, data = web.serve(method, path, body, headers.get("X-Ttl-Ms", "0"))
        data = b"" if method == "HEAD" else data
        return network.HttpReply(status, (("Content-Length", str(len(data))),), data)

    with plugin_bench(config=config) as bench, patch.object(network, "http", answer):
        clock = bench.state.databases.clock
        clock._source = lambda: NOW_MS
        clock.resume()
        bench.reply("SET", "protected:kept", "1")
        binary = build_binary(FOLDER / name) if name == "hello" else sample_file(name).read_bytes()
        yield bench, bench.load(binary, name)


def requests(name: str) -> list[list[str]]:
    """A whole script, as it may be repeated."""
    script = SCRIPTS[name]
    return [shlex.split(line) for line in (*script.before, *script.calls)]


def measured(name: str) -> list[Measured]:
    """Each call of a sample's script, on an instance that has started."""
    with sample_bench(name) as (bench, plugin):
        plugin.guest.count(True)
        for line in SCRIPTS[name].before:
            bench.reply(*shlex.split(line))
        return [_measure(bench, plugin, line) for line in SCRIPTS[name].calls]


def _measure(bench: PluginBench, plugin: Plugin, line: str) -> Measured:
    before = _figures(plugin)
    reply = bench.reply(*shlex.split(line))
    used = [after - earlier for after, earlier in zip(_figures(plugin), before, strict=True)]
    return Measured(line, reply, *used)


def _figures(plugin: Plugin) -> tuple[int, int, int]:
    """Instructions, host calls and units of fuel so far."""
    profile = plugin.guest.profile
    instructions = sum(row[2] for row in profile.table()) if profile is not None else 0
    return instructions, plugin.study.made, plugin.guest.fuel_used
