"""Handlers of memory.size and grow, bulk memory and tables (spec 4.4.7, 4.4.6).

The order of every operator here is the cost model's: fixed cost (the machine has taken it), traps,
variable cost, effect. Long effects stop at checkpoints, so that no guest holds the host for long.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from wasm_vm.interpreter.handlers import handles
from wasm_vm.numeric import MASK32, MASK64
from wasm_vm.runtime import memory as memories
from wasm_vm.runtime import table as tables
from wasm_vm.types import I32, I64, ValueType

if TYPE_CHECKING:
    from wasm_vm.interpreter.machine import Frame
    from wasm_vm.runtime.fuel import Meter

_ALL_ONES: dict[ValueType, int] = {I32: MASK32, I64: MASK64}
"""-1 as an address."""

CHUNK_BYTES = 1 << 20
CHUNK_ELEMENTS = CHUNK_BYTES // 8

FIXED = 1
"""The fixed cost of every operator with a variable one, which a refused operator gets back."""


def chunks(meter: Meter, count: int, size: int, backwards: bool = False) -> Iterator[slice]:
    """Ranges that cover 0..count, with the embedder's checkpoint between them."""
    starts = range(0, count, size)
    for number, start in enumerate(reversed(starts) if backwards else starts):
        if number and meter.checkpoint is not None:
            meter.checkpoint()
        yield slice(start, min(start + size, count))


@handles("memory.size")
def memory_size(stack: list[Any], memory: int, frame: Frame) -> None:
    """Push the size in pages."""
    stack.append(frame.instance.memories[memory].pages)


@handles("memory.grow")
def memory_grow(stack: list[Any], index: int, frame: Frame) -> None:
    """Grow by pages; the size before, or -1 where a bound forbids it, which costs nothing more."""
    memory, pages = frame.instance.memories[index], stack[-1]
    if not memory.may_grow(pages):
        stack[-1] = _ALL_ONES[memory.address]
        return
    meter = frame.machine.meter
    meter.surcharge(pages, FIXED)
    before = memory.grow(pages)
    if before < 0:
        meter.cell += pages
    stack[-1] = before & _ALL_ONES[memory.address]


@handles("memory.fill")
def memory_fill(stack: list[Any], index: int, frame: Frame) -> None:
    """Set bytes to one value."""
    memory = frame.instance.memories[index]
    address, value, count = stack[-3:]
    memory.check(address, count)
    meter = frame.machine.meter
    meter.surcharge(count, FIXED)
    byte = bytes((value & 0xFF,))
    for part in chunks(meter, count, CHUNK_BYTES):
        memory.data[address + part.start : address + part.stop] = byte * (part.stop - part.start)
    del stack[-3:]


@handles("memory.copy")
def memory_copy(stack: list[Any], immediate: Any, frame: Frame) -> None:
    """Copy bytes; the ranges may overlap."""
    target, source = (frame.instance.memories[index] for index in immediate)
    to, origin, count = stack[-3:]
    source.check(origin, count)
    target.check(to, count)
    meter = frame.machine.meter
    meter.surcharge(count, FIXED)
    for part in chunks(meter, count, CHUNK_BYTES, backwards=to > origin):
        block = source.data[origin + part.start : origin + part.stop]
        target.data[to + part.start : to + part.stop] = block
    del stack[-3:]


@handles("memory.init")
def memory_init(stack: list[Any], immediate: Any, frame: Frame) -> None:
    """Copy from a data segment."""
    segment, index = immediate
    memory, data = frame.instance.memories[index], frame.instance.datas[segment]
    to, origin, count = stack[-3:]
    if origin + count > len(data):
        raise memories.out_of_bounds(origin, count, len(data))
    memory.check(to, count)
    meter = frame.machine.meter
    meter.surcharge(count, FIXED)
    for part in chunks(meter, count, CHUNK_BYTES):
        block = data[origin + part.start : origin + part.stop]
        memory.data[to + part.start : to + part.stop] = block
    del stack[-3:]


@handles("data.drop")
def data_drop(stack: list[Any], segment: int, frame: Frame) -> None:
    """Forget a data segment."""
    frame.instance.datas[segment] = b""


@handles("table.get")
def table_get(stack: list[Any], index: int, frame: Frame) -> None:
    """Push an element."""
    stack[-1] = frame.instance.tables[index].get(stack[-1])


@handles("table.set")
def table_set(stack: list[Any], index: int, frame: Frame) -> None:
    """Pop into an element."""
    value = stack.pop()
    frame.instance.tables[index].set(stack.pop(), value)


@handles("table.size")
def table_size(stack: list[Any], index: int, frame: Frame) -> None:
    """Push the size in elements."""
    stack.append(frame.instance.tables[index].size)


@handles("table.grow")
def table_grow(stack: list[Any], index: int, frame: Frame) -> None:
    """Grow by elements; the size before, or -1 where a bound forbids it."""
    table = frame.instance.tables[index]
    value, count = stack[-2:]
    if table.may_grow(count):
        frame.machine.meter.surcharge(count, FIXED)
        result = table.grow(count, value)
    else:
        result = _ALL_ONES[table.address]
    stack[-2:] = [result]


@handles("table.fill")
def table_fill(stack: list[Any], index: int, frame: Frame) -> None:
    """Set elements to one value."""
    table = frame.instance.tables[index]
    start, value, count = stack[-3:]
    table.check(start, count)
    meter = frame.machine.meter
    meter.surcharge(count, FIXED)
    for part in chunks(meter, count, CHUNK_ELEMENTS):
        size = part.stop - part.start
        table.put(start + part.start, [value] * size)
    del stack[-3:]


@handles("table.copy")
def table_copy(stack: list[Any], immediate: Any, frame: Frame) -> None:
    """Copy elements; the ranges may overlap."""
    target, source = (frame.instance.tables[index] for index in immediate)
    to, origin, count = stack[-3:]
    source.check(origin, count)
    target.check(to, count)
    meter = frame.machine.meter
    meter.surcharge(count, FIXED)
    for part in chunks(meter, count, CHUNK_ELEMENTS, backwards=to > origin):
        block = source.elements[origin + part.start : origin + part.stop]
        target.put(to + part.start, block)
    del stack[-3:]


@handles("table.init")
def table_init(stack: list[Any], immediate: Any, frame: Frame) -> None:
    """Copy from an element segment."""
    segment, index = immediate
    table, items = frame.instance.tables[index], frame.instance.elements[segment]
    to, origin, count = stack[-3:]
    if origin + count > len(items):
        raise tables.out_of_bounds(origin, count, len(items))
    table.check(to, count)
    meter = frame.machine.meter
    meter.surcharge(count, FIXED)
    for part in chunks(meter, count, CHUNK_ELEMENTS):
        block = items[origin + part.start : origin + part.stop]
        table.put(to + part.start, block)
    del stack[-3:]


@handles("elem.drop")
def elem_drop(stack: list[Any], segment: int, frame: Frame) -> None:
    """Forget an element segment."""
    frame.instance.elements[segment] = []
