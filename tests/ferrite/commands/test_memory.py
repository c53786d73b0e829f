from __future__ import annotations

from tests.support.in_process import InProcess


def test_usage_grows_with_the_value() -> None:
    client = InProcess()
    client.reply("SET", "a", "x")
    small = client.reply("MEMORY", "USAGE", "a")
    client.reply("SET", "a", "x" * 1000)
    large = client.reply("MEMORY", "USAGE", "a", "SAMPLES", "5")
    assert isinstance(small, int)
    assert isinstance(large, int)
    assert large - small == 999


def test_usage_of_a_container_is_measured_by_samples() -> None:
    client = InProcess()
    client.reply("HSET", "h", *[word for number in range(100) for word in (number, "x" * 100)])
    few, whole = (client.reply("MEMORY", "USAGE", "h", "SAMPLES", n) for n in ("5", "0"))
    assert isinstance(few, int)
    assert isinstance(whole, int)
    assert 13_000 < whole < 40_000
    assert 0.9 * whole < few < 1.1 * whole


def test_stats_add_up() -> None:
    client = InProcess()
    for number in range(100):
        client.reply("SET", number, "x" * 1000, "EX", 1000)
    stats = client.reply("MEMORY", "STATS")
    assert isinstance(stats, dict)
    assert stats[b"keys.count"] == 100
    assert stats[b"dataset.bytes"] + stats[b"overhead.total"] == stats[b"total.allocated"]
    assert stats[b"dataset.bytes"] > 100_000
    assert stats[b"peak.allocated"] >= stats[b"total.allocated"]
    assert set(stats[b"db.0"]) == {b"overhead.hashtable.main", b"overhead.hashtable.expires"}


def test_doctor_finds_a_peak() -> None:
    client = InProcess()
    assert b"No unusual" in client.ask(b"MEMORY", b"DOCTOR")
    client.reply("SET", "a", "x" * 20_000_000)
    client.reply("SET", "b", "x" * 6_000_000)
    client.reply("INFO", "memory")
    client.reply("DEL", "a")
    assert b"Peak" in client.ask(b"MEMORY", b"DOCTOR")


def test_what_has_nothing_to_do() -> None:
    client = InProcess()
    assert client.reply("MEMORY", "PURGE") == "OK"
    assert b"not supported" in client.ask(b"MEMORY", b"MALLOC-STATS")
