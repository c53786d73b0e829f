from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import pytest

from ferrite.options import (
    Choice,
    Flag,
    Integer,
    Kind,
    Memory,
    Option,
    Percentiles,
    Text,
    Words,
    option,
)


@pytest.mark.parametrize(
    ("kind", "text", "value", "shown"),
    [
        (Integer(), "12", 12, "12"),
        (Integer(-5, 5), "-5", -5, "-5"),
        (Memory(), "0", 0, "0"),
        (Memory(), "1k", 1000, "1000"),
        (Memory(), "1KB", 1024, "1024"),
        (Memory(), "3mb", 3 << 20, "3145728"),
        (Memory(), "2g", 2 * 10**9, "2000000000"),
        (Memory(), "7b", 7, "7"),
        (Flag(), "Yes", True, "yes"),
        (Flag(), "no", False, "no"),
        (Text(), "any text", "any text", "any text"),
        (Choice(("local", "no")), "LOCAL", "local", "local"),
        (Words(), "a  b", ("a", "b"), "a b"),
        (Words(), "", (), ""),
    ],
)
def test_text(kind: Kind, text: str, value: Any, shown: str) -> None:
    assert kind.from_text(text) == value
    assert kind.to_text(value) == shown


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (Integer(), "x", "argument couldn't be parsed into an integer"),
        (Integer(), "1.5", "argument couldn't be parsed into an integer"),
        (Integer(1, 5), "0", "argument must be between 1 and 5 inclusive"),
        (Memory(), "x", "argument must be a memory value"),
        (Memory(), "-1", "argument must be a memory value"),
        (Memory(), "1tb", "argument must be a memory value"),
        (Memory(5), "1b", f"argument must be between 5 and {2**63 - 1} inclusive"),
        (Flag(), "true", "argument must be 'yes' or 'no'"),
        (Choice(("a", "b")), "c", "argument(s) must be one of the following: a, b"),
    ],
)
def test_bad_text(kind: Kind, text: str, reason: str) -> None:
    with pytest.raises(ValueError, match="argument") as caught:
        kind.from_text(text)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("kind", "toml", "value"),
    [
        (Integer(), 12, 12),
        (Memory(), 12, 12),
        (Memory(), "12kb", 12 << 10),
        (Flag(), True, True),
        (Text(), "x", "x"),
        (Choice(("a",)), "A", "a"),
        (Words(), ["a", "b"], ("a", "b")),
    ],
)
def test_toml(kind: Kind, toml: object, value: Any) -> None:
    assert kind.from_toml(toml) == value


@pytest.mark.parametrize(
    ("kind", "toml", "reason"),
    [
        (Integer(), "12", "must be an integer, not a string"),
        (Integer(), True, "must be an integer, not a boolean"),
        (Integer(), 1.5, "must be an integer, not a float"),
        (Memory(), True, "must be a memory size, not a boolean"),
        (Flag(), 1, "must be a boolean, not an integer"),
        (Text(), [], "must be a string, not an array"),
        (Choice(("a",)), {}, "must be a string, not a table"),
        (Words(), "a b", "must be an array of strings, not a string"),
        (Words(), [1], "must be an array of strings, not an array"),
    ],
)
def test_toml_of_another_type(kind: Kind, toml: object, reason: str) -> None:
    with pytest.raises(ValueError, match="must be") as caught:
        kind.from_toml(toml)
    assert str(caught.value) == reason


def test_an_option_is_a_field() -> None:
    @dataclass
    class Options:
        port: int = option(Integer(), 5, "The port.", immutable=True)

    (field,) = fields(Options)
    assert Options().port == 5
    assert field.metadata["option"] == Option(Integer(), "The port.", immutable=True)


def test_a_constant_has_one_value() -> None:
    constant = Option(Flag(), "Nothing.", constant=True)
    assert constant.checked(False, False) is False
    with pytest.raises(ValueError, match="only 'no' is supported"):
        constant.checked(True, False)
    assert Option(Flag(), "Something.").checked(True, False) is True


def test_percentiles() -> None:
    kind = Percentiles()
    assert kind.from_text("0.0 50 99.90 100.0") == ("0", "50", "99.9", "100")
    assert kind.from_text("") == ()
    for wrong in ("50 a", "101", "-1", "nan"):
        with pytest.raises(ValueError, match="latency-tracking-info-percentiles"):
            kind.from_text(wrong)
