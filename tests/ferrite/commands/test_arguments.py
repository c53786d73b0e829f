from __future__ import annotations

import math

import pytest

from ferrite.commands.arguments import (
    Argument,
    Options,
    double,
    integer,
    one_of,
    syntax,
    value,
    word,
)
from ferrite.errors import CommandError

OPTIONS = Options(
    one_of("condition", word("NX"), word("XX")),
    word("GET"),
    one_of("expiration", value("EX", "seconds", "integer"), word("KEEPTTL")),
)


def test_numbers() -> None:
    assert integer(b"-12") == -12
    assert double(b"-1.5e3") == -1500
    assert double(b"inf") == math.inf


@pytest.mark.parametrize("bad", [b"", b"x", b"1.5", b" 1", b"9223372036854775808"])
def test_no_integer(bad: bytes) -> None:
    with pytest.raises(CommandError, match=r"^ERR value is not an integer or out of range$"):
        integer(bad)


@pytest.mark.parametrize("bad", [b"", b"x", b"nan", b" 1", b"1 ", b"1_0"])
def test_no_float(bad: bytes) -> None:
    with pytest.raises(CommandError, match=r"^ERR value is not a valid float$"):
        double(bad)


@pytest.mark.parametrize(
    ("request_", "given"),
    [
        ([], {}),
        ([b"nx", b"Get"], {"NX": b"", "GET": b""}),
        ([b"EX", b"10"], {"EX": b"10"}),
        ([b"EX", b"10", b"EX", b"20"], {"EX": b"20"}),
        ([b"EX", b"NX", b"XX"], {"EX": b"NX", "XX": b""}),
    ],
)
def test_options(request_: list[bytes], given: dict[str, bytes]) -> None:
    assert OPTIONS.parse(request_) == given


@pytest.mark.parametrize(
    "bad",
    [[b"foo"], [b"EX"], [b"NX", b"XX"], [b"EX", b"1", b"KEEPTTL"], [b"KEEPTTL", b"EX", b"1"]],
)
def test_bad_options(bad: list[bytes]) -> None:
    with pytest.raises(CommandError, match=r"^ERR syntax error$"):
        OPTIONS.parse(bad)


def test_an_option_needs_a_token() -> None:
    with pytest.raises(ValueError, match="option key has no token"):
        Options(Argument("key", "key"))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (OPTIONS.arguments, "[NX | XX] [GET] [EX seconds | KEEPTTL]"),
        ((Argument("key", "key", multiple=True),), "key [key ...]"),
        ((Argument("key", "key", optional=True, multiple=True),), "[key [key ...]]"),
        ((one_of("unit", word("M"), word("KM")),), "(M | KM)"),
        (
            (Argument("by", "oneof", "BY", optional=True, arguments=(word("A"), word("B"))),),
            "[BY (A | B)]",
        ),
        (
            (Argument("auth", "block", "AUTH", arguments=(Argument("user", "string"),)),),
            "AUTH user",
        ),
    ],
)
def test_syntax(arguments: tuple[Argument, ...], text: str) -> None:
    assert syntax(arguments) == text
