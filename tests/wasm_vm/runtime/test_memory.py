from __future__ import annotations

import pytest

from wasm_vm.errors import LimitExceeded, Trap, TrapKind
from wasm_vm.limits import PAGE_SIZE, Limits
from wasm_vm.runtime import Memory
from wasm_vm.runtime.budget import ByteBudget
from wasm_vm.types import I64, Bounds, MemoryType


def memory(minimum: int, maximum: int | None = None, **limits: int) -> Memory:
    return Memory(MemoryType(Bounds(minimum, maximum)), Limits(**limits))


def test_a_memory_starts_as_zeros() -> None:
    found = memory(2)
    assert (found.size, found.pages) == (2 * PAGE_SIZE, 2)
    assert found.read(0, found.size) == bytes(2 * PAGE_SIZE)
    assert memory(0).read(0, 0) == b""


def test_read_and_write() -> None:
    found = memory(1)
    found.write(PAGE_SIZE - 3, b"abc")
    assert found.read(PAGE_SIZE - 4, 4) == b"\0abc"
    found.write(PAGE_SIZE, b"")
    copy = found.read(PAGE_SIZE - 3, 3)
    found.write(PAGE_SIZE - 3, b"xyz")
    assert copy == b"abc"


@pytest.mark.parametrize(
    ("address", "size"),
    [(PAGE_SIZE, 1), (PAGE_SIZE - 1, 2), (-1, 1), (0, -1), (2**32, 0), (1, 2**64)],
)
def test_out_of_bounds(address: int, size: int) -> None:
    found = memory(1)
    with pytest.raises(Trap) as caught:
        found.read(address, size)
    assert caught.value.kind is TrapKind.MEMORY_BOUNDS
    assert f"{size} bytes at {address} of {PAGE_SIZE} bytes" in str(caught.value)


def test_a_write_out_of_bounds_writes_nothing() -> None:
    found = memory(1)
    with pytest.raises(Trap):
        found.write(PAGE_SIZE - 2, b"abc")
    assert found.read(PAGE_SIZE - 2, 2) == b"\0\0"


def test_growing_keeps_the_bytes_and_the_object() -> None:
    found = memory(1, 3)
    found.write(0, b"kept")
    data = found.data
    assert [found.grow(1), found.grow(0), found.grow(1), found.grow(1)] == [1, 2, 2, -1]
    assert found.data is data
    assert found.read(0, 4) == b"kept"
    assert found.read(PAGE_SIZE, 2 * PAGE_SIZE) == bytes(2 * PAGE_SIZE)
    assert found.type == MemoryType(Bounds(3, 3))


def test_a_view_cannot_make_growth_go_wrong_in_silence() -> None:
    found = memory(1)
    with memoryview(found.data), pytest.raises(BufferError):
        found.grow(1)
    assert (found.pages, found.grow(1)) == (1, 1)


def test_bounds_of_the_embedder() -> None:
    with pytest.raises(LimitExceeded) as caught:
        memory(5, memory_pages=4)
    assert caught.value.limit == "memory_pages"
    with pytest.raises(LimitExceeded) as caught:
        memory(2, total_bytes=2 * PAGE_SIZE - 1)
    assert caught.value.limit == "total_bytes"
    found = memory(1, 9, memory_pages=3)
    assert [found.grow(3), found.grow(2), found.grow(1)] == [-1, 1, -1]


def test_memories_of_one_store_share_their_bytes() -> None:
    budget = ByteBudget(3 * PAGE_SIZE)
    first = Memory(MemoryType(Bounds(1)), Limits(), budget)
    second = Memory(MemoryType(Bounds(1)), Limits(), budget)
    assert first.may_grow(1)
    assert first.grow(1) == 1
    assert not second.may_grow(1)
    assert second.grow(1) == -1
    assert budget.used == 3 * PAGE_SIZE


def test_no_memory_has_more_than_four_gigabytes() -> None:
    found = memory(1, memory_pages=1 << 20, total_bytes=1 << 50)
    assert not found.may_grow(65_536)


def test_a_memory_of_sixty_four_bits_says_so_and_may_be_greater() -> None:
    limits = Limits(memory_pages=1 << 50, total_bytes=1 << 70)
    found = Memory(MemoryType(Bounds(1, 1 << 40), I64), limits)
    assert found.type == MemoryType(Bounds(1, 1 << 40), I64)
    assert found.may_grow(65_536)
    assert not found.may_grow(1 << 40)
    assert not found.may_grow((1 << 64) - 1)


def test_a_host_without_memory_refuses_and_keeps_its_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    budget = ByteBudget(1 << 62)
    found = Memory(MemoryType(Bounds(1)), Limits(), budget)

    class Full(bytearray):
        def __iadd__(self, other: object) -> Full:  # type: ignore[override]
            raise MemoryError

    found.data = Full(found.data)
    assert found.grow(1) == -1
    assert (found.pages, budget.used) == (1, PAGE_SIZE)

    def bytearray_(size: int) -> bytearray:
        raise MemoryError

    monkeypatch.setattr("wasm_vm.runtime.memory.bytearray", bytearray_, raising=False)
    with pytest.raises(LimitExceeded):
        Memory(MemoryType(Bounds(7)), Limits(), budget)
    assert budget.used == PAGE_SIZE


def test_what_was_saved_comes_back() -> None:
    budget = ByteBudget(1 << 30)
    found = Memory(MemoryType(Bounds(3, 9)), None, budget)
    found.write(PAGE_SIZE + 5, b"kept")
    before, data = found.read(0, found.size), found.data
    restore = found.save()
    for address, pages in ((0, 2), (2 * PAGE_SIZE - 2, 0), (3 * PAGE_SIZE - 4, 1)):
        found.grow(pages)
        found.write(address, b"gone")
        found.write(PAGE_SIZE + 5, b"gone")
        restore()
        assert (found.read(0, found.size), budget.used) == (before, 3 * PAGE_SIZE)
        assert found.data is data
