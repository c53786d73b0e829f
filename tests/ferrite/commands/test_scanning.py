from __future__ import annotations

import pytest

from ferrite.commands.scanning import read_cursor, read_options
from ferrite.errors import CommandError


def test_options() -> None:
    options = read_options([b"count", b"5", b"MATCH", b"a*", b"type", b"HASH"], typed=True)
    assert (options.count, options.type_name) == (5, "hash")
    assert options.matching([b"ab", b"b"]) == [b"ab"]
    assert read_options([b"MATCH", b"*"]).matches is None


@pytest.mark.parametrize(
    "words", [[b"COUNT"], [b"COUNT", b"0"], [b"COUNT", b"x"], [b"TYPE", b"set"], [b"foo", b"1"]]
)
def test_bad_options(words: list[bytes]) -> None:
    with pytest.raises(CommandError):
        read_options(words)


def test_cursors() -> None:
    assert [read_cursor(text) for text in (b"0", b"", b"12", b"-1")] == [0, 0, 12, 2**64 - 1]
    for text in (b"x", b"1x", b" 1", b"18446744073709551616"):
        with pytest.raises(CommandError):
            read_cursor(text)
