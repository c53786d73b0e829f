"""Digests of values and databases: equal contents, equal digest (DEBUG DIGEST, DIGEST-VALUE).

Rule: exactly Redis's own digest (debug.c), so that two servers of either kind can be compared. What
has an order is chained, what has none is summed by XOR, so the order it is kept in does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha1

from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.hashes import Hash
from ferrite.keyspace.lists import List
from ferrite.keyspace.sets import Set
from ferrite.keyspace.sorted_set import SortedSet
from ferrite.keyspace.values import Value

DIGEST_BYTES = 20
_STRING, _LIST, _SET, _ZSET, _HASH = range(5)
"""Redis's numbers of the types."""


def digest_of_databases(databases: Iterable[Keyspace]) -> bytes:
    """The digest of all keys; 20 zero bytes when there are none."""
    total = 0
    for database in databases:
        if not len(database):
            continue
        total = _chain(total, database.index.to_bytes(4, "big"))
        for key, value, deadline in database.entries():
            total ^= _number(_value(_chain(0, key), value, deadline is not None))
    return _bytes(total)


def digest_of_value(value: Value | None, volatile: bool) -> bytes:
    """The digest of one value, `volatile` when it has a deadline; 20 zero bytes for none."""
    return _bytes(0 if value is None else _value(0, value, volatile))


def _value(digest: int, value: Value, volatile: bool) -> int:
    match value:
        case bytes():
            digest = _chain(_type(digest, _STRING), value)
        case List():
            digest = _type(digest, _LIST)
            for item in value:
                digest = _chain(digest, item)
        case Set():
            digest = _type(digest, _SET)
            for member in value.members:
                digest ^= _sha1(member)
        case SortedSet():
            digest = _type(digest, _ZSET)
            for member, score in value.scores.items():
                digest ^= _number(_chain(_chain(0, member), b"%.17g" % score))
        case Hash():
            digest = _type(digest, _HASH)
            for field, text in value.fields.items():
                digest ^= _number(_chain(_chain(0, field), text))
    return digest ^ _sha1(b"!!expire!!") if volatile else digest


def _type(digest: int, number: int) -> int:
    return _chain(digest, number.to_bytes(4, "big"))


def _chain(digest: int, data: bytes) -> int:
    """Add what has a place in an order."""
    return _sha1(_bytes(digest ^ _sha1(data)))


def _number(digest: int) -> int:
    """A digest as something that is itself hashed, to be summed."""
    return _sha1(_bytes(digest))


def _sha1(data: bytes) -> int:
    return int.from_bytes(sha1(data, usedforsecurity=False).digest(), "big")


def _bytes(digest: int) -> bytes:
    return digest.to_bytes(DIGEST_BYTES, "big")
