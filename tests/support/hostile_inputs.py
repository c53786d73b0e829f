"""What no client should send, for any server with any plugin: `withstands(port, commands)`.

Rule: every input is answered by one clean reply: any value, or an error that begins with a code,
has one line and shows nothing of Python. After each command another client's PING is answered, and
the connection that sent all this is still in step. What a command does with its input is its own
affair; tests of the plugin itself judge that.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ferrite.errors import CommandError
from tests.support.plugin_server import Client

KEYS = {
    "string": ("SET", "hostile:string", "text"),
    "number": ("SET", "hostile:number", "9223372036854775807"),
    "list": ("RPUSH", "hostile:list", "a", "b"),
    "hash": ("HSET", "hostile:hash", "f", "v"),
    "set": ("SADD", "hostile:set", "a"),
    "zset": ("ZADD", "hostile:zset", "1", "a"),
}
VALUES = [
    b"", b"\0", b"\xff\xfe\xfd", bytes(range(256)), b"\r\n", b"$-1\r\n*2\r\n", b"\xc3\x28",
    b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"-1", b"0", b"9223372036854775808", b"9" * 400,
    b"1e999", b"nan", b"-inf", b"0x10", b" 1", b"1_000", b"%s%n%x", b"../../etc/passwd", b"*",
    b"[" * 5000, b'{"a":' * 1000, b'"\\ud800"', b"$..*", b"(" * 2000, b"x" * 65_537,
    b"y" * 1_100_000,
]  # fmt: skip
COUNTS = (0, 1, 2, 3, 4, 5, 7, 50, 5_000)
DECLARED_BYTES = 512 * 1024 * 1024
_CLEAN = re.compile(r"[A-Z][A-Z0-9_]+ [^\r\n]*")
_PYTHON = re.compile(
    r"Traceback|internal error|object at 0x|<class|\b[A-Z]\w+(Error|Exception)\b|NoneType"
)
_MARKS_SHOWN = 300


@dataclass(slots=True)
class Outcome:
    """What came back."""

    values: int = 0
    errors: int = 0

    def __str__(self) -> str:
        return f"{self.values} replies, {self.errors} errors"


def withstands(port: int, commands: Iterable[str], protocol: int = 3) -> Outcome:
    """Send everything to every command. Raises AssertionError that names command and input."""
    outcome = Outcome()
    client, other = Client(port, protocol), Client(port)
    try:
        for command in commands:
            for arguments in inputs():
                renew(other)
                reply = client.ask(command, *arguments)
                problem = unclean(reply)
                assert not problem, f"{command} {_shown(arguments)}: {problem}"
                if isinstance(reply, CommandError):
                    outcome.errors += 1
                else:
                    outcome.values += 1
            _cut_off(port, command)
            assert client.ask("ECHO", command) == command.encode(), f"{command}: out of step"
            assert other.ask("PING") == "PONG", command
    finally:
        client.close()
        other.close()
    return outcome


def inputs() -> Iterator[list[bytes]]:
    """Arguments: wrong counts, every value alone and at each of three places, keys of all types."""
    for count in COUNTS:
        yield [b"hostile:string"] * count
    for value in VALUES:
        yield [value]
        yield [value, value]
        yield [value, value, value]
        yield [b"hostile:new", value]
        yield [b"hostile:new", b"1", value]
        yield [b"hostile:new", value, b"1"]
    for name in KEYS:
        key = f"hostile:{name}".encode()
        yield [key]
        yield [key, b"1"]
        yield [key, b"f", b"v"]
        yield [key, key, key]
        yield [b"1", key]


def renew(client: Client) -> None:
    """Keys of every type, whatever has become of them."""
    client.ask("DEL", *(words[1] for words in KEYS.values()))
    for words in KEYS.values():
        client.ask(*words)


def unclean(reply: object) -> str:
    """What is wrong with a reply; empty where nothing is."""
    if isinstance(reply, CommandError):
        if _CLEAN.fullmatch(reply.text) is None:
            return f"an error without a code or of several lines: {reply.text[:_MARKS_SHOWN]!r}"
        found = _PYTHON.search(reply.text)
        return f"an error that shows {found[0]!r}: {reply.text[:_MARKS_SHOWN]}" if found else ""
    if isinstance(reply, dict):
        reply = [item for pair in reply.items() for item in pair]
    if isinstance(reply, list | tuple):
        return next(filter(None, map(unclean, reply)), "")
    return ""


def _cut_off(port: int, command: str) -> None:
    """Announce an argument of 512 MiB, or most of a request, and go."""
    head = f"*2\r\n${len(command)}\r\n{command}\r\n".encode()
    for rest in (b"$%d\r\nabc" % DECLARED_BYTES, b"$3\r\nab", b""):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as gone:
            gone.sendall(head + rest)
    with socket.create_connection(("127.0.0.1", port), timeout=30) as refused:
        refused.sendall(head + b"$%d\r\n" % (DECLARED_BYTES + 1))
        assert refused.recv(1000) == b"-ERR Protocol error: invalid bulk length\r\n"


def _shown(arguments: list[bytes]) -> str:
    shown = [repr(each[:40]) + ("..." if len(each) > 40 else "") for each in arguments[:4]]
    return f"{' '.join(shown)} ({len(arguments)} arguments)"
