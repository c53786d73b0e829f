from __future__ import annotations

import pytest

from ferrite.keyspace.clock import Clock
from ferrite.keyspace.databases import Databases
from ferrite.keyspace.hashes import Hash
from ferrite.persistence import rdb
from ferrite.persistence.checksum import crc64
from ferrite.persistence.cursor import BadFormat
from ferrite.persistence.value_reader import Unsupported

NOW = 1_000_000


def databases() -> Databases:
    return Databases(4, Clock(lambda: NOW))


def filled() -> Databases:
    made = databases()
    made[0].set(b"a", b"1")
    made[0].expire_at(b"a", NOW + 5)
    made[0].set(b"dies", b"")
    made[0].expire_at(b"dies", NOW + 1)
    value = made[3].edit(b"h", Hash)
    value.put(b"f", b"v")
    made[3].edited(b"h", value)
    return made


def written(content: Databases) -> bytes:
    return b"".join(rdb.write(content, {b"redis-ver": b"7.2.4"}))


def sealed(body: bytes) -> bytes:
    return body + crc64(body, 0).to_bytes(8, "little")


def test_what_is_written_is_read_back() -> None:
    target = Databases(4, Clock(lambda: NOW + 2))
    loaded = rdb.load(written(filled()), target)
    assert (loaded.keys, loaded.expired) == (2, 1)
    assert loaded.notes == {b"redis-ver": b"7.2.4"}
    assert list(target[0].entries()) == [(b"a", b"1", NOW + 5)]
    hash_value = target[3].get(b"h")
    assert isinstance(hash_value, Hash)
    assert hash_value.fields == {b"f": b"v"}


def test_every_damaged_byte_is_found_and_nothing_stays() -> None:
    data = written(filled())
    for place in range(len(data)):
        target = databases()
        with pytest.raises(BadFormat):
            rdb.load(data[:place] + bytes((data[place] ^ 0x55,)) + data[place + 1 :], target)
        assert not any(map(len, target))
    for size in range(len(data)):
        with pytest.raises(BadFormat):
            rdb.load(data[:size], databases())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"HELLO0010\xff", "no RDB file"),
        (b"REDIS0099\xff", "version 99"),
        (b"REDIS0010\xfe\x09\xff", "no database 9"),
        (b"REDIS0010\x00\x01a\x01b\x00\x01a\x01c\xff", "'a' is there twice"),
        (b"REDIS0010\x63\x01a\xff", "no type 99"),
        (b"REDIS0010\x02\x01a\x00\xff", "the value of the key b'a'"),
    ],
)
def test_what_is_wrong_is_said(body: bytes, reason: str) -> None:
    with pytest.raises(BadFormat, match=reason):
        rdb.load(sealed(body), databases())


def test_a_type_that_we_do_not_have_names_its_key() -> None:
    with pytest.raises(Unsupported, match="the key b'a' holds a stream"):
        rdb.load(sealed(b"REDIS0010\x13\x01a\xff"), databases())


def test_what_is_no_key() -> None:
    body = b"REDIS0010\xfa\x01n\x01v\xfe\x01\xfb\x01\x00\xf8\x05\x00\x01a\x01b\xf9\x07\xfd"
    body += (NOW // 1000 + 9).to_bytes(4, "little") + b"\x00\x01c\x01d\xf5\x03lib\xff"
    target = databases()
    loaded = rdb.load(sealed(body), target)
    assert list(target[1].entries()) == [(b"a", b"b", None), (b"c", b"d", NOW + 9000)]
    assert loaded.left_out == ["a library of Lua functions"]
    assert rdb.load(body + bytes(8), databases()).keys == 2  # 0: written without a checksum
    with pytest.raises(BadFormat, match="more behind"):
        rdb.load(sealed(body) + b"x", databases())
