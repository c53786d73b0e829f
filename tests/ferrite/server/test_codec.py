from __future__ import annotations

import sys

import pytest

from ferrite.limits import ProtocolLimits
from ferrite.server.codec import PYTHON, choose_codec
from tests.support.require import require


def test_the_native_one_where_it_was_built() -> None:
    require("native")
    codec = choose_codec()
    assert codec.name == "native"
    assert codec.make_parser(ProtocolLimits()).feed(b"PING\r\n") == [[b"PING"]]
    assert codec.encode_all([1, b"a", "OK", None, 2], 2) == b":1\r\n$1\r\na\r\n+OK\r\n$-1\r\n:2\r\n"


def test_the_python_one_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("ferrite.native.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ferrite.native._transcoder", None)
    codec = choose_codec()
    assert codec is PYTHON
    assert codec.name == "python"
    assert codec.make_parser(ProtocolLimits()).feed(b"PING\r\n") == [[b"PING"]]
