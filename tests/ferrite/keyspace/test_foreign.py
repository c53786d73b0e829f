"""Values of foreign types: framed, copied, never looked into."""

from __future__ import annotations

import pytest

from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.foreign import ForeignValue


def test_frames() -> None:
    value = ForeignValue("JSON", 2**32 - 1, b'{"a": 1}')
    again = ForeignValue.from_frame(value.frame())
    assert (again.name, again.version, again.data) == ("JSON", 2**32 - 1, b'{"a": 1}')
    assert again.type_name == "JSON"
    copied = value.copy()
    assert copied is not value
    assert copied.frame() == value.frame()
    assert value.memory_bytes(0) > len(value.data)


@pytest.mark.parametrize("frame", [b"", b"\0\0\0\0\0", b"\5abc", b"\1a\0\0\0", b"\1\xff\0\0\0\0"])
def test_no_frames(frame: bytes) -> None:
    with pytest.raises(ValueError, match=r"too short|codec"):
        ForeignValue.from_frame(frame)


def test_undo() -> None:
    keyspace = Keyspace()
    keyspace.set(b"k", ForeignValue("T", 1, b"old"))
    keyspace.journal.begin()
    keyspace.update(b"k", ForeignValue("T", 1, b"new"))
    keyspace.journal.rollback()
    value = keyspace.get(b"k")
    assert isinstance(value, ForeignValue)
    assert value.data == b"old"
