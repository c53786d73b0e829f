from __future__ import annotations

import pytest

from ferrite.plugins.functions.text import (
    DEPTH_MAX,
    Bracket,
    Quoted,
    TextError,
    Token,
    Whole,
    Word,
    fields_of,
    tokens,
)


def read(source: str) -> list[Token]:
    return list(tokens(source))


def test_every_token_knows_its_line() -> None:
    found = read(
        '(module ;; a comment (\n (; more (; and\n more ;) ;) "text"\n $name 0x_f -7\n f.32)'
    )
    shown = [(type(token), str(token), token.line) for token in found]
    assert shown == [
        (Bracket, "(", 1),
        (Word, "module", 1),
        (Quoted, "text", 3),
        (Word, "$name", 4),
        (Word, "0x_f", 4),
        (Whole, "-7", 4),
        (Word, "f.32", 5),
        (Bracket, ")", 5),
    ]


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("+7", 7), ("-0x1F", -31), ("1_000", 1000), ("0xffff_ffff", 2**32 - 1)],
)
def test_integers(text: str, number: int) -> None:
    (token,) = read(text)
    assert isinstance(token, Whole)
    assert token == number


@pytest.mark.parametrize("text", ["1.5", "inf", "nan:0x1", "1e3", "0x1p3", "i32.add", "offset=8"])
def test_other_words_are_left_to_the_assembler(text: str) -> None:
    (token,) = read(text)
    assert isinstance(token, Word)
    assert token == text


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (r"a\tb\n\r\"\'\\", b"a\tb\n\r\"'\\"),
        (r"\00\fF", b"\x00\xff"),
        (r"\u{20ac}x", "€x".encode()),
        ("ä", "ä".encode()),
        ("", b""),
        ("(;)", b"(;)"),
    ],
)
def test_escapes_of_strings(text: str, data: bytes) -> None:
    (token,) = read(f'"{text}"')
    assert isinstance(token, Quoted)
    assert token.data == data


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('\n"abc', "line 2: a string is not closed"),
        ('"abc\n"', "line 1: a string is not closed"),
        ("\n\n(; (; ;)", "line 3: a comment '(;' is not closed"),
        (r'"\q"', r"line 1: \q is no escape of a string"),
        (r'"\u{110000}"', r"line 1: \u{110000} is no character"),
        (r'"\u{d800}"', r"line 1: \u{d800} is no character"),
        ("\n;", "line 2: unexpected character ';'"),
        ("9" * 5000, "line 1: a number is too long"),
    ],
)
def test_what_is_no_token(source: str, message: str) -> None:
    with pytest.raises(TextError) as caught:
        read(source)
    assert str(caught.value) == message


def fields(source: str) -> list[str]:
    return [" ".join(map(str, field)) for field in fields_of(read(source))]


@pytest.mark.parametrize(
    "source",
    [
        "(module (func) (type (func)) (memory 1))",
        "(module $name (func) (type (func)) (memory 1))",
        "(func) (type (func)) (memory 1)",
    ],
)
def test_types_come_first(source: str) -> None:
    assert fields(source) == ["( type ( func ) )", "( func )", "( memory 1 )"]


def test_an_empty_module() -> None:
    assert fields("") == fields("(module)") == fields("(module $m)") == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("(module\n (func)", "line 1: this '(' is not closed"),
        ("(module)\n)", "line 2: this ')' closes nothing"),
        ("(module)\n(module)", "line 2: a text is one module"),
        ("(module func)", "line 1: a field begins with '(', not 'func'"),
        ("(" * (DEPTH_MAX + 1), f"line 1: brackets may nest {DEPTH_MAX} levels"),
    ],
)
def test_brackets_that_do_not_fit(source: str, message: str) -> None:
    with pytest.raises(TextError) as caught:
        fields(source)
    assert str(caught.value) == message
