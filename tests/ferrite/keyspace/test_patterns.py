from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrite.errors import CommandError
from ferrite.keyspace.patterns import PATTERN_BYTES_MAX, matcher


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        (b"abc", [b"abc"], [b"ab", b"abcd", b""]),
        (b"", [b""], [b"a"]),
        (b"*", [b"", b"a", b"\r\n\x00\xff"], []),
        (b"**", [b"a"], [b""]),
        (b"a*", [b"a", b"ab"], [b"", b"ba"]),
        (b"*a", [b"a", b"ba"], [b"", b"ab"]),
        (b"a*b*c", [b"abc", b"aXbYc", b"abbcc"], [b"acb", b"ab"]),
        (b"?", [b"a", b"\n", b"\xff"], [b"", b"ab"]),
        (b"h[ae]llo", [b"hello", b"hallo"], [b"hillo"]),
        (b"h[^e]llo", [b"hallo", b"hbllo"], [b"hello"]),
        (b"h[a-b]llo", [b"hallo", b"hbllo"], [b"hcllo"]),
        (b"h[b-a]llo", [b"hallo"], [b"hcllo"]),
        (b"[a-]", [b"a", b"]", b"^"], [b"-", b"b"]),
        (b"[]", [], [b"", b"]", b"[]"]),
        (b"[^]", [b"a"], [b""]),
        (b"[", [], [b"[", b""]),
        (b"[ab", [b"a", b"b"], [b"c", b"[ab"]),
        (rb"[\]]", [b"]"], [b"\\"]),
        (rb"\*", [b"*"], [b"a", rb"\*"]),
        (rb"\a", [b"a"], [rb"\a"]),
        (b"a\\", [b"a\\"], [b"a"]),
        (b"[\x7f-\x80]", [b"\x00", b"\x7f", b"\x80", b"a"], []),
        (b"[a-\xff]", [b"a", b"\xff", b"\x00"], [b"b", b"\x80"]),
    ],
)
def test_as_redis(pattern: bytes, matching: list[bytes], other: list[bytes]) -> None:
    matches = matcher(pattern)
    assert [name for name in matching + other if matches(name)] == matching


@given(st.binary(max_size=20))
def test_an_escaped_name_matches_itself_alone(name: bytes) -> None:
    pattern = b"".join(b"\\" + bytes([byte]) for byte in name)
    assert matcher(pattern)(name)
    assert not matcher(pattern)(name + b"x")


def test_many_stars_take_no_exponential_time() -> None:
    begun = time.process_time()
    assert not matcher(b"a*" * 60 + b"b")(b"a" * 5_000)
    assert time.process_time() - begun < 5


def test_an_endless_pattern_is_refused() -> None:
    with pytest.raises(CommandError, match="ERR pattern is longer than"):
        matcher(b"?" * (PATTERN_BYTES_MAX + 1))
    assert matcher(b"x" * (PATTERN_BYTES_MAX + 1))(b"x" * (PATTERN_BYTES_MAX + 1))


def test_more_stars_than_redis_goes_deep_match_nothing() -> None:
    name = b"a" * 5_000
    assert matcher(b"*?" * 1_000)(name)
    assert matcher(b"?" + b"*" * 2_000)(name)
    assert not matcher(b"*?" * 1_001)(name)
    assert not matcher(b"*?" * 50_000)(b"a" * 50_000)
