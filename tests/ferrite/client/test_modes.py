from __future__ import annotations

import pytest

from tests.support.program import Program
from tests.support.redis_cli import PROGRAMS, both


@pytest.mark.parametrize(
    ("arguments", "data"),
    [
        (["-r", "3", "INCR", "n"], b""),
        (["-r", "2", "-i", "0.01", "--no-raw", "INCR", "n"], b""),
        (["-x", "SET", "k"], b"the value\n\x00"),
        (["-x", "ECHO"], b"the value\n"),
        (["--pipe"], b"*1\r\n$4\r\nPING\r\nSET a b\r\nNOSUCH\r\n"),
        (["--pipe"], b"SET a b\r\n" * 50_000),
        (["--pipe"], b""),
        (["--scan", "--pattern", "t*"], b""),
        (["--scan", "--pattern", "t*", "--no-raw"], b""),
        (["-e", "NOSUCH"], b""),
        (["INFO", "nosuch"], b""),
        (["--no-raw", "CLIENT", "LIST", "ID", "123456"], b""),
        (["SUBSCRIBE"], b""),
        (["--no-raw", "MEMORY", "MALLOC-STATS", "x"], b""),
    ],
)
def test_modes(redis: int, arguments: list[str], data: bytes) -> None:
    expected, done = both(redis, *arguments, data=data)
    assert (done.stdout, done.stderr) == (expected.stdout, expected.stderr)
    assert done.returncode == expected.returncode


def test_figures(redis: int) -> None:
    heads = []
    for program in PROGRAMS:
        with Program(*program, "-p", str(redis), "--stat", "-i", "0.01") as process:
            heads.append([process.line().string for _ in range(2)])
            row = process.line().string if program != ["redis-cli"] else ""
    assert heads[0] == heads[1]
    assert row.split()[0].isdigit()
