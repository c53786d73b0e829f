from __future__ import annotations

from random import Random

from wasi import SeededStream


def test_it_is_the_stream_of_its_seed() -> None:
    stream, plain = SeededStream(7), Random(7)
    assert stream.randbytes(10) == plain.randbytes(10)
    assert stream.random() == plain.random()


def test_it_goes_back_to_where_it_was_saved() -> None:
    stream = SeededStream(7)
    stream.randbytes(3)
    restore = stream.save()
    first = stream.randbytes(9), stream.random()
    for _ in range(3):
        restore()
        restore()
        assert (stream.randbytes(9), stream.random()) == first
