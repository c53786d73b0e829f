"""Calls of every shape, through every part of the SDKs, leave nothing: no memory, no handle.

Rule: each shape is called once, and a thousand are drawn; whatever is drawn then, in an order that
is always the same, finds room in what those have left. 2,000 calls by default; with FERRITE_SOAK=1
100,000.
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from unittest.mock import patch

import pytest

from ferrite.config import Config
from ferrite.errors import CommandError
from ferrite.plugins import network
from ferrite.plugins.manifest import SECTION_NAME
from ferrite.plugins.plugin import Plugin
from ferrite.plugins.sections import with_custom_section
from tests.support.guest_projects import built
from tests.support.held import blocks_held, held
from tests.support.plugin_bench import PluginBench, plugin_bench
from tests.support.require import ROOT, require

CALLS = 100_000 if os.environ.get("FERRITE_SOAK") else 2_000
CALLS_BEFORE = 1_000
CRASHES = 100
FOLDER = ROOT / "tests" / "sdk"
TOOLS = {"go": "go", "typescript": "assemblyscript", "rust": "rust-wasi"}
RECOVERS = "go"
"""Whose instance goes on after a crash."""
CALL_MS_MAX = 60_000
SIZES = (0, 1, 15, 16, 17, 100, 1_000, 4_095, 4_096, 4_097, 10_000)
"""Around those at which the SDKs' buffers end."""
TRANSFORMED_BYTES_MAX = 1_000
"""What is no text takes much fuel to make upper-case."""
MEMBERS = 50
URL = b"http://127.0.0.1/"

Request = list[bytes]


def shapes() -> list[Request]:
    """Requests of all kinds and sizes: answers, errors, refusals, and what the server runs."""
    found = [
        request for size in SIZES for unit in (b"x", b"\xff") for request in sized(unit * size)
    ]
    found += [[b"API.CALL", b"LRANGE", b"list", b"0", b"%d" % last] for last in (0, 1, 5, MEMBERS)]
    found += [[b"API.FAIL", kind] for kind in (b"wrong_type", b"custom", b"denied", b"other")]
    found += [[b"SET", b"guard:x", value] for value in (b"refused", b"replaced")]
    found += [[b"API.STORAGE", key] for key in (b"k", b"list")]
    found += [[b"API.KINDS"], [b"API.CONTEXT"], [b"API.READONLY", b"k"], [b"API.NUMBER", b"1.5"]]
    found += [[b"API.CALL", b"NONE"], [b"API.CALL", b"HGETALL", b"hash"]]
    return [*found, [b"API.HTTP", b"http://example.com/"]]


def sized(data: bytes) -> Iterator[Request]:
    """Requests with bytes of one size."""
    key = b"string:%d" % len(data)
    yield [b"API.ECHO", data]
    yield [b"API.ECHO", data, b"a", data[:100], data]
    yield [b"API.NUMBER", data]
    yield [b"API.TYPED", b"typed", data + b"abc"]
    yield [b"API.CALL", b"SET", key, data]
    yield [b"API.CALL", b"GET", key]
    yield [b"API.CALL", b"ECHO", data]
    yield [b"API.HTTP", URL + b"%d" % len(data)]
    yield [b"SET", b"guard:%d" % len(data), data]
    yield [b"SET", b"up:a", data[:TRANSFORMED_BYTES_MAX]]


def answer(_: object, _method: str, url: str, *_rest: object) -> network.HttpReply:
    """What the web answers: a body of the size that is asked for."""
    return network.HttpReply(200, (("X-Test", "yes"),), b"z" * int(url.rpartition("/")[2]))


def standing_still() -> str:
    """The manifest without time and chance, so that each run is the same: a guest in Go that sees
    the clock sometimes takes more memory."""
    text = (FOLDER / "api.toml").read_text()
    return "[[permissions]]".join(
        table for table in text.split("[[permissions]]") if 'resource = "system"' not in table
    )


@contextmanager
def api_bench(language: str) -> Iterator[tuple[PluginBench, Plugin]]:
    """A server without sockets that has the plugin of a language, and keys it may read. What it
    logs is kept by nobody."""
    require(TOOLS[language])
    logging.disable()
    config = Config()
    config.plugins.timeout_ms = CALL_MS_MAX
    whole = built(FOLDER / "projects" / language, FOLDER / "api.toml")
    binary = with_custom_section(whole, SECTION_NAME, standing_still().encode())
    try:
        with plugin_bench(config=config) as bench, patch.object(network, "http", answer):
            for number in range(MEMBERS):
                bench.reply("RPUSH", "list", b"y" * (17 * number))
                bench.reply("HSET", "hash", f"f{number}", b"z" * (11 * number))
            yield bench, bench.load(binary, "api")
    finally:
        logging.disable(logging.NOTSET)


@pytest.mark.parametrize("language", TOOLS)
def test_calls_of_any_shape_leave_nothing(language: str) -> None:
    random, kinds = Random(language), shapes()
    with api_bench(language) as (bench, plugin):
        for request in kinds + random.choices(kinds, k=CALLS_BEFORE):
            bench.reply(*request)
        gc.collect()
        before, blocks = held(bench, plugin), blocks_held(plugin)
        for _ in range(CALLS):
            bench.reply(*random.choice(kinds))
        gc.collect()
        assert held(bench, plugin) == before
        assert blocks_held(plugin) - blocks < 2_000


@pytest.mark.parametrize("language", TOOLS)
def test_crashes_leave_nothing(language: str) -> None:
    with api_bench(language) as (bench, plugin):

        def crash(count: int) -> None:
            for _ in range(count):
                assert isinstance(bench.reply("API.PANIC", "a"), CommandError)
                assert bench.reply("API.ECHO", b"a") == [b"a"]

        crash(CRASHES)
        gc.collect()
        before, blocks = held(bench, plugin), blocks_held(plugin)
        crash(CRASHES)
        gc.collect()
        lost = 0 if language == RECOVERS else CRASHES
        assert held(bench, plugin) == before | {"instances lost": before["instances lost"] + lost}
        assert blocks_held(plugin) - blocks < 2_000
