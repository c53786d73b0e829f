"""An arena against a copy: every state comes back, whatever was written and however often."""

from __future__ import annotations

import errno
import os
import resource
from random import Random
from typing import Any

import pytest

from tests.support.require import require
from tests.support.wasi_calls import host_descriptors

SAVED = 8 * 65_536
RESERVED = 2 * SAVED


def module() -> Any:
    require("arena")
    from ferrite.native import arena

    return arena


def zeros() -> Any:
    return module().Arena(bytes(SAVED), SAVED)


def test_it_begins_with_its_bytes_and_takes_what_is_written() -> None:
    arena = module().Arena(b"abc", RESERVED)
    assert bytes(arena.view) == b"abc" + bytes(RESERVED - 3)
    arena.view[RESERVED - 1] = 7
    assert arena.view[RESERVED - 1] == 7


def test_a_size_that_is_no_multiple_of_pages_is_rounded_up() -> None:
    assert len(module().Arena(b"", 1).view) == module().PAGE_BYTES


@pytest.mark.parametrize("table", ["/proc/self/pagemap", "/nowhere"])
def test_every_state_is_followed_by_the_saved_one(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some pages are written every time and become hot, others at random, some behind the end."""
    monkeypatch.setattr(module(), "_PAGE_TABLE", table)
    chance = Random(1)
    first = chance.randbytes(SAVED - 65_536) + bytes(65_536)
    arena = module().Arena(first, RESERVED)
    kept = first + bytes(RESERVED - SAVED)
    views = [arena.view[:SAVED], arena.view[:SAVED].cast("I")]
    assert bytes(arena.view) == kept
    for turn in range(40):
        for start in (8_190, 200_000, *chance.choices(range(RESERVED - 8), k=chance.randrange(20))):
            arena.view[start : start + 8] = chance.randbytes(8)
        views[1][turn] ^= 1
        arena.restore()
        assert bytes(arena.view) == kept
        assert bytes(views[0]) == kept[:SAVED]
    hot = {start // module().PAGE_BYTES for start in arena._hot}
    assert (hot >= {0, 1, 2, 200_000 // module().PAGE_BYTES}) == (table != "/nowhere")


def test_pages_that_change_once_do_not_become_hot() -> None:
    arena = zeros()
    arena.view[:] = b"x" * SAVED
    for _ in range(8):
        arena.restore()
        arena.view[5_000] = 1
    assert list(arena._hot) == [module().PAGE_BYTES]


def test_hot_pages_are_bounded() -> None:
    arena = zeros()
    for _ in range(8):
        arena.view[:] = b"x" * SAVED
        arena.restore()
        assert bytes(arena.view) == bytes(SAVED)
    assert len(arena._hot) == module().HOT_PAGES_MAX


def test_pages_of_zeros_take_no_room_in_the_file() -> None:
    arena = module().Arena(b"1" + bytes(SAVED), RESERVED)
    assert os.fstat(arena._file).st_blocks * 512 <= 65_536


def test_a_host_without_room_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    arenas = module()
    monkeypatch.setattr(os, "pwrite", lambda *_: 100)
    with pytest.raises(OSError) as caught:  # noqa: PT011
        arenas.Arena(b"1" * SAVED, SAVED)
    assert caught.value.errno == errno.ENOSPC


def test_what_the_host_has_opened_goes_with_it() -> None:
    before = host_descriptors()
    for _ in range(20):
        arena = zeros()
    assert host_descriptors() == before + 2
    del arena
    assert host_descriptors() == before


def test_reserving_takes_no_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    arenas = [module().Arena(b"", 1 << 30) for _ in range(8)]
    assert len(arenas) == 8
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000
