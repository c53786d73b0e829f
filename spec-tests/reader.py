"""Reads the text of a test script into forms: nested lists of tokens.

Rule: nothing is interpreted here but brackets, strings, comments and annotations. A token is a
`str`; a string token keeps its quotes and escapes (`unescape` gives its bytes), so it can never
be taken for a word. `(module ...)` becomes a `ModuleForm` that keeps its raw text, because module
texts are the assembler's business: a reader that rebuilt them could only lose something.

One regular expression and one loop with an explicit stack: the scripts are 12 MB, and some nest
deeper than Python recurses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

Form: TypeAlias = "list[Form | ModuleForm | str]"

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|\([;@]?|\)|;;[^\n]*|[^\s()";]+', re.DOTALL)
_COMMENT_BRACKET = re.compile(r"\(;|;\)")
_ESCAPE = re.compile(rb"\\(u\{([0-9a-fA-F_]+)\}|[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPED_CHARACTERS = {
    b"t": b"\t",
    b"n": b"\n",
    b"r": b"\r",
    b'"': b'"',
    b"'": b"'",
    b"\\": b"\\",
}


class ScriptError(Exception):
    """A script that does not follow the grammar of the suite; the text names the line."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line


@dataclass(frozen=True, slots=True)
class ModuleForm:
    """`(module ...)`: its raw text, and the same as a form."""

    source: str
    form: Form


@dataclass(frozen=True, slots=True)
class TopLevelForm:
    """One form of a script with its line (from 1) and its place in the text."""

    line: int
    start: int
    end: int
    form: Form | ModuleForm


def read_forms(text: str) -> Iterator[TopLevelForm]:
    """Yield the forms of a script in order; raises ScriptError at an unbalanced bracket."""
    stack: list[Form] = []
    starts: list[int] = []
    line, counted = 1, 0
    for match in _tokens(text):
        token = match[0]
        if token == "(":
            stack.append([])
            starts.append(match.start())
        elif token == ")":
            if not stack:
                raise ScriptError(text.count("\n", 0, match.start()) + 1, "unexpected )")
            form, start = stack.pop(), starts.pop()
            if form and form[0] == "(@":
                continue
            end = match.end()
            is_module = form and form[0] == "module"
            closed = ModuleForm(text[start:end], form) if is_module else form
            if stack:
                stack[-1].append(closed)
            else:
                line += text.count("\n", counted, start)
                counted = start
                yield TopLevelForm(line, start, end, closed)
        elif token == "(@":
            stack.append([token])
            starts.append(match.start())
        elif stack:
            stack[-1].append(token)
        else:
            line += text.count("\n", counted, match.start())
            raise ScriptError(line, f"{token[:40]} outside of brackets")
    if stack:
        raise ScriptError(text.count("\n", 0, starts[0]) + 1, "( is never closed")


def unescape(token: str) -> bytes:
    """Return the bytes that a string token of the text format stands for."""
    raw = token[1:-1].encode()
    return raw if b"\\" not in raw else _ESCAPE.sub(_unescape_one, raw)


def is_string(token: object) -> bool:
    """Tell a string token from a word."""
    return isinstance(token, str) and token.startswith('"')


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """Yield brackets, strings and words. Block comments nest, so the loop steps over them."""
    position = 0
    while True:
        for match in _TOKEN.finditer(text, position):
            token = match[0]
            if token == "(;":
                position = _after_comment(text, match.start())
                break
            if not token.startswith(";;"):
                yield match
        else:
            return


def _after_comment(text: str, start: int) -> int:
    depth = 0
    for bracket in _COMMENT_BRACKET.finditer(text, start):
        depth += 1 if bracket[0] == "(;" else -1
        if depth == 0:
            return bracket.end()
    raise ScriptError(text.count("\n", 0, start) + 1, "(; is never closed")


def _unescape_one(match: re.Match[bytes]) -> bytes:
    body = match[1]
    if match[2] is not None:
        return chr(int(match[2], 16)).encode()
    if len(body) == 2:
        return bytes.fromhex(body.decode())
    if body not in _ESCAPED_CHARACTERS:
        raise ValueError(f"unknown escape \\{body.decode()} in a string")
    return _ESCAPED_CHARACTERS[body]
