"""Frames: what is written is read back, and nothing else is."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from ferrite.plugins.recording.frames import (
    KINDS,
    READ,
    WRITE,
    Call,
    End,
    Frame,
    Header,
    Host,
    Last,
    RecordError,
    Start,
    State,
    from_bytes,
    inflated,
    limits_as_data,
    limits_from_data,
    to_bytes,
)
from ferrite.protocol.encoder import encode
from wasm_vm import InstanceState, Limits

EXAMPLES: list[Frame] = [
    Header("1.0", 1, "p", "1.2.3", "ab" * 32, b"\x00\xff\r\n", 4, "_start", 512, 1_700_000_000_000),
    Start({"fuel": 5, "slice": 16_384}),
    Call(1, "command", "T.RUN", "t", [-1, 2], [b"", b"\r\n\xff"], 2**62, 0, 1, -1, "j\udcff", 7, 9),
    Host("ferrite_v1.get", [2**64 - 1, 2**127], 3, 4, [2**32 - 1], [READ, 5, b"x", WRITE, 6, b""],
         "trap", "HOST what", -3),
    End("return", "", -1, b":1\r\n", [b"_\r\n", b"$0\r\n\r\n"], 12, 2**32),
    Last("because \u00e9"),
]  # fmt: skip


@pytest.mark.parametrize("frame", EXAMPLES, ids=lambda frame: type(frame).__name__)
def test_round_trip(frame: Frame) -> None:
    assert from_bytes(to_bytes(frame)) == frame


def test_the_state_of_an_instance() -> None:
    state = InstanceState(
        (bytes(65_536), b"ab" * 32_768), ((None, 3, 0), ()), (2**127, None, 0), (True,), (False,)
    )
    frame = from_bytes(to_bytes(State.of(state, Limits())))
    assert isinstance(frame, State)
    assert frame.state() == state
    assert limits_from_data(frame.limits) == Limits()
    assert len(to_bytes(frame)) < 2_000


def test_every_kind_has_an_example() -> None:
    assert {type(frame) for frame in EXAMPLES} | {State} == set(KINDS)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not one array"),
        (b":1\r\n", "not one array"),
        (b"*0\r\n", "not one array"),
        (b"*1\r\n:1\r\n", "unknown kind"),
        (b"*1\r\n*0\r\n", "unknown kind"),
        (encode([b"fly"], 3), "unknown kind"),
        (encode([b"last"], 3), "'last' of 0 fields"),
        (encode([b"last", b"a", b"b"], 3), "'last' of 2 fields"),
        (encode([b"last", 1], 3), "whose reason is wrong: a int stands for bytes"),
        (encode([b"start", [1]], 3), "whose limits is wrong"),
        (encode([b"start", {b"a": b"b"}], 3), "whose limits is wrong"),
        (encode([b"start", {b"a": True}], 3), "a bool stands for an integer"),
        (b"?what\r\n", "is no frame"),
        (b":1\r\n:2\r\n", "not one array"),
        (b"*1\r\n" * 200 + b":1\r\n", "is no frame"),
        (b":" + b"9" * 5_000 + b"\r\n", "is no frame"),
    ],
)
def test_what_is_no_frame(data: bytes, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        from_bytes(data)


def test_damaged_bytes_never_do_more_than_be_refused() -> None:
    random = Random(7)
    for _ in range(3_000):
        data = bytearray(to_bytes(random.choice(EXAMPLES)))
        for _ in range(random.randint(1, 4)):
            data[random.randrange(len(data))] = random.choice(b"\x00\r\n$*:,#(%_09-\xff")
        try:
            frame: Any = from_bytes(bytes(data))
        except RecordError:
            continue
        assert type(frame) in KINDS


@pytest.mark.parametrize(("data", "size"), [(b"", 1), (b"x", 1), (b"x\x9c", -1)])
def test_packed_bytes_are_judged(data: bytes, size: int) -> None:
    with pytest.raises(RecordError, match="packed bytes"):
        inflated(data, size)


def test_a_bomb_is_not_unpacked() -> None:
    import zlib

    packed = zlib.compress(bytes(50_000_000))
    with pytest.raises(RecordError, match="not the 10 that"):
        inflated(packed, 10)


def test_limits() -> None:
    limits = Limits(fuel=7, memory_pages=3)
    assert limits_from_data(limits_as_data(limits)) == limits
    assert "fuel" not in limits_as_data(Limits())
    for wrong in ({"fly": 1}, {"fuel": -1}):
        with pytest.raises(RecordError, match="a limit"):
            limits_from_data(wrong)


def test_sizes_that_do_not_match() -> None:
    state = State({}, [b""], [], [], [], [], [], [])
    with pytest.raises(RecordError, match="sizes"):
        state.state()
