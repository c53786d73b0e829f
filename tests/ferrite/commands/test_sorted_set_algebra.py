from __future__ import annotations

from tests.support.in_process import InProcess


def test_what_is_no_number_counts_as_nothing() -> None:
    client = InProcess()
    client.reply("ZADD", "a", "inf", "m", 1, "n")
    client.reply("ZADD", "b", "-inf", "m")
    assert client.reply("ZUNION", 2, "a", "b", "WITHSCORES") == [b"m", 0.0, b"n", 1.0]
    assert client.reply("ZINTER", 2, "a", "b", "WEIGHTS", 0, 1, "WITHSCORES")[1] == 0.0  # type: ignore[index]


def test_sets_take_part() -> None:
    client = InProcess()
    client.reply("ZADD", "a", 5, "m", 6, "n")
    client.reply("SADD", "s", "m", "x")
    assert client.reply("ZINTER", 2, "a", "s", "WITHSCORES") == [b"m", 6.0]
    assert client.reply("ZDIFF", 2, "a", "s") == [b"n"]
    assert client.reply("ZINTERCARD", 2, "a", "s", "LIMIT", 0) == 1


def test_a_source_may_be_the_destination() -> None:
    client = InProcess()
    client.reply("ZADD", "a", 5, "m")
    assert client.reply("ZUNIONSTORE", "a", 2, "a", "a", "AGGREGATE", "MAX") == 1
    assert client.reply("ZSCORE", "a", "m") == 5.0
