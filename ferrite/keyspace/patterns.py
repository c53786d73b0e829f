"""Redis glob patterns: `*`, `?`, `[abc]`, `[^a-z]` and backslash, over bytes.

Rule: a pattern means what redis-server's stringmatchlen makes of it, oddities included: a class
that is not closed ends with the pattern, a backslash at the very end stands for itself, ranges
compare bytes as signed numbers.

A pattern is translated to a regular expression that cannot run away: each `*` takes the earliest
place where the rest up to the next `*` fits and never reconsiders (an atomic group). That loses no
match, because what follows a `*` has a fixed width, and it bounds the time by pattern x key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from ferrite.errors import CommandError

PATTERN_BYTES_MAX = 16_384
"""Longest pattern with wildcards: translating takes about 3 us a byte."""
STARS_MAX = 1_000
"""Redis goes no deeper: with more stars, runs of them counted once, a pattern matches nothing."""

Matcher: TypeAlias = Callable[[bytes], object]
"""Truthy for the names the pattern matches."""

_STARS = re.compile(rb"\*+(?!\Z)")
_SPECIAL = re.compile(rb"[*?\[\\]")


@lru_cache(maxsize=256)
def matcher(pattern: bytes) -> Matcher:
    """The test for names that `pattern` matches in full.

    Raises CommandError for a pattern with wildcards beyond PATTERN_BYTES_MAX.
    Source: https://redis.io/commands/keys/
    """
    if not _SPECIAL.search(pattern):
        return pattern.__eq__
    if len(_STARS.findall(pattern)) > STARS_MAX:
        return _no_name
    if len(pattern) > PATTERN_BYTES_MAX:
        raise CommandError(f"ERR pattern is longer than {PATTERN_BYTES_MAX} bytes")
    if not pattern.strip(b"*"):
        return _any_name if pattern == b"*" else bool
    return re.compile(_translate(pattern), re.DOTALL).fullmatch


def _no_name(_name: bytes) -> bool:
    return False


def _any_name(_name: bytes) -> bool:
    return True


def _translate(pattern: bytes) -> bytes:
    """The regular expression of a pattern that has more in it than stars."""
    pieces, position = [b""], 0
    while position < len(pattern):
        if pattern[position : position + 1] == b"*":
            pieces.append(b"")
            position += 1
        else:
            expression, position = _one_byte(pattern, position)
            pieces[-1] += expression
    first, *rest = pieces
    if not rest:
        return first
    *middle, last = rest
    return first + b"".join(b"(?>.*?%b)" % piece for piece in middle if piece) + b".*" + last


def _one_byte(pattern: bytes, position: int) -> tuple[bytes, int]:
    """The expression for the part of the pattern that stands for one byte, and what is next."""
    character = pattern[position : position + 1]
    if character == b"?":
        return b".", position + 1
    if character == b"[":
        return _byte_class(pattern, position + 1)
    if character == b"\\" and position + 1 < len(pattern):
        position += 1
    return re.escape(pattern[position : position + 1]), position + 1


def _byte_class(pattern: bytes, position: int) -> tuple[bytes, int]:
    """A class from behind its bracket on: the bytes it holds as an expression, what is next."""
    negated = pattern[position : position + 1] == b"^"
    position += negated
    members: set[int] = set()
    while position < len(pattern) and pattern[position : position + 1] != b"]":
        left = len(pattern) - position
        if pattern[position : position + 1] == b"\\" and left >= 2:
            members.add(pattern[position + 1])
            position += 2
        elif left >= 3 and pattern[position + 1 : position + 2] == b"-":
            members |= _signed_range(pattern[position], pattern[position + 2])
            position += 3
        else:
            members.add(pattern[position])
            position += 1
    if negated:
        members = set(range(256)) - members
    return _any_of(members), position + 1


def _signed_range(first: int, last: int) -> set[int]:
    """The bytes between two bytes, both included and in either order, compared as C's `char`."""
    low, high = sorted((first ^ 0x80, last ^ 0x80))
    return {value ^ 0x80 for value in range(low, high + 1)}


def _any_of(members: set[int]) -> bytes:
    if not members:
        return rb"(?!)"
    return b"[%b]" % b"".join(b"\\x%02x" % member for member in sorted(members))
