from __future__ import annotations

from ferrite.errors import CommandError
from tests.support.in_process import InProcess


def test_on_information_and_off() -> None:
    client = InProcess()
    assert client.reply("CLIENT", "GETREDIR") == -1
    assert client.reply("CLIENT", "TRACKING", "on", "optin", "noloop") == "OK"
    assert client.reply("CLIENT", "CACHING", "yes") == "OK"
    info = client.reply("CLIENT", "TRACKINGINFO")
    assert isinstance(info, dict)
    assert info[b"flags"] == [b"on", b"optin", b"caching-yes", b"noloop"]
    assert client.reply("CLIENT", "TRACKING", "off") == "OK"
    assert client.session.tracking is None


def test_options_that_contradict() -> None:
    client = InProcess()
    for words in (("PREFIX", "x"), ("BCAST", "OPTIN"), ("OPTIN", "OPTOUT"), ("REDIRECT", "99")):
        assert isinstance(client.reply("CLIENT", "TRACKING", "on", *words), CommandError)
    assert client.session.tracking is None
