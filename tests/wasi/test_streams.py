from __future__ import annotations

import io
import os

from wasi.abi import Filetype, Rights
from wasi.streams import InputStream, OutputStream


def test_what_was_looked_at_is_still_there() -> None:
    source = io.BytesIO(b"abcdef")
    stream = InputStream(source)
    assert stream.peek(4) == b"abcd"
    assert stream.peek(2) == b"ab"
    assert source.tell() == 4
    stream.advance(3)
    assert stream.peek(10) == b"d"
    stream.advance(1)
    assert stream.peek(10) == b"ef"
    stream.advance(2)
    assert stream.peek(10) == b""
    assert stream.peek(0) == b""


def test_nothing_is_read_for_no_room() -> None:
    source = io.BytesIO(b"a")
    assert InputStream(source).peek(0) == b""
    assert source.tell() == 0


def test_an_input_can_be_waited_for_if_it_has_a_descriptor() -> None:
    assert InputStream(io.BytesIO(b"")).fileno() is None
    read, write = os.pipe()
    with os.fdopen(read, "rb") as source, os.fdopen(write, "wb") as sink:
        stream = InputStream(source)
        assert stream.fileno() == read
        sink.write(b"x")
        sink.flush()
        stream.peek(1)
        assert stream.fileno() is None, "something is there already"


def test_outputs_hand_on_what_they_get() -> None:
    seen: list[bytes] = []
    stream = OutputStream(seen.append)
    assert stream.write(b"abc") == 3
    assert (seen, stream.filetype) == ([b"abc"], Filetype.CHARACTER_DEVICE)
    assert stream.rights & Rights.FD_WRITE
    assert not stream.rights & Rights.FD_READ
