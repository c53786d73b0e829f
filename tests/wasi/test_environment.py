from __future__ import annotations

from typing import Any

import pytest

import wasi
from tests.support.guests import Guest

ARGUMENTS = ["prog", "", "é", b"\xff\xfe"]
VARIABLES = {"A": "1", "LONG": "x" * 100, "EMPTY": ""}


def strings(prefix: str, **options: Any) -> list[bytes]:
    """What a guest reads, as libc does: sizes first, then the strings."""
    system = wasi.Wasi(**options)
    sizes = Guest(system, f"{prefix}_sizes_get")
    assert sizes(0, 4) == 0
    count, size = sizes.u32(0), sizes.u32(4)
    guest = Guest(system, f"{prefix}_get")
    guest.memory.write(1000 + size, b"\xaa")
    assert guest(16, 1000) == 0
    assert guest.memory.read(1000 + size, 1) == b"\xaa", "the buffer was overrun"
    found = []
    for index in range(count):
        address = guest.u32(16 + 4 * index)
        found.append(guest.memory.read(address, 200).split(b"\0")[0])
    assert sum(len(text) + 1 for text in found) == size
    return found


def test_arguments() -> None:
    assert strings("args", args=ARGUMENTS) == [b"prog", b"", "é".encode(), b"\xff\xfe"]
    assert strings("args") == []


def test_variables_are_those_that_the_embedder_has_named() -> None:
    assert strings("environ", env=VARIABLES) == [b"A=1", b"LONG=" + b"x" * 100, b"EMPTY="]
    assert strings("environ") == []


@pytest.mark.parametrize("name", ["args_get", "environ_get"])
def test_addresses_outside_of_the_memory(name: str) -> None:
    guest = Guest(wasi.Wasi(args=["abc"], env={"A": "1"}), name)
    assert guest(65_533, 0) == wasi.Errno.FAULT
    assert guest(0, 65_533) == wasi.Errno.FAULT
    assert guest(0, 65_532) == wasi.Errno.SUCCESS


@pytest.mark.parametrize(
    "options", [{"args": ["a\0b"]}, {"env": {"A": "1\0"}}, {"env": {"\0": ""}}]
)
def test_a_nul_cannot_be_passed(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="NUL"):
        wasi.Wasi(**options)


@pytest.mark.parametrize("name", ["environ_get", "environ_sizes_get"])
def test_the_group_env_can_be_restricted(name: str) -> None:
    system = wasi.Wasi(env={"A": "1"}, policy=wasi.Policy(restricted=("env",)))
    guest = Guest(system, name)
    assert guest(0, 64) == wasi.Errno.NOTCAPABLE
    assert guest.memory.read(0, 128) == bytes(128)
    assert system.events[0].decision is wasi.Decision.DENIED


def test_what_was_passed_needs_no_further_permission() -> None:
    system = wasi.Wasi(env={"A": "1"})
    assert Guest(system, "environ_sizes_get")(0, 4) == 0
    assert system.events[0].decision is wasi.Decision.ALLOWED
