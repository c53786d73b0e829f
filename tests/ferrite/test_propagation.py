"""What is logged of what is executed."""

from __future__ import annotations

import pytest

from ferrite.keyspace.container import RANDOM
from ferrite.persistence.command_reader import read_commands
from ferrite.propagation import as_it_is
from tests.support.memory_files import MemoryFiles
from tests.support.simulated import START_MS, SimulatedServer


def server() -> SimulatedServer:
    return SimulatedServer(MemoryFiles())


def logged(given: SimulatedServer, *lines: str) -> list[str]:
    """What requests add to the log, without SELECT 0."""
    before = len(given.increment())
    for line in lines:
        given.ask(*line.split())
    return [
        " ".join(word.decode("latin-1") for word in request)
        for _, request in read_commands([given.increment()[before:]])
        if request != [b"SELECT", b"0"]
    ]


@pytest.mark.parametrize(
    ("before", "request_", "entries"),
    [
        ([], "SET a 1", ["SET a 1"]),
        ([], "SET a 1 NX GET", ["SET a 1"]),
        (["SET a 1"], "SET a 2 NX", []),
        ([], "SET a 1 EX 10", [f"SET a 1 PXAT {START_MS + 10_000}"]),
        ([], "SET a 1 PXAT 1", ["DEL a"]),
        (["SET a 1 EX 9"], "SET a 2 KEEPTTL", [f"SET a 2 PXAT {START_MS + 9_000}"]),
        ([], "SETEX a 10 1", [f"SET a 1 PXAT {START_MS + 10_000}"]),
        ([], "PSETEX a 10 1", [f"SET a 1 PXAT {START_MS + 10}"]),
        (["SET a 1 EX 9"], "GETSET a 2", ["SET a 2"]),
        (["SET a 1"], "GETDEL a", ["DEL a"]),
        (["SET a 1"], "GETEX a", []),
        (["SET a 1"], "GETEX a EX 5", [f"PEXPIREAT a {START_MS + 5_000}"]),
        (["SET a 1 EX 5"], "GETEX a PERSIST", ["PERSIST a"]),
        (["SET a 1"], "EXPIRE a 10", [f"PEXPIREAT a {START_MS + 10_000}"]),
        (["SET a 1"], "EXPIRE a -1", ["DEL a"]),
        (["SET a 1"], "EXPIRE a 10 XX", []),
        (["SET a 1"], "EXPIREAT a 9999999999", ["PEXPIREAT a 9999999999000"]),
        ([], "EXPIRE a 10", []),
        ([], "INCR a", ["INCR a"]),
        ([], "INCRBYFLOAT a 1.5", ["SET a 1.5"]),
        ([], "HINCRBYFLOAT h f 0.1", ["HSET h f 0.1"]),
        ([], "MSET a 1 b 2", ["MSET a 1 b 2"]),
        (["SET a 1"], "MSETNX a 1 b 2", []),
        (["RPUSH l 1 2 3"], "LPOP l", ["LPOP l"]),
        ([], "LPOP l", []),
        (["RPUSH l 1 2 3"], "LMPOP 2 k l RIGHT COUNT 2", ["RPOP l 2"]),
        (["RPUSH l 1 2 3"], "BLMPOP 0 2 k l LEFT COUNT 9", ["LPOP l 3"]),
        (["RPUSH l 1 2 3"], "BLPOP k l 0", ["LPOP l"]),
        (["RPUSH l 1 2 3"], "BRPOP k l 0", ["RPOP l"]),
        (["RPUSH l 1"], "BLMOVE l m LEFT RIGHT 0", ["LMOVE l m LEFT RIGHT"]),
        (["RPUSH l 1"], "BRPOPLPUSH l m 0", ["RPOPLPUSH l m"]),
        (["ZADD z 1 a 2 b"], "ZMPOP 2 k z MAX COUNT 9", ["ZPOPMAX z 2"]),
        (["ZADD z 1 a 2 b"], "BZMPOP 0 1 z MIN", ["ZPOPMIN z 1"]),
        (["ZADD z 1 a 2 b"], "BZPOPMIN z 0", ["ZPOPMIN z"]),
        (["ZADD z 1 a 2 b"], "BZPOPMAX z 0", ["ZPOPMAX z"]),
        (["SADD s 1"], "SPOP s", ["DEL s"]),
        (["SADD s 1 2"], "SPOP s 5", ["DEL s"]),
        (["SADD s 1"], "SADD s 1", []),
        (["RPUSH l 2 1"], "SORT l", []),
        (["RPUSH l 2 1"], "SORT l STORE m", ["SORT l STORE m"]),
        (["SET a 1"], "COPY a b DB 3", ["COPY a b DB 3"]),
        ([], "COPY a b", []),
        (["SET a 1"], "MOVE a 3", ["MOVE a 3"]),
        (["SET a 1"], "RENAME a b", ["RENAME a b"]),
        ([], "FLUSHDB", ["FLUSHDB"]),
        ([], "FLUSHALL ASYNC", ["FLUSHALL ASYNC"]),
        ([], "SWAPDB 0 1", ["SWAPDB 0 1"]),
        (["SET a x"], "INCR a", []),
        (["SET a x"], "LPUSH a 1", []),
        ([], "PUBLISH c m", []),
    ],
)
def test_one_command(before: list[str], request_: str, entries: list[str]) -> None:
    given = server()
    logged(given, *before)
    assert logged(given, request_) == entries


def test_chance_is_written_down() -> None:
    RANDOM.seed(1)
    given = server()
    logged(given, "SADD s 1 2 3 4")
    (one,) = logged(given, "SPOP s")
    (two,) = logged(given, "SPOP s 2")
    assert one.startswith("SREM s ")
    assert two.startswith("SREM s ")
    assert len(two.split()) == 4
    left = given.ask("SMEMBERS", "s")
    assert len(left) == 1  # type: ignore[arg-type]
    assert {*one.split()[2:], *two.split()[2:]} == {"1", "2", "3", "4"} - {left[0].decode()}  # type: ignore[index,call-overload,union-attr]


def test_restore_with_its_moment() -> None:
    given = server()
    logged(given, "RPUSH l 1")
    payload = given.ask("DUMP", "l")
    before = len(given.increment())
    given.ask("RESTORE", "m", 1000, payload)  # type: ignore[arg-type]
    ((_, entry),) = read_commands([given.increment()[before:]])
    assert entry == [
        b"RESTORE", b"m", b"%d" % (START_MS + 1000), payload, b"REPLACE", b"ABSTTL",
    ]  # fmt: skip


def test_the_database_is_selected() -> None:
    given = server()
    assert logged(given, "SELECT 3", "SET a 1", "SET b 1", "SELECT 0", "SET a 1") == [
        "SELECT 3", "SET a 1", "SET b 1", "SET a 1",
    ]  # fmt: skip


def test_transactions() -> None:
    given = server()
    assert logged(given, "MULTI", "GET a", "EXEC") == []
    assert logged(given, "MULTI", "GET a", "SET a 1", "EXEC") == ["SET a 1"]
    assert logged(given, "MULTI", "SET a 1", "SELECT 2", "SET a 2", "LPUSH a 1", "EXEC") == [
        "MULTI", "SET a 1", "SELECT 2", "SET a 2", "EXEC",
    ]  # fmt: skip


def test_dead_keys() -> None:
    given = server()
    logged(given, "SET a 1 PX 5", "SET b 1 PX 5")
    given.loop.sleep(10)
    assert logged(given, "BLPOP a 0.1") == ["DEL a"]
    before = len(given.increment())
    given.state.expire_due()
    given.loop.end_turn()
    assert given.increment()[before:] == b"*2\r\n$3\r\nDEL\r\n$1\r\nb\r\n"


def test_evicted_keys() -> None:
    given = server()
    logged(given, "SET a 1")
    before = len(given.increment())
    given.state.databases[0].evict(b"a")
    given.loop.end_turn()
    assert given.increment()[before:] == b"*2\r\n$3\r\nDEL\r\n$1\r\na\r\n"


def test_who_waits_pops_behind_who_pushes() -> None:
    given = server()
    given.reply("BLPOP", "l", "0", client=1)
    assert logged(given, "RPUSH l 1 2") == ["RPUSH l 1 2", "LPOP l"]


def test_the_undo_journal_is_logged_when_it_is_committed() -> None:
    given = server()
    logged(given, "RPUSH l 1", "SET gone 1")
    keyspace, journal = given.state.databases[0], given.state.databases.journal
    before = len(given.increment())
    journal.begin()
    keyspace.set(b"a", b"1")
    journal.begin()
    keyspace.set(b"b", b"1")
    journal.rollback()
    keyspace.delete(b"gone")
    given.ask("RPUSH", "l", "2")
    assert len(given.increment()) == before
    journal.commit()
    given.loop.end_turn()
    entries = [request for _, request in read_commands([given.increment()[before:]])]
    assert [entry[:2] for entry in entries] == [
        [b"MULTI"], [b"SET", b"a"], [b"DEL", b"gone"], [b"RESTORE", b"l"], [b"EXEC"],
    ]  # fmt: skip


def test_commands_that_explain_every_change_are_logged_as_they_are() -> None:
    given = server()
    logged(given, "RPUSH l 1 2 3", "SET dead 1 PX 1")
    given.loop.sleep(10)
    journal = given.state.databases.journal
    before = len(given.increment())
    journal.begin()
    given.ask("RPUSH", "l", "4")
    given.ask("SPOP", "nothing")
    journal.begin()
    given.ask("LPOP", "l")
    journal.begin()
    given.ask("SET", "inner", "1")
    journal.commit()
    journal.rollback()
    given.ask("GET", "dead")
    journal.begin()
    given.ask("INCRBYFLOAT", "f", "0.5")
    journal.commit()
    journal.commit()
    given.loop.end_turn()
    entries = [request for _, request in read_commands([given.increment()[before:]])]
    assert entries == [
        [b"MULTI"], [b"RPUSH", b"l", b"4"], [b"DEL", b"dead"], [b"SET", b"f", b"0.5"], [b"EXEC"],
    ]  # fmt: skip


def test_a_part_says_what_it_wrote_without_a_command() -> None:
    given = server()
    logged(given, "SET a 0")
    journal, keyspace = given.state.databases.journal, given.state.databases[0]
    before = len(given.increment())
    journal.begin()
    keyspace.set(b"a", b"1")
    given.state.propagation.wrote(keyspace, [b"SET", b"a", b"1"])
    journal.commit()
    given.loop.end_turn()
    entries = [request for _, request in read_commands([given.increment()[before:]])]
    assert entries == [[b"SET", b"a", b"1"]]


def test_what_is_rolled_back_is_not_logged() -> None:
    given = server()
    before, journal = given.increment(), given.state.databases.journal
    journal.begin()
    given.ask("SET", "a", "1")
    journal.rollback()
    given.loop.end_turn()
    assert given.increment() == before


def test_a_key_as_it_is() -> None:
    keyspace = server().state.databases[0]
    assert as_it_is(keyspace, b"k") == [b"DEL", b"k"]
    keyspace.set(b"k", b"v")
    assert as_it_is(keyspace, b"k") == [b"SET", b"k", b"v"]


def test_nothing_is_logged_once_it_is_off() -> None:
    given = server()
    given.ask("CONFIG", "SET", "appendonly", "no")
    assert given.state.logged is None
    assert given.state.databases.journal.observer is None
    assert given.state.databases[0].on_loss is None
