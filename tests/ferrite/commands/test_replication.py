from __future__ import annotations

from ferrite.errors import CommandError
from tests.support.in_process import InProcess


def test_a_server_without_replicas() -> None:
    client = InProcess()
    assert client.reply("WAIT", 3, 1000) == 0
    assert client.reply("ROLE") == [b"master", 0, []]
    assert client.reply("REPLICAOF", "no", "one") == "OK"
    for name in ("REPLICAOF", "SLAVEOF"):
        assert isinstance(client.reply(name, "localhost", 6379), CommandError)
    assert isinstance(client.reply("CLUSTER", "NODES"), CommandError)
