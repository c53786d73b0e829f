"""proc_exit and random_get."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wasi.abi import ProcessExit
from wasi.door import system_call
from wasm_vm import Memory

if TYPE_CHECKING:
    from wasi.system import Wasi


@system_call("i32 ->")
def proc_exit(wasi: Wasi, memory: Memory, code: int) -> None:
    """End the guest."""
    raise ProcessExit(code)


def seeded_bytes(wasi: Wasi, memory: Memory, address: int, size: int) -> None:
    """Bytes of the guest's own stream, the same in every run with the same seed."""
    memory.check(address, size)
    memory.write(address, wasi.random.randbytes(size))


@system_call("i32 i32 -> i32", group="random", substitute=seeded_bytes)
def random_get(wasi: Wasi, memory: Memory, address: int, size: int) -> None:
    """Random bytes of the operating system, or of the seed where the embedder gave one."""
    memory.check(address, size)
    memory.write(address, os.urandom(size) if wasi.seed is None else wasi.random.randbytes(size))
