from __future__ import annotations

import pytest

from ferrite.persistence.command_reader import read_commands
from ferrite.persistence.cursor import BadFormat
from ferrite.protocol.encoder import encode
from ferrite.replay import Replay
from tests.support.in_process import InProcess


def run(client: InProcess, *lines: str) -> Replay:
    replay = Replay(client.state)
    data = b"".join(encode([word.encode() for word in line.split()], 2) for line in lines)
    replay(read_commands([data], 100), 100)
    return replay


def test_no_gate_is_passed() -> None:
    client = InProcess()
    client.reply("ACL", "SETUSER", "default", "-@all", "+get")
    run(client, "set a 1", "SORT l BY w_* STORE m", "SELECT 3", "set b 2")
    assert client.state.databases[0].get(b"a") == b"1"
    assert client.state.databases[3].get(b"b") == b"2"


def test_a_command_that_is_refused_does_not_end_it() -> None:
    client = InProcess()
    assert run(client, "SET a x", "INCR a", "GET", "SET b 1").executed == 4
    assert client.reply("GET", "b") == b"1"


def test_nothing_waits() -> None:
    client = InProcess()
    run(client, "BLPOP l 0", "RPUSH l 1")
    assert client.reply("LLEN", "l") == 1


def test_a_command_that_there_is_not() -> None:
    with pytest.raises(BadFormat, match=r"Unknown command 'XADD' .* at byte 127"):
        run(InProcess(), "SET a 1", "XADD s")
