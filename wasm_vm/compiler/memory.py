"""Loads and stores: subscripts of views that are cast to the width of the access.

An address is never negative (operands are closed, offsets unsigned), so a subscript past the end
raises IndexError or struct.error, which the frame's handler knows by the line. A view of whole
words takes aligned addresses only; where alignment is not proved, a test chooses between it and
`struct`.
"""

from __future__ import annotations

from typing import Any

from wasm_vm.compiler.body import Body
from wasm_vm.compiler.emitters import emits
from wasm_vm.compiler.integers import and_, shr_u
from wasm_vm.compiler.values import (
    BITS,
    SUM,
    Value,
    closed,
    constant,
    named,
    number,
    typed,
)
from wasm_vm.instructions import TABLE, Instruction
from wasm_vm.instructions.meaning import text
from wasm_vm.types import F32, F64, I32, V128

_SHIFTS = {1: 0, 2: 1, 4: 2, 8: 3}


def _address(value: Value, offset: int) -> Value:
    """Operand plus offset; not wrapped, as the specification asks."""
    value = closed(value)
    if value.is_constant:
        address = value.low + offset
        return Value(number(address), bits=64, low=address, high=address, zeros=_zeros(address))
    if not offset:
        return value
    zeros = min(value.zeros, _zeros(offset))
    source = f"{value.at(SUM)} + {number(offset)}"
    return Value(source, SUM, value.reads, 64, offset, value.high + offset, zeros)


def _zeros(value: int) -> int:
    return (value & -value).bit_length() - 1 if value else 64


def _view(body: Body, row: Instruction, memory: int) -> tuple[str, str]:
    """The names of the view and of the struct for an access."""
    assert row.access is not None  # the table's own rows
    size, signed = row.access.size, row.access.signed
    kind = row.results[0] if row.results else (row.operands or (I32, I32))[1]
    letter = "d" if kind is F64 else "f" if kind is F32 else {1: "b", 2: "h", 4: "i", 8: "q"}[size]
    if kind not in (F32, F64) and not signed:
        letter = letter.upper()
    return body.link(f"M{letter}", memory), letter


def _access(address: Value, base: Value, offset: int, size: int) -> tuple[str, str]:
    """The subscript of an aligned access, and the test for misalignment or ""."""
    shift = _SHIFTS[size]
    if not shift:
        return address.text, ""
    if address.is_constant:
        aligned = address.low % size == 0
        return number(address.low >> shift), "" if aligned else "1"
    if address.zeros >= shift:
        if not offset:
            return shr_u(base, constant(shift, base.bits)).text, ""
        return f"{address.text} >> {shift}", ""
    index_text = f"{address.text} >> {shift}"
    tested = base.text if offset % size == 0 else f"({address.text})"
    return index_text, f"{tested} & {size - 1}"


def load(body: Body, row: Instruction, immediate: Any) -> None:
    """A load of a number."""
    assert row.access is not None  # the table's own rows
    _, offset, memory = immediate
    size, signed, kind = row.access.size, row.access.signed, row.results[0]
    base = closed(body.pop())
    if size > 1 and base.zeros < _SHIFTS[size] and not base.is_constant:
        base = body.name(base)
    address = _address(base, offset)
    view, letter = _view(body, row, memory)
    index, test = _access(address, base, offset, size)
    name, local = body.target()
    site = body.site(base)
    data = body.link("D", memory)
    aligned = f"{view}[{index}]"
    other = f"U{letter}({data}, {address.text})[0]"
    source = aligned if not test else f"{aligned} if not {test} else {other}"
    body.writer.line(f"{name} = {source}", site)
    if kind is F32:  # a signalling NaN would be quieted on its way
        bits = f"UI({data}, {address.text})[0]"
        body.writer.line(f"if {name} != {name}: {name} = f32_from_bits({bits})")
    width = BITS.get(kind, 0)
    if not width:
        body.result(name, local, named(name, 0))
    elif signed:
        half = 1 << size * 8 - 1
        body.result(name, local, named(name, width, -half, half - 1))
    else:
        body.result(name, local, named(name, width, 0, (1 << size * 8) - 1))


def store(body: Body, row: Instruction, immediate: Any) -> None:
    """A store of a number."""
    assert row.access is not None  # the table's own rows
    _, offset, memory = immediate
    size = row.access.size
    kind = (row.operands or (I32, I32))[1]
    base, value = body.pops(2)
    base = closed(base)
    if size > 1 and base.zeros < _SHIFTS[size] and not base.is_constant:
        base = body.name(base)
    if value.bits and size * 8 < value.bits:
        value = _cut(value, size * 8)
    value = body.clean(value)
    if kind is F32:
        value = body.name(value)
    source = value.text
    address = _address(base, offset)
    view, letter = _view(body, row, memory)
    index, test = _access(address, base, offset, size)
    site = body.site(base, value)
    if kind is F32:
        test = f"{source} != {source}" + (f" or {test}" if test else "")
        letter, packed = "I", f"f32_bits({source})"
    else:
        packed = source
    if not test:
        body.writer.line(f"{view}[{index}] = {source}", site)
        return
    data = body.link("D", memory)
    body.writer.line(f"if {test}: P{letter}({data}, {address.text}, {packed})", site)
    body.writer.line(f"else: {view}[{index}] = {source}", site)


def _cut(value: Value, bits: int) -> Value:
    """The lowest bits of an integer."""

    return and_(value, constant((1 << bits) - 1, value.bits))


def vector_load(body: Body, row: Instruction, immediate: Any) -> None:
    """A vector of the bytes read."""
    assert row.access is not None  # the table's own rows
    _, offset, memory = immediate
    address = _address(body.pop(), offset)
    name, local = body.target()
    read = f"{body.link('O', memory)}.read({address.text}, {row.access.size})"
    body.writer.line(f"{name} = {text(row, read)}", body.site())
    body.result(name, local, typed(name, V128))


def vector_store(body: Body, immediate: Any) -> None:
    """Sixteen bytes."""
    _, offset, memory = immediate
    base, value = body.pops(2)
    address = _address(base, offset)
    memory_name = body.link("O", memory)
    body.writer.line(f"{memory_name}.write({address.text}, {value.text})", body.site())


def access(body: Body, row: Instruction, immediate: Any) -> None:
    """Any load or store."""
    if row.meaning:
        vector_load(body, row, immediate)
    elif row.results:
        load(body, row, immediate)
    elif (row.operands or ())[1] is V128:
        vector_store(body, immediate)
    else:
        store(body, row, immediate)


def _declare(row: Instruction) -> None:
    @emits(row.name)
    def emitter(body: Body, immediate: Any) -> None:
        access(body, row, immediate)


for _row in TABLE:
    if _row.access is not None and _row.immediates == "memarg":
        _declare(_row)
