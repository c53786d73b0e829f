"""Random arguments for every system call: no exception but the VM's, no write where none belongs.

The memory is full of numbers that look like vectors, paths and flags, so that calls get somewhere.
With FERRITE_SOAK=1 it is ten times as many.
"""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

import wasi
import wasm_vm
from tests.support.wasi_calls import EVERY_RIGHT, RESULT, ROOT, Calls
from wasi.abi import EVENT, Errno
from wasi.door import CALLS

TUPLES = 100_000 if os.environ.get("FERRITE_SOAK") else 10_000
PER_GUEST = 250
LISTENER = 4
SIZE = 65_536

PATHS = (
    b"file", b"dir", b"dir/inner", b"link", b"new", b"..", b"../secret", b"/etc", b"a/b", b".",
    b"dir/", b"\xff", b"x\0y", b"loop", b"to_secret", b"dir/../file", b"",
)  # fmt: skip
"""What stands at 256, 512, 768 ..."""


def seeded(chance: Random) -> bytearray:
    """A memory: small numbers, addresses, and paths at known places."""
    memory = bytearray(chance.randbytes(SIZE))
    for at in range(8_192, 16_384, 8):
        address, size = chance.randrange(20_000, 60_000), chance.choice((0, 1, 7, 100, 4_000))
        memory[at : at + 8] = address.to_bytes(4, "little") + size.to_bytes(4, "little")
    for at in range(16_384, 20_000, 48):
        kind = chance.choice((0, 0, 1, 2, 3))
        fields = (chance.randrange(8), kind, chance.randrange(6), chance.randrange(1000), 0, 0)
        memory[at : at + 48] = b"".join(number.to_bytes(8, "little") for number in fields)
    for number, path in enumerate(PATHS, 1):
        memory[256 * number : 256 * number + len(path)] = path
    return memory


def argument(chance: Random, name: str, kind: wasm_vm.ValueType) -> int:
    """Something that is now and then what the call wants."""
    bits = 64 if kind is wasm_vm.I64 else 32
    pick = chance.random()
    if pick < 0.15:
        return chance.getrandbits(bits)
    if pick < 0.25:
        return chance.choice((0, 1, -1, SIZE, SIZE - 1, SIZE - 4, (1 << bits) - 8, 1 << bits - 1))
    if ("fd" in name and "flags" not in name and not name.endswith("_at")) or name == "to":
        return chance.choice((0, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, 9))
    if name in _FLAGS:
        return chance.choice(_FLAGS[name])
    if name.endswith("path"):
        return 256 * chance.randrange(1, len(PATHS) + 1)
    if name == "iovs":
        return 8 * chance.randrange(1_024, 2_048)
    if name == "in_at":
        return 16_384 + 48 * chance.randrange(70)
    if name.endswith(("_at", "buffer")):
        return chance.randrange(60_000, SIZE)
    if "rights" in name or name == "inheriting":
        return chance.choice((0, (1 << 64) - 1, (1 << 64) - 1, chance.getrandbits(30)))
    return chance.randrange(chance.choice((1, 2, 4, 20, 2_000)))


_FLAGS = {"oflags": (0, 0, 1, 1, 2, 5, 8, 9), "fdflags": (0, 0, 1, 4, 31), "lookup_flags": (0, 1)}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "secret").write_bytes(b"secret")
    yield tmp_path
    assert (tmp_path / "secret").read_bytes() == b"secret"
    assert sorted(os.listdir(tmp_path)) == ["root", "secret"]


def guest_in(world: Path, number: int) -> Calls:
    root = world / "root"
    for path in (root, root / "dir", root / "dir/inner"):
        path.mkdir(exist_ok=True)
    for name, text in (("link", "file"), ("loop", "loop"), ("to_secret", "../secret")):
        if not (root / name).is_symlink() and not (root / name).exists():
            (root / name).symlink_to(text)
    if not (root / "file").exists():
        (root / "file").write_bytes(b"0123456789" * 10)
    listener = socket.create_server(("127.0.0.1", 0))
    policy = wasi.Policy(write_bytes_max=1 << 20, max_file_handles=20)
    guest = Calls(root, args=["x"], env={"A": "1"}, stdin=b"abc" * 100, policy=policy,
                  listeners=[listener], seed=number)  # fmt: skip
    guest.open("file", rights=EVERY_RIGHT)
    guest.open("dir")
    with socket.create_connection(listener.getsockname()) as other:
        other.sendall(b"hello" * 100)
        guest("sock_accept", LISTENER, 0, RESULT)
    guest.instance.store.meter.checkpoint = _impatient
    return guest


class TurnIsOver(Exception):
    """What the embedder's checkpoint raises: nobody waits for connections here."""


def _impatient() -> None:
    raise TurnIsOver


def test_random_arguments(world: Path) -> None:
    chance = Random(7)
    names = [name for name in CALLS if name != "proc_exit"]
    ends: Counter[str] = Counter()
    reached: set[str] = set()
    for number in range(TUPLES // PER_GUEST):
        guest = guest_in(world, number)
        guest.memory.write(0, bytes(seeded(chance)))
        for _ in range(PER_GUEST):
            name = chance.choice(names)
            if name in ("fd_close", "fd_renumber") and chance.random() < 0.8:
                continue
            call = CALLS[name]
            if chance.random() < 0.03:
                guest.memory.write(0, bytes(seeded(chance)))
            state = bytes(guest.memory.data)
            given = [
                argument(chance, parameter, kind)
                for parameter, kind in zip(call.parameters, call.type.parameters, strict=True)
            ]
            guest.instance.fuel.refill(5_000_000)
            try:
                errno = Errno(guest.instance.invoke(name, *given))
            except (wasm_vm.OutOfFuel, wasi.ProcessExit, TurnIsOver) as error:
                ends[type(error).__name__] += 1
                continue
            ends[errno.name] += 1
            after = bytes(guest.memory.data)
            if errno is Errno.SUCCESS:
                reached.add(name)
                _check_changes(name, given, state, after)
            else:
                assert after == state, (name, given, errno)
        guest.system.close()
    assert ends["SUCCESS"] > TUPLES // 20
    assert len(ends) > 12
    assert len(reached) > 35, sorted(set(names) - reached)


def _check_changes(name: str, given: list[int], before: bytes, after: bytes) -> None:
    """Every byte that has changed lies in a buffer that the guest has named."""
    if before == after:
        return
    named = [range(0)]
    for parameter, value in zip(CALLS[name].parameters, given, strict=True):
        address = value & 0xFFFF_FFFF
        if parameter == "iovs":
            count = given[CALLS[name].parameters.index("iovs_len")] & 0xFFFF_FFFF
            for at in range(address, address + 8 * count, 8):
                start, size = (
                    int.from_bytes(before[at + o : at + o + 4], "little") for o in (0, 4)
                )
                named.append(range(start, start + size))
        elif parameter.endswith("_at") or parameter == "buffer":
            named.append(range(address, address + _room(name, parameter, given)))
    changed = int.from_bytes(before, "little") ^ int.from_bytes(after, "little")
    stray = bytearray(changed.to_bytes(SIZE, "little"))
    for each in named:
        stray[each.start : each.stop] = bytes(len(stray[each.start : each.stop]))
    assert not any(stray), (name, given)


_SIZES = {
    "size": ("fd_prestat_dir_name", "fd_readdir", "random_get"),
    "text_size": ("path_readlink",),
}
_FIXED = {"stat_at": 64, "prestat_at": 8, "ro_flags_at": 2}


def _room(name: str, parameter: str, given: list[int]) -> int:
    """Bytes that a call may write there."""
    if name in ("args_get", "environ_get"):
        return 8
    if parameter == "out_at":
        return EVENT.size * given[CALLS[name].parameters.index("count")]
    parameters = CALLS[name].parameters
    for length, calls in _SIZES.items():
        if name in calls and parameters.index(parameter) + 1 == parameters.index(length):
            return given[parameters.index(length)] & 0xFFFF_FFFF
    return _FIXED.get(parameter, 8)


def test_the_arguments_are_named(world: Path) -> None:
    """The checks above go by the names of parameters."""
    assert not (world / "root").exists()
    (world / "root").mkdir()
    for call in CALLS.values():
        assert len(call.parameters) == len(call.type.parameters)
    assert CALLS["fd_read"].parameters == ("fd", "iovs", "iovs_len", "nread_at")
    assert ROOT == 3
