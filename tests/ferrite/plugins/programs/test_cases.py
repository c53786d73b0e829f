"""tests.toml: what it may say, and what replies it takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ferrite.errors import CommandError
from ferrite.plugins.programs.cases import equal, files_of, read_cases
from ferrite.plugins.programs.output import ProgramError
from ferrite.protocol.replies import NULL_ARRAY, SetReply, Verbatim


def read(tmp_path: Path, text: str) -> Any:
    path = tmp_path / "tests.toml"
    path.write_text(text)
    return read_cases(path)


def test_cases(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
[[case]]
command = "SET 'a b' 1"
[[case]]
command = ["GET", ""]
null = true
[[case]]
command = "X"
error = "ERR x"
""",
    )
    assert [case.command for case in found] == [(b"SET", b"a b", b"1"), (b"GET", b""), (b"X",)]
    assert [case.place for case in found] == [f"{tmp_path}/tests.toml:{line}" for line in (3, 5, 8)]
    anything, null, error = found
    assert anything.complaint(object()) == anything.complaint(None) == ""
    assert null.complaint(None) == null.complaint(NULL_ARRAY) == ""
    assert null.complaint(b"\xff") == r"'\xff', expected (null)"
    assert error.complaint(CommandError("ERR xyz")) == ""
    assert error.complaint(CommandError("ERR y")) == "(error) ERR y, expected the error 'ERR x'"
    assert error.complaint(b"ERR x") == "'ERR x', expected the error 'ERR x'"
    assert null.complaint(CommandError("ERR y")) == "(error) ERR y, expected (null)"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (b"a", "a"),
        ("OK", "OK"),
        (Verbatim("txt", b"a"), "a"),
        (1, 1),
        (1.5, 1.5),
        (2.0, 2),
        (True, True),
        ([b"a", [1, "OK"]], ["a", [1, "OK"]]),
        (SetReply([b"a"]), ["a"]),
        ({b"a": 1, b"b": [2]}, {"b": [2], "a": 1}),
        ([], []),
        (b"\xc3\xa9", "é"),
    ],
)
def test_equal(reply: Any, expected: Any) -> None:
    assert equal(reply, expected)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (b"1", 1),
        (1, "1"),
        (1, True),
        (True, 1),
        (None, ""),
        (b"ab", ["a", "b"]),
        ([b"a"], ["a", "a"]),
        ({b"a": 1}, {"a": 2}),
        ({b"a": 1}, {"a": 1, "b": 1}),
        ({}, []),
        ([], {}),
        (CommandError("x"), "x"),
        (NULL_ARRAY, []),
    ],
)
def test_not_equal(reply: Any, expected: Any) -> None:
    assert not equal(reply, expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "tests.toml:1: x must be tables [[case]]"),
        ("case = 1", "tests.toml:1: case must be tables [[case]]"),
        ("[[case]]\ncommand = ''", "tests.toml:2: case[0].command must be a command"),
        ("[[case]]\ncommand = [1]", "tests.toml:2: case[0].command must be a command"),
        ("[[case]]\nreply = 1", "case[0].command must be a command"),
        ("[[case]]\ncommand = 'x'\nrepyl = 1", "tests.toml:3: case[0].repyl is no known key"),
        ("[[case]]\ncommand = 'x'\nreply = 1\nerror = 'y'", "has more than one of"),
        ("[[case]]\ncommand = 'x'\nnull = false", "case[0].null can only be true"),
        ("[[case]]\ncommand = 'x'\nerror = 1", "case[0].error must be a text"),
        ('[[case]]\ncommand = "x \'y"', "No closing quotation"),
        ("[[case", "tests.toml: "),
    ],
)
def test_errors(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ProgramError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)


def test_files(tmp_path: Path) -> None:
    assert files_of(tmp_path) == []
    (tmp_path / "tests").mkdir()
    names = ["tests.toml", "tests/a.toml", "tests/b.toml"]
    for name in reversed(names):
        (tmp_path / name).write_text("")
    assert files_of(tmp_path) == [tmp_path / name for name in names]
    with pytest.raises(ProgramError, match="No such file"):
        read_cases(tmp_path / "none.toml")
