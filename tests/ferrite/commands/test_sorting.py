from __future__ import annotations

from tests.support.in_process import InProcess


def test_the_store_key_is_found_behind_the_last_store() -> None:
    client = InProcess()

    def keys(*request: str) -> object:
        return client.reply("COMMAND", "GETKEYS", "SORT", *request)

    assert keys("a", "GET", "STORE", "LIMIT", "STORE", "1") == [b"a"]
    assert keys("a", "STORE", "b", "DESC", "store", "c") == [b"a", b"c"]
    assert keys("a", "STORE") == [b"a"]


def test_patterns_look_up_strings_and_fields() -> None:
    client = InProcess()
    client.reply("RPUSH", "l", "1", "2")
    client.reply("SET", "s1", "x")
    client.reply("HSET", "h2", "f", "y")
    assert client.reply("SORT", "l", "GET", "s*", "GET", "h*->f") == [b"x", None, None, b"y"]
    assert client.reply("SORT", "l", "GET", "h*", "GET", "s*->f", "LIMIT", "0", "1") == [None, None]


def test_a_stored_result_is_a_list_without_nulls() -> None:
    client = InProcess()
    client.reply("SADD", "s", "2", "1")
    assert client.reply("SORT", "s", "GET", "#", "GET", "nokey*", "STORE", "s") == 4
    assert client.reply("LRANGE", "s", "0", "-1") == [b"1", b"", b"2", b""]
