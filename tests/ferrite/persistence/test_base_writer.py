from __future__ import annotations

from ferrite.persistence import base_writer
from ferrite.persistence.command_reader import read_commands
from tests.support.memory_files import MemoryFiles
from tests.support.simulated import SimulatedServer


def test_commands_that_build_every_type() -> None:
    server, twin = SimulatedServer(MemoryFiles()), SimulatedServer(MemoryFiles())
    for number in range(150):
        server.ask("RPUSH", "list", number)
        server.ask("SADD", "set", number)
        server.ask("SADD", "words", f"w{number}")
        server.ask("HSET", "hash", number, f"v{number}")
        server.ask("ZADD", "zset", number / 7, f"m{number}")
    server.ask("ZADD", "zset", "-inf", "low", "inf", "high")
    server.ask("SELECT", "3")
    server.ask("SET", "string", "s", "PX", "5000")
    pieces = list(base_writer.write(server.state.databases, timestamp=17))
    assert pieces[0] == b"#TS:17\r\n"
    requests = [request for _, request in read_commands(pieces)]
    assert max(map(len, requests)) == 2 + 2 * base_writer.ITEMS_MAX
    twin.replay(read_commands(pieces), 0)
    assert twin.contents() == server.contents()


def test_nothing() -> None:
    server = SimulatedServer(MemoryFiles())
    assert b"".join(base_writer.write(server.state.databases)) == b""
