from __future__ import annotations

from ferrite.errors import CommandError
from tests.support.in_process import InProcess


def test_the_table_has_a_limit() -> None:
    client = InProcess()
    client.reply("CONFIG", "SET", "proto-max-bulk-len", "1mb")
    client.reply("MSET", "a", b"x" * 600, "b", b"y" * 600)
    reply = client.reply("LCS", "a", "b")
    assert isinstance(reply, CommandError)
    assert reply.text.startswith("ERR Insufficient memory")
