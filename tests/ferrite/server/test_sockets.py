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


@pytest.mark.parametrize(
    ("soft", "hard", "room", "soft_then"),
    [(5000, 5000, 1000, 5000), (300, 4096, 1000, 1128), (300, 600, 472, 600), (64, 64, 1, 64)],
)
def test_the_limit_of_open_files_is_raised_or_clients_are_fewer(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, room: int, soft_then: int
) -> None:
    limits = [soft, hard]
    monkeypatch.setattr(sockets.resource, "getrlimit", lambda _: tuple(limits))
    monkeypatch.setattr(
        sockets.resource, "setrlimit", lambda _, new: limits.__setitem__(slice(2), new)
    )
    assert sockets.room_for_clients(1000) == room
    assert limits == [soft_then, hard]


def test_clients_are_fewer_where_the_limit_cannot_be_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: Any) -> None:
        raise ValueError("not permitted")

    monkeypatch.setattr(sockets.resource, "getrlimit", lambda _: (300, 4096))
    monkeypatch.setattr(sockets.resource, "setrlimit", refuse)
    assert sockets.room_for_clients(1000) == 172
