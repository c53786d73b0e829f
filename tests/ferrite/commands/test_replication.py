from __future__ import annotations

from ferrite.errors import CommandError
from tests.support.in_process import InProcess


def test_a_master_without_replicas() -> None:
    client = InProcess()
    assert client.reply("ROLE") == [b"master", 0, []]
    assert client.reply("WAIT", "0", "0") == 0
    assert client.reply("REPLICAOF", "NO", "ONE") == "OK"
    for words in (("REPLICAOF", "h", "1"), ("SLAVEOF", "h", "1"), ("CLUSTER", "NODES")):
        assert isinstance(client.reply(*words), CommandError)
