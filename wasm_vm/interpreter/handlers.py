"""What a handler is, and the handlers that the table's own columns define.

A handler takes the operand stack, the step's prepared immediate and the frame. It answers None to
go on with the next step, the index of another step, or SWITCH when another frame is on top.

A handler that pays a variable cost looks at its operands first and takes them only after it has
paid: an instruction that is not affordable has not happened, and may be tried again.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from wasm_vm.errors import Trap
from wasm_vm.instructions import TABLE, Instruction
from wasm_vm.instructions.meaning import NAMESPACE, OPERANDS, function, text
from wasm_vm.numeric import MASK32, MASK64, f32_bits, f32_from_bits
from wasm_vm.runtime.memory import out_of_bounds
from wasm_vm.types import F32, F64, I64, V128

if TYPE_CHECKING:
    from wasm_vm.interpreter.machine import Frame

Handler = Callable[[list[Any], Any, "Frame"], int | None]

SWITCH = -1
"""A handler's answer when the machine must look at its frames again."""

HANDLERS: dict[str, Handler] = {}


Declared = TypeVar("Declared", bound=Handler)


def handles(*names: str) -> Callable[[Declared], Declared]:
    """Declare the handler of some instructions."""

    def declare(function: Declared) -> Declared:
        for name in names:
            HANDLERS[name] = function
        return function

    return declare


def _from_meaning(row: Instruction) -> Handler:
    """A handler that replaces the operands by the meaning's value.

    The source is made of the table's text alone, never of anything that a guest has said.
    """
    pops = OPERANDS[1 : len(row.operands or ())]
    body = "".join(f"{name} = stack.pop(); " for name in reversed(pops))
    body += f"stack[-1] = {text(row, 'stack[-1]', *pops)}"
    namespace = dict(NAMESPACE)
    exec(f"def handler(stack, immediate, frame): {body}", namespace)
    handler: Handler = namespace["handler"]
    return handler


_FORMATS = {1: "B", 2: "H", 4: "I", 8: "Q"}


def _load(row: Instruction) -> Handler:
    assert row.access is not None  # the table's own rows, checked by its tests
    size, signed = row.access.size, row.access.signed
    kind = row.results[0]
    code = "d" if kind is F64 else _FORMATS[size].lower() if signed else _FORMATS[size]
    unpack = struct.Struct("<" + code).unpack_from
    mask = MASK64 if kind is I64 else MASK32

    def load(stack: list[Any], immediate: Any, frame: Frame) -> None:
        offset, memory = immediate
        address = stack[-1] + offset
        try:
            stack[-1] = unpack(frame.instance.memories[memory].data, address)[0]
        except (struct.error, IndexError, OverflowError):
            raise _out_of_bounds(frame, memory, address, size) from None

    def load_signed(stack: list[Any], immediate: Any, frame: Frame) -> None:
        load(stack, immediate, frame)
        stack[-1] &= mask

    def load_f32(stack: list[Any], immediate: Any, frame: Frame) -> None:
        load(stack, immediate, frame)
        stack[-1] = f32_from_bits(stack[-1])

    return load_f32 if kind is F32 else load_signed if signed else load


def _store(row: Instruction) -> Handler:
    assert row.access is not None  # the table's own rows, checked by its tests
    size = row.access.size
    kind = (row.operands or ())[1]
    pack = struct.Struct("<" + ("d" if kind is F64 else _FORMATS[size])).pack_into
    mask = (1 << size * 8) - 1

    def store(stack: list[Any], immediate: Any, frame: Frame) -> None:
        value = stack.pop()
        offset, memory = immediate
        address = stack.pop() + offset
        try:
            pack(frame.instance.memories[memory].data, address, value)
        except (struct.error, IndexError, OverflowError):
            raise _out_of_bounds(frame, memory, address, size) from None

    def store_wrapped(stack: list[Any], immediate: Any, frame: Frame) -> None:
        stack[-1] &= mask
        store(stack, immediate, frame)

    def store_f32(stack: list[Any], immediate: Any, frame: Frame) -> None:
        stack[-1] = f32_bits(stack[-1])
        store(stack, immediate, frame)

    if kind is F32:
        return store_f32
    return store if kind is F64 or size == 8 else store_wrapped


def _out_of_bounds(frame: Frame, memory: int, address: int, size: int) -> Trap:
    return out_of_bounds(address, size, len(frame.instance.memories[memory].data))


def _vector_load(row: Instruction) -> Handler:
    """The meaning makes a vector of the bytes read."""
    assert row.access is not None  # the table's own rows, checked by its tests
    size, vector = row.access.size, function(row)

    def load(stack: list[Any], immediate: Any, frame: Frame) -> None:
        offset, memory = immediate
        stack[-1] = vector(frame.instance.memories[memory].read(stack[-1] + offset, size))

    return load


def _vector_store(stack: list[Any], immediate: Any, frame: Frame) -> None:
    value = stack.pop()
    offset, memory = immediate
    frame.instance.memories[memory].write(stack.pop() + offset, value)


def _load_lane(row: Instruction) -> Handler:
    assert row.access is not None  # the table's own rows, checked by its tests
    size = row.access.size

    def load(stack: list[Any], immediate: Any, frame: Frame) -> None:
        vector = stack.pop()
        offset, memory, lane = immediate
        data = frame.instance.memories[memory].read(stack[-1] + offset, size)
        stack[-1] = vector[: lane * size] + data + vector[lane * size + size :]

    return load


def _store_lane(row: Instruction) -> Handler:
    assert row.access is not None  # the table's own rows, checked by its tests
    size = row.access.size

    def store(stack: list[Any], immediate: Any, frame: Frame) -> None:
        vector = stack.pop()
        offset, memory, lane = immediate
        data = vector[lane * size : lane * size + size]
        frame.instance.memories[memory].write(stack.pop() + offset, data)

    return store


def _memory_handler(row: Instruction) -> Handler:
    if row.immediates == "memarg lane":
        return _load_lane(row) if row.results else _store_lane(row)
    if row.meaning:
        return _vector_load(row)
    if row.results:
        return _load(row)
    return _vector_store if (row.operands or ())[1] is V128 else _store(row)


for _row in TABLE:
    if _row.access is not None:
        HANDLERS[_row.name] = _memory_handler(_row)
    elif _row.meaning:
        HANDLERS[_row.name] = _from_meaning(_row)
