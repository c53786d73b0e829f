"""A keyspace of every type, and what a server says it holds, whichever server that is."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from typing import Protocol

from tests.support.random_sessions import parsed


class Client(Protocol):
    def ask(self, *arguments: bytes) -> bytes: ...


KEYS = 100_000 if os.environ.get("FERRITE_SOAK") else 10_000
DATABASES = (b"0", b"3")
READ = {
    b"string": (b"GET",),
    b"list": (b"LRANGE", b"0", b"-1"),
    b"set": (b"SMEMBERS",),
    b"hash": (b"HGETALL",),
    b"zset": (b"ZRANGE", b"0", b"-1", b"WITHSCORES"),
}


def number(chance: random.Random) -> bytes:
    return b"%d" % chance.randrange(-(10 ** chance.randrange(1, 18)), 10**6)


def text(chance: random.Random) -> bytes:
    sizes = (0, 1, 8, 63, 64, 200)
    return chance.choice(
        [number(chance), chance.randbytes(chance.choice(sizes)), b"xyz" * chance.choice(sizes)]
    )


def command(index: int, chance: random.Random) -> list[bytes]:
    """A command that creates the key of an index, one type after the other."""
    key, many = b"key:%d" % index, chance.choice((1, 3, 20))
    match index % 6:
        case 0:
            return [b"SET", key, text(chance)]
        case 1:
            return [b"RPUSH", key, *(text(chance) for _ in range(many))]
        case 2:
            return [b"SADD", key, *(number(chance) for _ in range(many))]
        case 3:
            return [b"SADD", key, *(text(chance) for _ in range(many))]
        case 4:
            return [b"HSET", key, *(text(chance) for _ in range(2 * many))]
    scores = [b"1", b"-2.5", b"inf", b"-inf", b"1e300", b"0.1", b"123456789012"]
    members = [item for _ in range(many) for item in (chance.choice(scores), text(chance))]
    return [b"ZADD", key, *members]


def large() -> Iterator[list[bytes]]:
    numbers = [b"%d" % index for index in range(3000)]
    yield [b"RPUSH", b"large:list", *numbers, b"y" * 20_000, b"z" * 9_000]
    yield [b"SADD", b"large:set", *numbers]
    yield [b"HSET", b"large:hash", *numbers]
    yield [b"ZADD", b"large:zset", *(item for each in numbers for item in (each, each + b"m"))]
    yield [b"SET", b"large:string", b"ab" * 200_000]


def fill(client: Client, count: int) -> None:
    chance = random.Random(1)
    for index in range(count):
        client.ask(*command(index, chance))
        if index % 10 == 7:
            client.ask(b"PEXPIREAT", b"key:%d" % index, b"%d" % (4 * 10**12 + index))
    for each in large():
        client.ask(*each)
    client.ask(b"SELECT", b"3")
    client.ask(b"SET", b"other", b"database")
    client.ask(b"SELECT", b"0")


def contents(client: Client) -> dict[tuple[bytes, bytes], object]:
    """Database and key -> type, value, deadline."""
    found: dict[tuple[bytes, bytes], object] = {}
    for database in DATABASES:
        client.ask(b"SELECT", database)
        for key in parsed(client.ask(b"KEYS", b"*")):
            kind = parsed(client.ask(b"TYPE", key)).encode()
            if kind == b"none":
                continue  # dead, and KEYS was what removed it
            name, *rest = READ[kind]
            value = parsed(client.ask(name, key, *rest))
            if kind == b"set":
                value = sorted(value)
            elif kind == b"hash":
                value = sorted(zip(value[::2], value[1::2], strict=True))
            found[database, key] = (kind, value, client.ask(b"PEXPIRETIME", key))
    client.ask(b"SELECT", b"0")
    return found


CHANGES = (
    b"APPEND key:%d tail", b"INCRBYFLOAT float:%d 0.1", b"LPUSH key:%d a b", b"LPOP key:%d 2",
    b"LMPOP 1 key:%d RIGHT COUNT 2", b"SADD key:%d m", b"SPOP key:%d", b"SPOP key:%d 2",
    b"HINCRBYFLOAT key:%d f 1.5", b"HDEL key:%d f", b"ZINCRBY key:%d 0.1 m", b"ZPOPMIN key:%d",
    b"ZMPOP 1 key:%d MAX", b"DEL key:%d", b"EXPIRE key:%d 100000", b"PERSIST key:%d",
    b"PEXPIREAT key:%d 9000000000123", b"SET key:%d v EX 100000", b"SET key:%d v PX 1",
    b"GETEX key:%d PX 100000000", b"GETDEL key:%d", b"COPY key:%d copy DB 3 REPLACE",
    b"RENAME key:%d renamed", b"MOVE key:%d 3", b"RPOPLPUSH key:%d popped",
    b"SORT key:%d ALPHA STORE sorted", b"SUNIONSTORE united key:%d", b"SETRANGE key:%d 5 x",
    b"BLPOP key:%d 0.001", b"ZUNIONSTORE zunited 1 key:%d", b"BITFIELD bits:%d INCRBY u8 1 7",
)  # fmt: skip


def change(client: Client, count: int, seed: int) -> None:
    """Change some keys in every way that is logged otherwise than it was said."""
    chance = random.Random(seed)
    transaction = False
    for _ in range(count):
        line = chance.choice(CHANGES) % chance.randrange(KEYS)
        client.ask(*line.split())
        if chance.random() < 0.05:
            client.ask(b"EXEC" if transaction else b"MULTI")
            transaction = not transaction
    client.ask(b"DISCARD")
    client.ask(b"BLPOP", b"nothing", b"0.02")  # those that live for a millisecond are gone
