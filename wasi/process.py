"""proc_exit, proc_raise and random_get."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wasi.abi import Errno, ProcessExit, WasiError
from wasi.door import system_call
from wasi.memory import GuestMemory

if TYPE_CHECKING:
    from wasi.system import Wasi

_SIGNALS = 31
_NONE = 0
_IGNORED = frozenset({16, 17, 22, 27})
"""Child, continue, urgent data, window size: what they do by default is nothing."""
_STOPPING = frozenset({18, 19, 20, 21})
_KILLED = 128


@system_call("i32 ->")
def proc_exit(wasi: Wasi, memory: GuestMemory, code: int) -> None:
    """End the guest."""
    raise ProcessExit(code)


@system_call("i32 -> i32")
def proc_raise(wasi: Wasi, memory: GuestMemory, signal: int) -> None:
    """What the signal does by default: nothing, or the end, with the exit code that shells show."""
    if signal >= _SIGNALS:
        raise WasiError(Errno.INVAL)
    if signal in _STOPPING:
        raise WasiError(Errno.NOTSUP)
    if signal != _NONE and signal not in _IGNORED:
        raise ProcessExit(_KILLED + signal)


def seeded_bytes(wasi: Wasi, memory: GuestMemory, buffer: int, size: int) -> None:
    """Bytes of the guest's own stream, the same in every run with the same seed."""
    memory.claim(buffer, size)
    memory.put(buffer, wasi.random.randbytes(size))


@system_call("i32 i32 -> i32", group="random", substitute=seeded_bytes)
def random_get(wasi: Wasi, memory: GuestMemory, buffer: int, size: int) -> None:
    """Random bytes of the operating system, or of the seed where the embedder gave one."""
    if wasi.seed is not None:
        seeded_bytes(wasi, memory, buffer, size)
        return
    memory.claim(buffer, size)
    memory.put(buffer, os.urandom(size))
