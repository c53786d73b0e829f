"""Guests that call one system call of WASI each time they are asked to."""

from __future__ import annotations

from typing import Any

import wasi
import wasm_vm
from tests.support import wat
from wasi.door import CALLS


def caller_of(name: str) -> str:
    """The text of a module that exports a system call, wrapped in a function of its own type."""
    kind = CALLS[name].type
    parameters = "".join(f"(param {each})" for each in kind.parameters)
    results = "".join(f"(result {each})" for each in kind.results)
    gets = "".join(f"(local.get {index})" for index in range(len(kind.parameters)))
    return f"""(import "{wasi.MODULE}" "{name}" (func $call {parameters} {results}))
        (memory (export "memory") 1)
        (func (export "call") {parameters} {results} (call $call {gets}))"""


class Guest:
    """A guest of a system, and its memory."""

    def __init__(self, system: wasi.Wasi, name: str) -> None:
        self.system = system
        self.instance = wat.instance(caller_of(name), system.imports())
        self.memory = self.instance.memory

    def __call__(self, *arguments: int) -> Any:
        """Make the call; its errno."""
        return self.instance.invoke("call", *arguments)

    def u32(self, address: int) -> int:
        return int.from_bytes(self.memory.read(address, 4), "little")

    def u64(self, address: int) -> int:
        return int.from_bytes(self.memory.read(address, 8), "little")


def call(name: str, *arguments: int, **options: Any) -> tuple[Any, Guest]:
    """One call in a system with those options: the errno, and the guest for what it left."""
    guest = Guest(wasi.Wasi(**options), name)
    return guest(*arguments), guest


def vectors(memory: wasm_vm.Memory, at: int, parts: list[tuple[int, int]]) -> None:
    """Write the addresses and lengths of buffers."""
    for index, (address, size) in enumerate(parts):
        memory.write(at + 8 * index, address.to_bytes(4, "little") + size.to_bytes(4, "little"))
