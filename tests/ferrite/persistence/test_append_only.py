from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.persistence.append_only import State
from tests.support.memory_files import MemoryFiles
from tests.support.served import served
from tests.support.simulated import SimulatedServer


def names(files: MemoryFiles) -> list[str]:
    return sorted(name.rpartition("/")[2] for name in files.names)


def manifest(files: MemoryFiles) -> list[str]:
    text = files.read("/data/appendonlydir/appendonly.aof.manifest")
    assert text is not None
    return text.decode().splitlines()


def again(server: SimulatedServer, **options: object) -> SimulatedServer:
    return SimulatedServer(server.files.after_crash(), loop=server.loop, **options)


@pytest.mark.parametrize(("rdb", "kind"), [(True, "rdb"), (False, "aof")])
def test_the_start_from_nothing(rdb: bool, kind: str) -> None:
    server = SimulatedServer(MemoryFiles(), aof_use_rdb_preamble=rdb)
    assert names(server.files) == [
        f"appendonly.aof.1.base.{kind}", "appendonly.aof.1.incr.aof", "appendonly.aof.manifest",
    ]  # fmt: skip
    assert manifest(server.files) == [
        f"file appendonly.aof.1.base.{kind} seq 1 type b",
        "file appendonly.aof.1.incr.aof seq 1 type i",
    ]


def test_what_is_written_is_loaded() -> None:
    server = SimulatedServer(MemoryFiles())
    server.ask("SET", "a", "1")
    server.ask("RPUSH", "l", "1", "2")
    found = again(server)
    assert found.contents() == server.contents()
    found.ask("SET", "b", "2")
    assert again(found).contents() == found.contents()
    assert manifest(found.files)[1:] == ["file appendonly.aof.1.incr.aof seq 1 type i"]


@pytest.mark.parametrize("rdb", [True, False])
def test_a_rewrite(rdb: bool) -> None:
    server = SimulatedServer(MemoryFiles(), aof_use_rdb_preamble=rdb)
    for number in range(200):
        server.ask("SET", "a", number)
        server.ask("RPUSH", "l", number)
    server.ask("ZADD", "z", "0.1", "m")
    server.ask("EXPIRE", "z", "100")
    before = server.state.append_only.size
    assert str(server.ask("BGREWRITEAOF")).endswith("started")
    server.ask("SET", "after", "1")
    kind = "rdb" if rdb else "aof"
    assert names(server.files) == [
        f"appendonly.aof.2.base.{kind}", "appendonly.aof.2.incr.aof", "appendonly.aof.manifest",
    ]  # fmt: skip
    assert server.state.append_only.size < before
    assert again(server).contents() == server.contents()


def test_the_file_is_rewritten_when_it_has_grown() -> None:
    server = SimulatedServer(MemoryFiles(), auto_aof_rewrite_min_size=1000)
    append_only = server.state.append_only
    append_only.tick()
    assert append_only.rewrites == 0
    for number in range(40):
        server.ask("SET", "a", number)
    server.state.databases.journal.begin()
    append_only.tick()
    server.state.databases.journal.rollback()
    assert append_only.rewrites == 0
    append_only.tick()
    assert append_only.rewrites == 1
    append_only.tick()
    assert append_only.rewrites == 1


def test_rewrites_that_fail_leave_their_increments() -> None:
    server = SimulatedServer(MemoryFiles())
    server.ask("SET", "a", "1")
    server.files.refused = "temp-rewriteaof"
    for _ in range(2):
        server.ask("BGREWRITEAOF")
        server.ask("INCR", "a")
    server.files.refused = ""
    assert [line.split()[1] for line in manifest(server.files)] == [
        "appendonly.aof.1.base.rdb", "appendonly.aof.1.incr.aof", "appendonly.aof.2.incr.aof",
        "appendonly.aof.3.incr.aof",
    ]  # fmt: skip
    assert not server.state.append_only.last_rewrite_succeeded
    assert server.state.append_only.failures == 2
    assert again(server).contents() == server.contents()
    server.ask("BGREWRITEAOF")
    assert [line.split()[1] for line in manifest(server.files)] == [
        "appendonly.aof.2.base.rdb", "appendonly.aof.4.incr.aof",
    ]  # fmt: skip


def test_turned_on_and_off() -> None:
    server = SimulatedServer(MemoryFiles(), appendonly=False)
    server.ask("SET", "a", "1")
    assert names(server.files) == []
    assert server.ask("CONFIG", "SET", "appendonly", "yes") == "OK"
    server.ask("SET", "b", "1")
    assert again(server, appendonly=True).contents() == server.contents()
    server.ask("CONFIG", "SET", "appendonly", "no")
    assert server.state.append_only.state is State.OFF
    server.ask("SET", "c", "1")
    server.ask("BGREWRITEAOF")
    assert manifest(server.files) == ["file appendonly.aof.2.base.rdb seq 2 type b"]
    server.ask("CONFIG", "SET", "appendonly", "yes")
    assert [line.split()[1] for line in manifest(server.files)] == [
        "appendonly.aof.3.base.rdb", "appendonly.aof.2.incr.aof",
    ]  # fmt: skip
    server.ask("SET", "d", "1")
    assert again(server, appendonly=True).contents() == server.contents()


def test_turned_on_within_a_transaction() -> None:
    server = SimulatedServer(MemoryFiles(), appendonly=False)
    server.ask("MULTI")
    server.ask("SET", "a", "1")
    server.ask("CONFIG", "SET", "appendonly", "yes")
    server.ask("INCR", "a")
    server.ask("EXEC")
    assert server.state.append_only.scheduled
    assert server.state.append_only.state is State.WAITING
    server.state.append_only.tick()
    server.ask("INCR", "a")
    assert again(server, appendonly=True).contents() == server.contents()


def test_the_history_is_kept_on_request() -> None:
    server = SimulatedServer(MemoryFiles())
    server.ask("CONFIG", "SET", "aof-disable-auto-gc", "yes")
    server.ask("BGREWRITEAOF")
    assert len(names(server.files)) == 5
    assert [line.split()[-1] for line in manifest(server.files)] == ["b", "h", "h", "i"]
    server.ask("CONFIG", "SET", "aof-disable-auto-gc", "no")
    assert len(names(server.files)) == 3


def test_a_disk_without_room_refuses_writes_till_there_is_some() -> None:
    server = SimulatedServer(MemoryFiles(), appendfsync="always")
    server.ask("SET", "a", "1")
    server.files.free_bytes = 0
    server.ask("SET", "a", "2")
    assert server.written == [True, False]
    for request in (("SET", "a", "3"), ("PING",)):
        assert server.error(*request) == (
            "MISCONF Errors writing to the AOF file: No space left on device"
        )
    assert server.ask("GET", "a") == b"2"
    assert "aof_last_write_status:err" in str(server.ask("INFO", "persistence"))
    server.files.free_bytes = None
    server.loop.sleep(1000)
    assert server.ask("SET", "b", "1") == "OK"
    assert again(server).contents() == server.contents()


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").write_text("no folder")
    with served("--dir", str(tmp_path)) as server:
        peer = server.peer()
        peer.send(b"CONFIG SET appendonly yes\r\n")
        assert peer.reply().text.endswith(
            "'appendonly') - Unable to turn on AOF. Check server logs."
        )
        assert peer.ask("CONFIG GET appendonly") == [b"appendonly", b"no"]
        assert peer.ask("SET a 1") == "OK"


def test_the_end_of_the_server(tmp_path: Path) -> None:
    with served("--dir", str(tmp_path), "--appendonly", "yes", "--appendfsync", "no") as server:
        peer = server.peer()
        assert peer.ask("SET a 1") == "OK"
        assert peer.ask("BGREWRITEAOF").endswith("started")
        assert peer.ask("SET b 2") == "OK"
    with served("--dir", str(tmp_path), "--appendonly", "yes") as server:
        assert server.peer().ask("MGET a b") == [b"1", b"2"]
        assert not list(tmp_path.glob("temp-*"))
