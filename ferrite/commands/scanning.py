"""What SCAN, HSCAN, SSCAN and ZSCAN share: the cursor and the options.

https://redis.io/commands/scan/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ferrite.commands.arguments import Options, integer, value
from ferrite.errors import CommandError
from ferrite.keyspace.patterns import Matcher, matcher

COUNT_DEFAULT = 10
CURSOR_MAX = 2**64 - 1
SCAN_OPTIONS = Options(value("MATCH", "pattern", "pattern"), value("COUNT", "count", "integer"))
"""Those of a scan within a key."""
_CURSOR = re.compile(rb"(?:[+-]?[0-9]+)?")


@dataclass(slots=True)
class ScanOptions:
    """What a scan asks for."""

    count: int = COUNT_DEFAULT
    matches: Matcher | None = None
    """None: all names match."""
    type_name: str | None = None
    """In lower case; None: any type."""

    def matching(self, names: list[bytes]) -> list[bytes]:
        """The names that match."""
        return names if self.matches is None else list(filter(self.matches, names))


def read_options(words: Sequence[bytes], *, typed: bool = False) -> ScanOptions:
    """The options behind a cursor; TYPE only where it is asked for. Raises CommandError."""
    options = ScanOptions()
    rest: Iterator[bytes] = iter(words)
    for token in rest:
        argument, name = next(rest, None), token.upper()
        if argument is None:
            raise CommandError.syntax()
        if name == b"COUNT":
            options.count = integer(argument)
            if options.count < 1:
                raise CommandError.syntax()
        elif name == b"MATCH":
            options.matches = None if argument == b"*" else matcher(argument)
        elif name == b"TYPE" and typed:
            options.type_name = argument.decode("utf-8", "surrogateescape").lower()
        else:
            raise CommandError.syntax()
    return options


def read_cursor(text: bytes) -> int:
    """A cursor as C's strtoul reads it, which takes an empty text for 0 and negates a minus.

    Raises CommandError.
    """
    if not _CURSOR.fullmatch(text) or abs(int(text or b"0")) > CURSOR_MAX:
        raise CommandError("ERR invalid cursor")
    return int(text or b"0") & CURSOR_MAX
