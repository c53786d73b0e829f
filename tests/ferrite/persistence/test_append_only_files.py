from __future__ import annotations

import re

import pytest

from ferrite.errors import StartError
from ferrite.keyspace.databases import Databases
from ferrite.persistence import rdb
from ferrite.protocol.encoder import encode
from tests.support.memory_files import Inode, MemoryFiles
from tests.support.simulated import SimulatedServer

FOLDER = "/data/appendonlydir/"
INCREMENT = f"{FOLDER}appendonly.aof.1.incr.aof"
MANIFEST = f"{FOLDER}appendonly.aof.manifest"


def resp(*lines: str) -> bytes:
    return b"".join(encode([word.encode() for word in line.split()], 2) for line in lines)


def disk(increment: bytes, **more: bytes) -> MemoryFiles:
    files = MemoryFiles()
    contents = {INCREMENT: increment, MANIFEST: b"file appendonly.aof.1.incr.aof seq 1 type i\n"}
    for path, content in {**contents, **more}.items():
        files.names[path] = Inode(content)
    return files


def snapshot() -> bytes:
    databases = Databases()
    databases[0].set(b"k", b"v")
    return b"".join(rdb.write(databases, {}))


def test_the_files_in_their_order() -> None:
    files = disk(resp("SELECT 2", "INCR a"))
    files.names[f"{FOLDER}base"] = Inode(snapshot())
    files.names[f"{FOLDER}i 2"] = Inode(resp("INCR k2", "SET a b"))
    files.names[MANIFEST] = Inode(
        b"file base seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n"
        b'file "i 2" seq 2 type i\n'
    )
    server = SimulatedServer(files)
    assert server.ask("GET", "k") == b"v"
    server.ask("SELECT", "2")
    assert server.ask("MGET", "a", "k2") == [b"b", b"1"]


def test_commands_behind_a_snapshot_in_one_file() -> None:
    server = SimulatedServer(disk(snapshot() + resp("APPEND k w")))
    assert server.ask("GET", "k") == b"vw"


def test_a_key_lives_till_its_last_command_is_read() -> None:
    server = SimulatedServer(
        disk(resp("SET a 1 PXAT 1000", "INCR a", "PERSIST a", "SET b 1 PXAT 9"))
    )
    assert server.ask("MGET", "a", "b") == [b"2", None]


def test_no_end_is_cut() -> None:
    good = resp("SET a 1")
    server = SimulatedServer(disk(good + resp("SET a 2")[:-1]))
    assert server.ask("GET", "a") == b"1"
    assert server.increment() == good


@pytest.mark.parametrize("tail", [["MULTI", "SET a 2"], ["MULTI", "SET a 2", "SET b 2"]])
@pytest.mark.parametrize("cut", [0, 3])
def test_a_transaction_without_an_end_has_never_been(tail: list[str], cut: int) -> None:
    good, more = resp("SET a 1"), resp(*tail)
    server = SimulatedServer(disk(good + more[: len(more) - cut]))
    assert server.ask("MGET", "a", "b") == [b"1", None]
    assert server.increment() == good


def test_no_end_is_refused_on_request() -> None:
    with pytest.raises(StartError, match="Unexpected end of file reading the append only file"):
        SimulatedServer(disk(resp("SET a 1")[:-1]), aof_load_truncated=False)


def test_no_end_in_front_of_another_file() -> None:
    files = disk(resp("SET a 1")[:-1])
    files.names[f"{FOLDER}2"] = Inode(b"")
    files.names[MANIFEST].content += b"file 2 seq 2 type i\n"
    with pytest.raises(StartError, match="is not the last file"):
        SimulatedServer(files)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (resp("SET a 1") + b"!!!" + resp("SET a 1"), "a command begins with '*' at byte 27"),
        (resp("SET a 1", "BLA a"), "Unknown command 'BLA' reading the append only file at byte 27"),
        (b"REDIS0010" + b"x" * 30, "at byte"),
    ],
)
def test_garbage_names_file_place_and_cure(text: bytes, reason: str) -> None:
    wanted = f"{INCREMENT}: .*{re.escape(reason)}.*redis-check-aof --fix {MANIFEST}"
    with pytest.raises(StartError, match=wanted):
        SimulatedServer(disk(text))


def test_a_file_that_is_not_there() -> None:
    files = disk(b"")
    del files.names[INCREMENT]
    with pytest.raises(StartError, match=r"appendonly\.aof\.1\.incr\.aof .*: No such file"):
        SimulatedServer(files)


def test_a_bad_manifest() -> None:
    files = disk(b"")
    files.names[MANIFEST] = Inode(b"x\n")
    with pytest.raises(StartError, match="manifest: line 1: Invalid AOF manifest file format"):
        SimulatedServer(files)


OLD = "/data/appendonly.aof"


@pytest.mark.parametrize("begun", [False, True])
def test_the_file_of_an_older_redis_becomes_the_base(begun: bool) -> None:
    files = MemoryFiles()
    files.names[OLD] = Inode(resp("SET a 1"))
    if begun:
        files.names[MANIFEST] = Inode(b"file appendonly.aof seq 1 type b\n")
    server = SimulatedServer(files)
    assert server.ask("GET", "a") == b"1"
    assert OLD not in files.names
    assert files.read(MANIFEST) == (
        b"file appendonly.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n"
    )


def test_an_old_file_beside_a_whole_folder_stays() -> None:
    files = disk(resp("SET a 2"))
    files.names[OLD] = Inode(resp("SET a 1"))
    assert SimulatedServer(files).ask("GET", "a") == b"2"
    assert OLD in files.names
