from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrite.keyspace.hashes import Hash
from ferrite.keyspace.thresholds import DefaultThresholds
from ferrite.persistence.checksum import crc64
from ferrite.persistence.cursor import BadFormat
from ferrite.persistence.payloads import VERSION_MAX, BadFooter, dump, load
from ferrite.persistence.value_reader import UNSUPPORTED, Unsupported

LIMITS = DefaultThresholds()


def sealed(body: bytes, version: int = 10) -> bytes:
    """A payload of type code and value, with a footer that fits."""
    body += version.to_bytes(2, "little")
    return body + crc64(body, 0).to_bytes(8, "little")


def test_a_footer_that_does_not_fit() -> None:
    payload = dump(b"text")
    assert load(payload, LIMITS) == b"text"
    for broken in (
        b"",
        payload[:9],
        payload[:-1] + b"x",
        b"x" + payload[1:],
        sealed(b"\x00\x01a", VERSION_MAX + 1),
    ):
        with pytest.raises(BadFooter):
            load(broken, LIMITS)


def test_more_behind_the_value() -> None:
    with pytest.raises(BadFormat, match="more behind"):
        load(sealed(b"\x00\x01ab"), LIMITS)


@pytest.mark.parametrize("code", UNSUPPORTED)
def test_types_that_we_do_not_have(code: int) -> None:
    with pytest.raises(Unsupported, match=UNSUPPORTED[code]):
        load(sealed(bytes((code,)) + b"\x00"), LIMITS)


@given(st.integers(0, 25), st.binary(max_size=40))
def test_any_bytes_are_a_value_or_refused(code: int, data: bytes) -> None:
    try:
        load(sealed(bytes((code,)) + data), LIMITS)
    except BadFormat:
        return


def test_damaged_payloads_are_a_value_or_refused() -> None:
    value, chance = Hash(LIMITS), random.Random(1)
    for index in range(20):
        value.put(b"field %d" % index, b"value")
    body = dump(value)[:-10]
    for _ in range(2000):
        damaged = bytearray(body)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            load(sealed(bytes(damaged)), LIMITS)
        except BadFormat:
            continue
