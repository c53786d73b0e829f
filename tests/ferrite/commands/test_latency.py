from __future__ import annotations

from ferrite.protocol.replies import Verbatim
from tests.support.in_process import InProcess


def test_spikes() -> None:
    client = InProcess(now=lambda: 10_000)
    client.state.config.redis.latency_monitor_threshold = 10
    client.state.latency.consider(b"command", 20)
    assert client.reply("LATENCY", "LATEST") == [[b"command", 10, 20, 20]]
    assert client.reply("LATENCY", "HISTORY", "command") == [[10, 20]]
    picture = client.reply("LATENCY", "GRAPH", "command")
    assert isinstance(picture, Verbatim)
    assert picture.value.startswith(b"command - high 20 ms, low 20 ms (all time high 20 ms)")
    words = client.reply("LATENCY", "DOCTOR")
    assert isinstance(words, Verbatim)
    assert b"command: 1 latency spikes" in words.value
    assert client.reply("LATENCY", "RESET") == 1


def test_histogram() -> None:
    client = InProcess()
    client.reply("SET", "k", "1")
    client.reply("CLIENT", "ID")
    found = client.reply("LATENCY", "HISTOGRAM", "set", "client", "get", "nosuch")
    assert isinstance(found, dict)
    assert list(found) == [b"set", b"client|id"]
    assert found[b"set"][b"calls"] == 1
