"""args_* and environ_*: the vectors of strings that a program starts with."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from wasi.abi import U32
from wasi.door import system_call
from wasi.memory import GuestMemory

if TYPE_CHECKING:
    from wasi.system import Wasi


def _write_sizes(
    memory: GuestMemory, strings: Sequence[bytes], count_at: int, size_at: int
) -> None:
    memory.claim(count_at, U32.size)
    memory.claim(size_at, U32.size)
    memory.put(count_at, U32.pack(len(strings)))
    memory.put(size_at, U32.pack(sum(len(text) + 1 for text in strings)))


def _write_strings(
    memory: GuestMemory, strings: Sequence[bytes], vector_at: int, buffer: int
) -> None:
    """Strings with a NUL each, packed at `buffer`; their addresses at `vector_at`."""
    packed = b"".join(text + b"\0" for text in strings)
    memory.claim(vector_at, U32.size * len(strings))
    memory.claim(buffer, len(packed))
    starts = accumulate((len(text) + 1 for text in strings), initial=buffer)
    memory.put(vector_at, b"".join(map(U32.pack, list(starts)[:-1])))
    memory.put(buffer, packed)


@system_call("i32 i32 -> i32")
def args_sizes_get(wasi: Wasi, memory: GuestMemory, count_at: int, size_at: int) -> None:
    """Number of the arguments, and bytes that they take."""
    _write_sizes(memory, wasi.args, count_at, size_at)


@system_call("i32 i32 -> i32")
def args_get(wasi: Wasi, memory: GuestMemory, vector_at: int, buffer: int) -> None:
    """The arguments."""
    _write_strings(memory, wasi.args, vector_at, buffer)


@system_call("i32 i32 -> i32", group="env")
def environ_sizes_get(wasi: Wasi, memory: GuestMemory, count_at: int, size_at: int) -> None:
    """Number of the environment's variables, and bytes that they take."""
    _write_sizes(memory, wasi.environ, count_at, size_at)


@system_call("i32 i32 -> i32", group="env")
def environ_get(wasi: Wasi, memory: GuestMemory, vector_at: int, buffer: int) -> None:
    """The environment's variables as NAME=value. Only what the embedder passed is in it."""
    _write_strings(memory, wasi.environ, vector_at, buffer)
