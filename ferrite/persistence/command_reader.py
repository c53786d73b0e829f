"""Commands from a file: the strict reading of RESP that an append-only file is made of.

Rule: a file is arrays of bulk strings and lines that begin with "#", nothing else. An end in the
middle of one is `Truncated`, anything else is `BadFormat`; both know up to which byte the file is
good. Source: Redis's aof.c of 7.0 (loadSingleAppendOnlyFile).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from ferrite.persistence.cursor import BadFormat

HEADER_BYTES_MAX = 128
"""Longest line with a number, as Redis reads it."""
ANNOTATION_BYTES_MAX = 1024


class Truncated(Exception):
    """The file ends before a command does; `good` bytes of it are whole."""

    def __init__(self, good: int) -> None:
        super().__init__(f"the file ends in the middle of a command that begins at byte {good}")
        self.good = good


def read_commands(pieces: Iterable[bytes], start: int = 0) -> Iterator[tuple[int, list[bytes]]]:
    """The commands of a file that comes in pieces, each with the offset behind it; `start` is the
    offset of the first piece. Raises BadFormat, Truncated."""
    data, position = b"", 0
    waiting: list[bytes] = []
    for piece in chain(pieces, (None,)):
        if piece is not None:
            waiting.append(piece)
            if sum(map(len, waiting)) < len(data) - position:
                continue  # twice as much at least: what has not sufficed is not read ever again
        data, start, position = data[position:] + b"".join(waiting), start + position, 0
        waiting.clear()
        try:
            while position < len(data):
                end, request = _read(data, position)
                if request:
                    yield start + end, request
                position = end
        except IndexError:
            continue  # the rest is in the next piece
        except ValueError as error:
            raise BadFormat(str(error) or "this is no command", start + position) from None
    if position < len(data):
        raise Truncated(start + position)


def _read(data: bytes, position: int) -> tuple[int, list[bytes]]:
    """The end of a command and the command, empty for an annotation.

    Raises IndexError where more bytes are needed, ValueError where they would not help.
    """
    if data[position] == ord("#"):
        return _line_end(data, position, ANNOTATION_BYTES_MAX) + 2, []
    if data[position] != ord("*"):
        raise ValueError("a command begins with '*'")
    end = _line_end(data, position, HEADER_BYTES_MAX)
    count = int(data[position + 1 : end])
    if count < 1:
        raise ValueError("a command has at least one word")
    request: list[bytes] = []
    size = len(data)
    for _ in range(count):
        start = end + 2
        if start >= size:
            raise IndexError
        if data[start] != ord("$"):
            raise ValueError("a word begins with '$'")
        end = _line_end(data, start, HEADER_BYTES_MAX)
        start, length = end + 2, int(data[start + 1 : end])
        if length < 0:
            raise ValueError("a word has no negative length")
        end = start + length
        if end + 2 > size:
            raise IndexError
        if data[end : end + 2] != b"\r\n":
            raise ValueError("a word is longer than it says")
        request.append(data[start:end])
    return end + 2, request


def _line_end(data: bytes, position: int, bytes_max: int) -> int:
    end = data.find(b"\r\n", position, position + bytes_max)
    if end < 0:
        if len(data) - position >= bytes_max:
            raise ValueError("a line is too long")
        raise IndexError
    return end
