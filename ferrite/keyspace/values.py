"""What a key may hold, and what Redis calls it.

Rule: a value's Python class is its type. Strings are `bytes`; every further type is a Container,
which names itself and can take back what changed in it.
"""

from __future__ import annotations

from sys import getsizeof
from typing import TypeAlias

from ferrite.keyspace.container import Container

Value: TypeAlias = bytes | Container

INTEGER_MIN, INTEGER_MAX = -(2**63), 2**63 - 1
INTEGER_DIGITS_MAX = 20
SAFE_DIGITS = 19
"""Fewer digits than this are in range whatever they are."""
ZERO = ord("0")
EMBEDDED_BYTES_MAX = 44
DICTIONARY_BYTES_PER_KEY = 100
"""A dict's entry and its share of the table's free places, measured on CPython 3.11."""
SAMPLES_DEFAULT = 5
"""Items of a container that are measured for an estimate of all."""


def type_name(value: Value) -> str:
    """The Redis name of a value's type (https://redis.io/commands/type/)."""
    return "string" if isinstance(value, bytes) else value.type_name


def memory_bytes(value: Value, samples: int) -> int:
    """About how much memory a value takes; see `Container.memory_bytes`."""
    return getsizeof(value) if isinstance(value, bytes) else value.memory_bytes(samples)


def entry_bytes(key: bytes, value: Value, samples: int = SAMPLES_DEFAULT) -> int:
    """About how much memory a key and its value take: what MEMORY USAGE answers."""
    return getsizeof(key) + memory_bytes(value, samples) + DICTIONARY_BYTES_PER_KEY


def parse_integer(text: bytes) -> int | None:
    """The signed 64-bit integer that `text` is the one canonical decimal form of, else None.

    Canonical as in Redis (string2ll): no sign but a minus, no leading zero, no space, no "-0".
    """
    if text.isdigit() and text[0] != ZERO and len(text) < SAFE_DIGITS:
        return int(text)
    if len(text) > INTEGER_DIGITS_MAX:
        return None
    try:
        number = int(text)
    except ValueError:
        return None
    if b"%d" % number != text or not INTEGER_MIN <= number <= INTEGER_MAX:
        return None
    return number


def encoding_name(value: Value) -> str:
    """What OBJECT ENCODING answers. For a string it follows from the bytes alone: a string keeps
    no memory of how it was made, where Redis calls the result of APPEND "raw" at any length."""
    if not isinstance(value, bytes):
        return value.encoding
    if parse_integer(value) is not None:
        return "int"
    return "embstr" if len(value) <= EMBEDDED_BYTES_MAX else "raw"
