from __future__ import annotations

from ferrite.errors import CommandError
from tests.support.in_process import InProcess


def test_there_are_no_functions_to_flush() -> None:
    client = InProcess()
    assert client.reply("FUNCTION", "FLUSH") == "OK"
    assert client.reply("FUNCTION", "FLUSH", "sync") == "OK"
    assert isinstance(client.reply("FUNCTION", "FLUSH", "x"), CommandError)
