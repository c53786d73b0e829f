r"""Inline requests: one line of words, with Redis's quoting rules.

Rule: exactly `sdssplitargs` of Redis (sds.c). Words are separated by blanks. "..." knows \n \r \t
\b \a \xHH and a backslash before any other byte; '...' knows only \'. A closing quote ends the
word and has to be followed by a blank or the end of the line.
"""

from __future__ import annotations

import re

_BLANKS = b" \t\n\v\f\r"

# Possessive quantifiers: no backtracking, so a hostile line costs its length once.
_SKIP = re.compile(rb"[ \t\n\v\f\r]*+")
_PLAIN = re.compile(rb"[^ \t\n\r\"']*+")
_QUOTED = {
    ord('"'): re.compile(rb'"((?:[^"\\]|\\.)*+)"', re.DOTALL),
    ord("'"): re.compile(rb"'((?:\\'|[^'])*+)'"),
}
_DOUBLE_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_CONTROL = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"a": b"\a"}


def split_inline(line: bytes) -> list[bytes] | None:
    """The words of a line that holds no NUL; None when its quotes are unbalanced."""
    words: list[bytes] = []
    position = _end(_SKIP, line, 0)
    while position < len(line):
        end = _end(_PLAIN, line, position)
        word = line[position:end]
        if end < len(line) and line[end] in _QUOTED:
            quoted = _QUOTED[line[end]].match(line, end)
            if quoted is None:
                return None
            word += _unescape(line[end], quoted[1])
            end = quoted.end()
            if end < len(line) and line[end] not in _BLANKS:
                return None
        words.append(word)
        position = _end(_SKIP, line, end)
    return words


def _end(pattern: re.Pattern[bytes], line: bytes, position: int) -> int:
    match = pattern.match(line, position)
    return position if match is None else match.end()


def _unescape(quote: int, text: bytes) -> bytes:
    if quote == ord("'"):
        return text.replace(b"\\'", b"'")
    return _DOUBLE_ESCAPE.sub(_unescape_one, text)


def _unescape_one(match: re.Match[bytes]) -> bytes:
    if match[1] is not None:
        return bytes([int(match[1], 16)])
    return _CONTROL.get(match[2], match[2])
