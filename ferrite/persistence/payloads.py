"""Serialised values: what DUMP answers and RESTORE takes. https://redis.io/commands/dump/

Rule: type code, value, format version (two bytes) and the checksum of all that (eight bytes).
"""

from __future__ import annotations

from ferrite.keyspace.thresholds import Thresholds
from ferrite.keyspace.values import Value
from ferrite.persistence.checksum import crc64
from ferrite.persistence.cursor import BadFormat, Cursor
from ferrite.persistence.value_reader import read_value
from ferrite.persistence.value_writer import type_code, write_value

VERSION = 10
"""Of the format that we write: Redis 7.0's."""
VERSION_MAX = 11
"""The newest that we read: Redis 7.2's."""
_FOOTER_BYTES = 10


class BadFooter(Exception):
    """Version or checksum are wrong: this is no payload, or a damaged or too new one."""


def dump(value: Value) -> bytes:
    """The payload of a value."""
    parts = [bytes((type_code(value),))]
    write_value(parts, value)
    parts.append(VERSION.to_bytes(2, "little"))
    body = b"".join(parts)
    return body + crc64(body, 0).to_bytes(8, "little")


def load(payload: bytes, limits: Thresholds) -> Value:
    """The value of a payload. Raises BadFooter, BadFormat."""
    body = payload[:-8]
    if len(payload) < _FOOTER_BYTES or int.from_bytes(body[-2:], "little") > VERSION_MAX:
        raise BadFooter
    if crc64(body, 0) != int.from_bytes(payload[-8:], "little"):
        raise BadFooter
    cursor = Cursor(payload, end=len(payload) - _FOOTER_BYTES)
    value = read_value(cursor.byte(), cursor, limits)
    if cursor.left:
        raise BadFormat("there is more behind the value", cursor.position)
    return value
