from __future__ import annotations

import pytest

import wasm_vm
from tests.support import wat
from wasi.abi import IOVEC, Errno, WasiError
from wasi.memory import PATH_BYTES_MAX, VECTORS_MAX, GuestMemory, room


def guest_memory(fuel: int | None = None) -> tuple[GuestMemory, wasm_vm.Memory]:
    instance = wat.instance('(memory (export "memory") 1)', limits=wasm_vm.Limits(fuel=fuel))
    return GuestMemory(instance.memory, instance.fuel), instance.memory


def test_every_byte_costs_a_unit_in_either_direction() -> None:
    memory, plain = guest_memory(100)
    memory.write(10, b"hello")
    assert memory.read(10, 5) == plain.read(10, 5) == b"hello"
    memory.claim(20, 30)
    memory.put(20, b"x" * 30)
    assert memory.moved == 40
    with pytest.raises(wasm_vm.OutOfFuel):
        memory.read(0, 61)
    assert memory.read(0, 60) == plain.read(0, 60)


def test_what_is_not_affordable_is_not_written() -> None:
    memory, plain = guest_memory(4)
    with pytest.raises(wasm_vm.OutOfFuel):
        memory.write(0, b"hello")
    assert plain.read(0, 5) == bytes(5)
    assert memory.moved == 0


@pytest.mark.parametrize(("address", "size"), [(65_536, 1), (65_530, 7), (1 << 32, 0)])
def test_outside_is_a_trap_and_costs_nothing(address: int, size: int) -> None:
    memory, _ = guest_memory()
    for access in (memory.check, memory.read, memory.claim, memory.path):
        with pytest.raises(wasm_vm.Trap):
            access(address, size)
    assert memory.moved == 0


@pytest.mark.parametrize(
    ("data", "errno"),
    [
        (b"", Errno.NOENT),
        (b"a\0b", Errno.INVAL),
        (b"a\0", Errno.INVAL),
        (b"\xff", Errno.ILSEQ),
        (b"\xed\xa0\x80", Errno.ILSEQ),
        (b"a" * (PATH_BYTES_MAX + 1), Errno.NAMETOOLONG),
    ],
)
def test_what_no_path_can_be(data: bytes, errno: Errno) -> None:
    memory, plain = guest_memory()
    plain.write(0, data)
    with pytest.raises(WasiError) as caught:
        memory.path(0, len(data))
    assert caught.value.errno is errno


def test_paths() -> None:
    memory, plain = guest_memory()
    for path in ("a/b", "ä/€/𝄞", "a" * PATH_BYTES_MAX):
        data = path.encode()[:PATH_BYTES_MAX]
        plain.write(0, data)
        assert memory.path(0, len(data)) == data


def test_vectors() -> None:
    memory, plain = guest_memory()
    plain.write(0, IOVEC.pack(100, 3) + IOVEC.pack(200, 0) + IOVEC.pack(300, 4))
    found = memory.buffers(0, 3)
    assert (found, room(found)) == ([(100, 3), (200, 0), (300, 4)], 7)
    memory.scatter(found, b"abcdef")
    assert (plain.read(100, 4), plain.read(300, 4)) == (b"abc\0", b"def\0")
    assert memory.gather(found, 100) == b"abcdef\0"
    assert memory.gather(found, 4) == b"abcd"
    assert memory.gather(found, 0) == b""


def test_vectors_are_checked_as_a_whole() -> None:
    memory, plain = guest_memory()
    plain.write(0, IOVEC.pack(100, 3) + IOVEC.pack(65_535, 2))
    with pytest.raises(wasm_vm.Trap):
        memory.buffers(0, 2)
    with pytest.raises(WasiError, match="INVAL"):
        memory.buffers(0, VECTORS_MAX + 1)


def test_the_embedder_gets_its_turn() -> None:
    turns: list[int] = []
    store = wasm_vm.Store(checkpoint=lambda: turns.append(1))
    instance = wat.instance('(memory (export "memory") 1)', store=store)
    GuestMemory(instance.memory, instance.fuel).checkpoint()
    assert turns == [1]
    memory, _ = guest_memory()
    memory.checkpoint()
