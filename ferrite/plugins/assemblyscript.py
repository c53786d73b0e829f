"""env.abort, env.seed and env.trace: what AssemblyScript's own runtime imports.

Source: https://www.assemblyscript.org/concepts.html#special-imports. Its strings are UTF-16 with
their length in bytes in the four bytes before them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ferrite.permissions import Right
from ferrite.plugins.host_api.context import HostContext
from wasi import SeededStream
from wasm_vm import F64, I32, Caller, FunctionType, HostFunction, Trap, TrapKind

MODULE = "env"
TEXT_BYTES_MAX = 4_096
TRACE_NUMBERS = 5
LOG_INFO = 1
SEED_BYTES = 8


def imports(context: HostContext, stream: SeededStream) -> dict[str, HostFunction]:
    """The three functions for one guest; `stream` gives seeds to one without system.random."""

    def abort(caller: Caller | None, arguments: list[Any]) -> tuple[()]:
        context.called_by(caller)
        message, file = (_text(context, address) for address in arguments[:2])
        raise Trap(TrapKind.HOST, f"abort: {message} at {file}:{arguments[2]}:{arguments[3]}")

    def seed(_caller: Caller | None, _arguments: list[Any]) -> tuple[float]:
        if context.grant.allows(Right.SYSTEM_RANDOM):
            return (float(int.from_bytes(os.urandom(SEED_BYTES - 2))),)
        return (stream.random(),)

    def trace(caller: Caller | None, arguments: list[Any]) -> tuple[()]:
        context.called_by(caller)
        numbers = arguments[2 : 2 + min(arguments[1], TRACE_NUMBERS)]
        shown = ", ".join(f"{number:g}" for number in numbers)
        context.write_line(LOG_INFO, f"{_text(context, arguments[0])} {shown}".rstrip())
        return ()

    return {
        name: HostFunction(_TYPES[name], f"{MODULE}.{name}", code, code)
        for name, code in (("abort", abort), ("seed", seed), ("trace", trace))
    }


_Code = Callable[[Caller | None, list[Any]], tuple[Any, ...]]
_TYPES = {
    "abort": FunctionType((I32, I32, I32, I32), ()),
    "seed": FunctionType((), (F64,)),
    "trace": FunctionType((I32, I32, *(F64,) * TRACE_NUMBERS), ()),
}
NAMES = frozenset(_TYPES)


def _text(context: HostContext, address: int) -> str:
    """A string of the guest, cut to a readable length; "" for null."""
    if address == 0:
        return ""
    size = int.from_bytes(context.read(address - 4, 4, 4, "a length"), "little")
    size = min(size, TEXT_BYTES_MAX)
    data = context.read(address, size, size, "a text")
    return data.decode("utf-16-le", "replace")
