"""Scripts of several clients: `name> COMMAND argument ...` on each line, played on any server.

After each line every client is asked for what it has been sent by then: a PING with a text of its
own comes back behind it. Clients are made when they are first named; `name:3>` speaks RESP3.
"""

from __future__ import annotations

import shlex
import socket
from typing import Any

from ferrite.protocol.replies import Push
from ferrite.protocol.reply_parser import ReplyParser
from tests.support.waiting import SECONDS_MAX

MARK = b"nothing more"


class NamedClient:
    """One connection of a script."""

    def __init__(self, port: int, protocol: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX)
        self._parser = ReplyParser()
        self._replies: list[Any] = []
        self._queueing = False
        if protocol == 3:
            self.send([b"HELLO", b"3"])
            self._next()

    def send(self, words: list[bytes]) -> None:
        bulks = b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
        self._socket.sendall(b"*%d\r\n%b" % (len(words), bulks))

    def play(self, words: list[bytes]) -> list[Any]:
        self.send(words)
        name = words[0].upper()
        if name == b"MULTI" or (self._queueing and name not in (b"EXEC", b"DISCARD", b"RESET")):
            self._queueing = True
            return [_shown(self._next())]
        self._queueing = False
        return self.messages()

    def messages(self) -> list[Any]:
        """What has come until now."""
        if self._queueing:
            return []
        self.send([b"PING", MARK])
        found: list[Any] = []
        while True:
            reply = self._next()
            if reply == MARK or (isinstance(reply, list) and reply == [b"pong", MARK]):
                return found
            found.append(("push", list(reply)) if isinstance(reply, Push) else _shown(reply))

    def _next(self) -> Any:
        while not self._replies:
            data = self._socket.recv(1 << 16)
            if not data:
                raise ConnectionError("closed")
            self._replies += self._parser.feed(data)
        return self._replies.pop(0)

    def close(self) -> None:
        self._socket.close()


def _shown(reply: Any) -> Any:
    if isinstance(reply, Exception):
        return ("error", str(reply))
    return [_shown(item) for item in reply] if isinstance(reply, list) else reply


def play(port: int, script: str) -> list[tuple[str, list[Any]]]:
    """All that came, by line and client."""
    clients: dict[str, NamedClient] = {}
    log: list[tuple[str, list[Any]]] = []
    try:
        for line in filter(None, map(str.strip, script.splitlines())):
            name, _, command = line.partition("> ")
            if name not in clients:
                clients[name] = NamedClient(port, 3 if name.endswith(":3") else 2)
            words = [word.encode() for word in shlex.split(command)]
            log.append((line, clients[name].play(words)))
            for other, client in clients.items():
                messages = client.messages() if other != name else []
                if messages:
                    log.append((f"{line} -> {other}", messages))
    finally:
        for client in clients.values():
            client.close()
    return log
