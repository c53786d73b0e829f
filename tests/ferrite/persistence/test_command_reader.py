from __future__ import annotations

import pytest

from ferrite.persistence.command_reader import Truncated, read_commands
from ferrite.persistence.cursor import BadFormat
from ferrite.protocol.encoder import encode

COMMANDS = [[b"SET", b"a", b"1\r\n2"], [b"MULTI"], [b"SET", b"b" * 300, b""], [b"EXEC"]]


def text() -> bytes:
    parts = [encode(list(command), 2) for command in COMMANDS]
    parts.insert(2, b"#TS:1628217470\r\n")
    return b"".join(parts) + b"#TS:1628217471\r\n"


@pytest.mark.parametrize("size", [1, 2, 7, 64, 10_000])
def test_pieces_of_any_size(size: int) -> None:
    data = text()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    found = list(read_commands(pieces, 1000))
    assert [request for _, request in found] == COMMANDS
    assert found[-1][0] == 1000 + len(data) - len(b"#TS:1628217471\r\n")


def good_part(data: bytes) -> int:
    """The offset up to which a file that may be truncated is good; its end when it is whole."""
    try:
        for _ in read_commands([data]):
            pass
    except Truncated as error:
        return error.good
    return len(data)


def test_every_end_but_those_between_commands_is_truncated() -> None:
    data = text()
    ends = [0, *(end for end, _ in read_commands([data]))]
    for cut in range(len(data)):
        good = good_part(data[:cut])
        assert good <= cut
        whole = max(end for end in ends if end <= cut)
        assert data[whole:good] == b"" or data[whole:good].startswith(b"#TS")


@pytest.mark.parametrize(
    ("garbage", "reason"),
    [
        (b"!!!", "a command begins with"),
        (b"set a b\r\n", "a command begins with"),
        (b"*x\r\n", "at byte 20"),
        (b"*0\r\n", "at least one word"),
        (b"*1\r\n+OK\r\n", "a word begins with"),
        (b"*1\r\n$-1\r\n", "negative length"),
        (b"*1\r\n$1\r\nabc\r\n", "longer than it says"),
        (b"*" + b"1" * 200, "a line is too long"),
    ],
)
def test_garbage(garbage: bytes, reason: str) -> None:
    good = encode([b"GET", b"a"], 2)
    with pytest.raises(BadFormat, match=f"{reason}.*at byte {len(good)}|{reason}"):
        list(read_commands([good + garbage]))


def test_a_large_word_is_joined_in_a_few_steps() -> None:
    word = b"x" * 300_000
    data = encode([b"SET", b"a", word], 2)
    pieces = [data[start : start + 100] for start in range(0, len(data), 100)]
    assert [request for _, request in read_commands(pieces)] == [[b"SET", b"a", word]]
