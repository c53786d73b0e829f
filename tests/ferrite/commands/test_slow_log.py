from __future__ import annotations

from ferrite.errors import CommandError
from tests.support.in_process import InProcess


def test_entries() -> None:
    client = InProcess(now=lambda: 7000)
    for number in range(12):
        client.state.slow_log.add(client.session, [b"GET", b"%d" % number], number)
    assert client.reply("SLOWLOG", "LEN") == 12
    entries = client.reply("SLOWLOG", "GET")
    assert isinstance(entries, list)
    assert len(entries) == 10
    assert entries[0] == [11, 7, 11, [b"GET", b"11"], b"127.0.0.1:1", b""]
    assert len(client.reply("SLOWLOG", "GET", "-1")) == 12  # type: ignore[arg-type]
    assert isinstance(client.reply("SLOWLOG", "GET", "-2"), CommandError)
    assert client.reply("SLOWLOG", "RESET") == "OK"
    assert client.reply("SLOWLOG", "LEN") == 0
