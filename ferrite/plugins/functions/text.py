"""WASM.DEFINE's text format, read into tokens; ppci assembles them (`assembler`).

Rule: every token knows its line, so every error can name one. What ppci makes of the text is judged
by the VM's own decoder and validator like any other module: ppci validates nothing. Text is read
here and not by ppci, because its reader forgets the lines and never ends on some broken texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ferrite.plugins.program import LoadError

DEPTH_MAX = 200
"""Most brackets within each other: ppci recurses."""
SHOWN_CHARACTERS_MAX = 64

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+|;;[^\n]*)"
    r"|(?P<comment>\(;)"
    r"|(?P<bracket>[()])"
    r'|"(?P<string>(?:[^"\\\n]|\\.)*)"'
    r'|(?P<word>[^\s()";]+)'
)
_COMMENT = re.compile(r"\(;|;\)")
_ESCAPE = re.compile(rb"\\(?:u\{([0-9a-fA-F_]+)\}|([0-9a-fA-F]{2})|([tnr\"'\\])|.?)", re.DOTALL)
_LETTERS = {b"t": b"\t", b"n": b"\n", b"r": b"\r"}
_INTEGER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F][0-9a-fA-F_]*|[0-9][0-9_]*)")


class TextError(LoadError):
    """The text is not what the format wants; the message names the line."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line}: {what}")


@dataclass(frozen=True, slots=True)
class Bracket:
    """`(` or `)`."""

    line: int
    opens: bool

    def __str__(self) -> str:
        """As it is written."""
        return "(" if self.opens else ")"


class Word(str):
    """A keyword, an identifier or a number that is no integer."""

    line: int = 0


class Quoted(str):
    """A string: its bytes, and itself the text they are."""

    line: int = 0
    data: bytes = b""


class Whole(int):
    """An integer."""

    line: int = 0


Token: TypeAlias = Bracket | Word | Quoted | Whole


def tokens(source: str) -> Iterator[Token]:
    """The tokens of a text. Raises TextError."""
    position, line = 0, 1
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            what = "a string is not closed" if source[position] == '"' else "unexpected character "
            shown = "" if source[position] == '"' else repr(source[position])
            raise TextError(line, what + shown)
        kind, piece = match.lastgroup, match[0]
        position = match.end()
        if kind == "comment":
            end = _end_of_comment(source, position, line)
            line += source.count("\n", position, end)
            position = end
        elif kind == "space":
            line += piece.count("\n")
        elif kind == "bracket":
            yield Bracket(line, piece == "(")
        elif kind == "string":
            yield _quoted(match["string"], line)
        else:
            yield _word(piece, line)


def _end_of_comment(source: str, position: int, line: int) -> int:
    depth = 1
    for match in _COMMENT.finditer(source, position):
        depth += 1 if match[0] == "(;" else -1
        if not depth:
            return match.end()
    raise TextError(line, "a comment '(;' is not closed")


def _quoted(raw: str, line: int) -> Quoted:
    """A string with its escapes read."""

    def read(match: re.Match[bytes]) -> bytes:
        code, byte, letter = match.groups()
        if code is not None:
            try:
                return chr(int(code, 16)).encode("utf-8")
            except (ValueError, OverflowError, UnicodeEncodeError):
                raise TextError(line, f"\\u{{{code.decode()}}} is no character") from None
        if byte is not None:
            return bytes.fromhex(byte.decode())
        if letter is None:
            shown = match[0].decode("utf-8", "replace")
            raise TextError(line, f"{shown} is no escape of a string")
        return _LETTERS.get(letter, letter)

    data = _ESCAPE.sub(read, raw.encode("utf-8"))
    quoted = Quoted(data.decode("utf-8", "surrogateescape"))
    quoted.line, quoted.data = line, data
    return quoted


def _word(piece: str, line: int) -> Word | Whole:
    token: Word | Whole
    if _INTEGER.fullmatch(piece):
        base = 16 if "x" in piece.lower() else 10
        try:
            token = Whole(piece.replace("_", ""), base)
        except ValueError:
            raise TextError(line, "a number is too long") from None
    else:
        token = Word(piece)
    token.line = line
    return token


def fields_of(found: list[Token]) -> list[list[Token]]:
    """The fields of a module, each as its tokens with the brackets around them; types first, since
    other fields add types of their own behind them. Raises TextError."""
    ends = _matching(found)
    inner = found
    if len(found) > 1 and found[1] == "module":
        if ends[0] != len(found) - 1:
            raise TextError(found[ends[0] + 1].line, "a text is one module")
        named = len(found) > 2 and isinstance(found[2], Word) and found[2].startswith("$")
        inner = found[3 if named else 2 : -1]
        ends = _matching(inner)
    fields, position = [], 0
    while position < len(inner):
        if position not in ends:
            raise TextError(
                inner[position].line, f"a field begins with '(', not {_shown(inner[position])}"
            )
        fields.append(inner[position : ends[position] + 1])
        position = ends[position] + 1
    return sorted(fields, key=lambda field: field[1] != "type")


def _matching(found: list[Token]) -> dict[int, int]:
    """The index of the closing bracket of each opening one. Raises TextError."""
    open_: list[int] = []
    ends: dict[int, int] = {}
    for index, token in enumerate(found):
        if isinstance(token, Bracket) and token.opens:
            open_.append(index)
            if len(open_) > DEPTH_MAX:
                raise TextError(token.line, f"brackets may nest {DEPTH_MAX} levels")
        elif isinstance(token, Bracket):
            if not open_:
                raise TextError(token.line, "this ')' closes nothing")
            ends[open_.pop()] = index
    if open_:
        raise TextError(found[open_[-1]].line, "this '(' is not closed")
    return ends


def _shown(token: Token) -> str:
    return f"'{str(token)[:SHOWN_CHARACTERS_MAX]}'"
