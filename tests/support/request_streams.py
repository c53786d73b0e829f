"""Request streams for tests of the two parsers: what a client may send, and what it must not."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise


def request(*arguments: bytes) -> bytes:
    """One request as clients send it."""
    bulks = b"".join(b"$%d\r\n%b\r\n" % (len(argument), argument) for argument in arguments)
    return b"*%d\r\n%b" % (len(arguments), bulks)


WELL_FORMED: tuple[bytes, ...] = (
    request(b"PING"),
    request(b"SET", b"key", b"value"),
    request(b"SET", b"", b""),
    request(b"SET", b"nul\0\r\n", b"\r\n$5\r\n*1\r\n\xff\xfe"),
    request(b"set", b"a", b"x" * 300),
    request(b"GET", b"k" * 17) * 3 + request(b"SET", b"k", b"v") + request(b"GET", b"k"),
    b"*0\r\n*-1\r\n*-9223372036854775808\r\n\r\n\n   \r\n" + request(b"PING"),
    b"PING\r\n",
    b"PING\n",
    b"SET key 'it\\'s' \"a\\x41\\n\\q\\\"\"\r\n",
    b"a\vb \f\vc\t\td\r\r\n",
    b"'' \"\"\r\n" + request(b"PING"),
    request(b"A") + b"inline words\r\n" + request(b"A") + request(b"B") + b"x\r\n" + request(b"B"),
    b"*1\r?$4\r?PING??",
    b"*2\r\n$3\r\nGET\r\n$0000\r\n",
)
"""Streams that no parser stumbles over, but for the last."""

BROKEN: tuple[bytes, ...] = (
    b"*abc\r\n",
    b"*\r\n",
    b"*+1\r\n",
    b"* 1\r\n",
    b"*01\r\n",
    b"*-0\r\n",
    b"*1x\r\n",
    b"*2147483648\r\n",
    b"*9223372036854775808\r\n",
    b"*99999999999999999999\r\n",
    b"*-9223372036854775809\r\n",
    b"*1\r\n!4\r\nPING\r\n",
    b"*1\r\n\r\n",
    b"*1\r\n\xff\r\n",
    b"*1\r\n$\r\n",
    b"*1\r\n$-1\r\n",
    b"*1\r\n$abc\r\n",
    b"*1\r\n$536870913\r\n",
    b"*1\r\n$9223372036854775807\r\n",
    b"*1\r\n$18446744073709551616\r\n",
    b"*3\r\n$3\r\nSET\r\n$1\r\nx\r\nvalue\r\n",
    b"SET 'a\r\n",
    b'SET "a\r\n',
    b"SET 'a'b\r\n",
    b'SET "a"b\r\n',
    b'SET "a\\"\r\n',
    b"SET 'a\\'\r\n",
    b'"\\',
    b"*1\0\r\n",
    b"PI\0NG\r\n",
    request(b"PING") + b"*1\r\n$x\r\n" + request(b"PING"),
    b'PING\r\n"unbalanced\r\nPING\r\n',
)
"""Streams that end in an error, or in a line whose end a NUL hides."""


def mutated(stream: bytes, chance: random.Random) -> bytes:
    """The stream with some bytes changed, removed, inserted or repeated."""
    data = bytearray(stream)
    for _ in range(chance.randint(1, 4)):
        position = chance.randint(0, len(data))
        kind = chance.randrange(4)
        if kind == 0 and position < len(data):
            data[position] = chance.choice(INTERESTING)
        elif kind == 1:
            del data[position : position + chance.randint(1, 3)]
        elif kind == 2:
            data.insert(position, chance.choice(INTERESTING))
        else:
            end = min(position + chance.randint(1, 20), len(data))
            data[position:position] = data[position:end]
    return bytes(data)


INTERESTING = b"*$\r\n\0 \"'\\0123456789-xXaA\t\v\xff"


def random_stream(chance: random.Random) -> bytes:
    """Some requests of any kind behind each other, now and then with a mistake."""
    pieces = chance.choices(WELL_FORMED, k=chance.randint(1, 5))
    if chance.random() < 0.3:
        pieces.insert(chance.randint(0, len(pieces)), chance.choice(BROKEN))
    stream = b"".join(pieces)
    return mutated(stream, chance) if chance.random() < 0.7 else stream


def cut(stream: bytes, places: Sequence[int]) -> list[bytes]:
    """The stream in pieces, cut at `places` (ascending)."""
    edges = [0, *places, len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


def random_cut(stream: bytes, chance: random.Random) -> list[bytes]:
    """The stream in up to eight pieces, some of them empty."""
    places = sorted(chance.randint(0, len(stream)) for _ in range(chance.randint(0, 7)))
    return cut(stream, places)
