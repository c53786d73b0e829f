from __future__ import annotations

import socket
from typing import Any

import pytest

from ferrite.commands import standard_registry
from ferrite.config import Config
from ferrite.server import sockets
from ferrite.state import ServerState


class Transport:
    def __init__(self, peer: Any, family: int = socket.AF_INET) -> None:
        self.info = {"peername": peer, "sockname": ("127.0.0.1", 1), "socket": self}
        self.family = family

    def get_extra_info(self, name: str) -> Any:
        return self.info[name]


@pytest.mark.parametrize(
    ("peer", "refused"),
    [
        (("127.0.0.1", 5), False),
        (("::1", 5, 0, 0), False),
        (("::ffff:127.0.0.1", 5, 0, 0), False),
        (("fe80::1%eth0", 5, 0, 0), True),
        (("10.0.0.1", 5), True),
    ],
)
def test_protected_mode(peer: Any, refused: bool) -> None:
    state = ServerState(Config(), standard_registry())
    answer = sockets.refusal(state, Transport(peer))
    assert (answer is not None) is refused
    assert answer is None or answer.text.startswith("DENIED ")
    state.config.directives["requirepass"].set("x")
    assert sockets.refusal(state, Transport(peer)) is None
    state.config.directives["requirepass"].set("")
    state.config.redis.protected_mode = False
    assert sockets.refusal(state, Transport(peer)) is None


def test_addresses() -> None:
    assert sockets.addresses(Transport(("::1", 5, 0, 0))) == ("[::1]:5", "127.0.0.1:1")
    unix = Transport("", socket.AF_UNIX)
    unix.info["sockname"] = "/tmp/s"
    assert sockets.addresses(unix) == ("/tmp/s:0", "/tmp/s:0")
    assert sockets.is_unix(unix)
