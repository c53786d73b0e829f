from __future__ import annotations

import pytest

from ferrite.protocol.inline import split_inline


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", []),
        (b" \t\v\f\r ", []),
        (b"PING", [b"PING"]),
        (b"  SET  a\tb ", [b"SET", b"a", b"b"]),
        (b"a\rb", [b"a", b"b"]),
        (b"a\vb", [b"a\vb"]),
        (b"\va", [b"a"]),
        (b"'a b' \"c d\"", [b"a b", b"c d"]),
        (b"x'a b'", [b"xa b"]),
        (b'x"y"', [b"xy"]),
        (b"'' \"\"", [b"", b""]),
        (rb"'it\'s \n \\ '", [rb"it's \n \\ "]),
        (rb'"\n\r\t\b\a\\\"\q"', b'\n\r\t\b\a\\"q'.split(b" ")),
        (rb'"\x41\xfF\xg1\x4"', [b"A\xffxg1x4"]),
        (b"'a'\v'b'", [b"a", b"b"]),
        (b"\xff\xfe", [b"\xff\xfe"]),
    ],
)
def test_words(line: bytes, words: list[bytes]) -> None:
    assert split_inline(line) == words


@pytest.mark.parametrize(
    "line", [b'"', b"'", b'"a', b"a'b", b'"a"b', b"'a'b", b'"a\\"', b"'a\\'", b'"\\', b"'a''b'"]
)
def test_unbalanced_quotes(line: bytes) -> None:
    assert split_inline(line) is None


def test_hostile_line_costs_its_length_once() -> None:
    size = 65_536
    for line in (b'"' * size, b'"' + b"\\" * size, b"'" + b"\\'" * (size // 2), b'"a" ' * size):
        split_inline(line)
