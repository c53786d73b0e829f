"""Straight-line instructions: parametric, constants, variables, numbers, vectors, and the rest.

An instruction that has no emitter here is a call of the reference tier's own handler for just this
instruction (STEP), with its operands in a list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from wasm_vm.compiler import floats, integers
from wasm_vm.compiler.body import Body
from wasm_vm.compiler.values import (
    ATOM,
    BITS,
    OR,
    TERNARY,
    Value,
    closed,
    literal,
    named,
    truth,
    truthy,
    typed,
)
from wasm_vm.instructions import BY_NAME, Instruction
from wasm_vm.instructions.meaning import text
from wasm_vm.types import F32, I32, I64, V128, ArrayType, FieldType, StructType, ValueType

Emitter = Callable[[Body, Any], None]
Declared = TypeVar("Declared", bound=Emitter)

EMITTERS: dict[str, Emitter] = {}


def emits(*names: str) -> Callable[[Declared], Declared]:
    """Declare the emitter of some instructions; it takes the body and the immediate."""

    def declare(function: Declared) -> Declared:
        for name in names:
            EMITTERS[name] = function
        return function

    return declare


@emits("nop")
def nop(_body: Body, _: Any) -> None:
    """Nothing."""


@emits("drop")
def drop(body: Body, _: Any) -> None:
    """An unevaluated operand has no effect and is simply forgotten."""
    body.pop()


@emits("i32.const", "i64.const", "f32.const", "f64.const", "v128.const")
def constant_(body: Body, immediate: Any) -> None:
    """A literal, or a name that the unit binds."""
    kind = BY_NAME_OF_CONSTANT[body.plan.body[body.at][0].name]
    value = literal(kind, immediate)
    body.push(value or Value(body.link(f"C{body.plan.index}_", body.at)))


BY_NAME_OF_CONSTANT: dict[str, ValueType] = {
    "i32.const": I32,
    "i64.const": I64,
    "f32.const": F32,
    "f64.const": BY_NAME["f64.abs"].results[0],
    "v128.const": V128,
}


@emits("local.get")
def local_get(body: Body, index: int) -> None:
    """The name of the local."""
    body.push(body.local(index))


@emits("local.set")
def local_set(body: Body, index: int) -> None:
    """An assignment."""
    body.set_local(index, body.pop())


@emits("local.tee")
def local_tee(body: Body, index: int) -> None:
    """An assignment, after which the operand is the local."""
    body.set_local(index, body.pop())
    body.push(body.local(index))


@emits("global.get")
def global_get(body: Body, index: int) -> None:
    """An attribute of the global, read where it is used unless something may assign it before."""
    name = body.link("G", index)
    bits = BITS.get(body.module.spaces.globals[index].value, 0)
    value = named(f"{name}.raw", bits)
    body.push(value)


@emits("global.set")
def global_set(body: Body, index: int) -> None:
    """An assignment of the attribute."""
    value = body.clean(body.pop())
    name = body.link("G", index)
    body.flush(f"{name}.raw")
    body.writer.line(f"{name}.raw = {value.text}")


@emits("select", "select t")
def select(body: Body, _: Any) -> None:
    """A conditional expression of operands that have no effects."""
    first, second, condition = body.pops(3)
    condition = truthy(condition)
    first, second = body.clean(first), body.clean(second)
    low, high = min(first.low, second.low), max(first.high, second.high)
    reads = first.reads | second.reads | condition.reads
    source = f"{first.at(OR)} if {condition.at(OR)} else {second.at(TERNARY)}"
    zeros = min(first.zeros, second.zeros)
    body.push(Value(source, TERNARY, reads, first.bits, low, high, zeros))


@emits("ref.null")
def ref_null(body: Body, _: Any) -> None:
    """None."""
    body.push(Value("None"))


@emits("ref.is_null")
def ref_is_null(body: Body, _: Any) -> None:
    """A comparison."""
    value = body.pop()
    body.push(truth(f"{value.at(OR)} is None", 4, value.reads))


@emits("ref.func")
def ref_func(body: Body, index: int) -> None:
    """The function object."""
    body.push(Value(body.link("H", index)))


# --- memories and tables -----------------------------------------------------------------------


@emits("memory.size")
def memory_size(body: Body, index: int) -> None:
    """The length in pages."""
    name = body.temporary()
    body.writer.line(f"{name} = len({body.link('D', index)}) >> 16")
    bits = BITS[body.module.spaces.memories[index].address]
    body.push(named(name, bits, 0, 1 << 48 if bits == 64 else 1 << 16))


CHUNK = 1 << 20
"""Bytes of a bulk instruction that need no checkpoint."""


@emits("memory.copy")
def memory_copy(body: Body, immediate: tuple[int, int]) -> None:
    """A slice assignment; whatever is not plain goes to the reference tier's handler."""
    target, source = (body.link("D", index) for index in immediate)
    to, origin, count = _bulk(body)
    bounds = f"{_past(body, origin, count, immediate[1])} or {_past(body, to, count, immediate[0])}"
    line = f"{target}[{to}:{to} + {count}] = {source}[{origin}:{origin} + {count}]"
    _bulk_lines(body, bounds, f"[{to}, {origin}, {count}]", count, line)


@emits("memory.fill")
def memory_fill(body: Body, index: int) -> None:
    """A slice assignment."""
    target = body.link("D", index)
    to, value, count = _bulk(body)
    bounds = _past(body, to, count, index)
    line = f"{target}[{to}:{to} + {count}] = BYTES[{value} & 255] * {count}"
    _bulk_lines(body, bounds, f"[{to}, {value}, {count}]", count, line)


def _bulk(body: Body) -> list[str]:
    """Three operands, each as a name or a literal."""
    return [body.name(closed(value)).text for value in body.pops(3)]


def _past(body: Body, start: str, count: str, memory: int) -> str:
    """The test whether a range ends behind the memory."""
    return f"{start} + {count} > len({body.link('D', memory)})"


def _bulk_lines(body: Body, bounds: str, operands: str, count: str, effect: str) -> None:
    body.flush_globals()
    line = body.writer.line
    if body.flow.bytes_known(body.at) is not None:  # and paid
        line(f"if {bounds}: STEP({body.plan.index}, {body.at}, {operands})", body.site())
        line(effect)
        return
    line(f"if {bounds} or {count} > {CHUNK} or ({count} > F and REFILL({count})):")
    body.writer.depth += 1
    line(f"STEP({body.plan.index}, {body.at}, {operands})", body.site())
    body.writer.depth -= 1
    line("else:")
    line(f" F -= {count}")
    line(f" {effect}")
    body.header(body.at + 1)


@emits("table.get")
def table_get(body: Body, index: int) -> None:
    """A subscript of the list of elements."""
    position = closed(body.pop())
    name, local = body.target()
    source = f"{body.link('T', index)}[{position.text}]"
    body.writer.line(f"{name} = {source}", body.site(position))
    body.result(name, local, named(name, 0))


@emits("table.set")
def table_set(body: Body, index: int) -> None:
    """An assignment to an element."""
    position, value = body.pops(2)
    target = f"{body.link('W', index)}[{closed(position).text}]"
    body.writer.line(f"{target} = {value.text}", body.site(position, value))


# --- numbers ------------------------------------------------------------------------------------


def numeric(body: Body, row: Instruction, immediate: Any) -> None:
    """An instruction whose row has a meaning: as a cheap form, or as the table says."""
    kinds = row.operands or ()
    operands = body.pops(len(kinds))
    if row.name not in floats.SEES_NO_BITS:
        operands = [body.clean(value) if value.dirty else value for value in operands]
    if row.traps:
        return _division(body, row, operands)
    found = integers.operation(body.name, row.name, operands) or _float(body, row, operands)
    if found is None:
        arguments = [_argument(closed(value)) for value in operands]
        source = text(row, *arguments).replace("immediate", _literal(immediate))
        reads = frozenset().union(*(value.reads for value in operands))
        found = _unknown(f"({source})", row.results[0], reads)
        if row.name.endswith(".popcnt") and found.bits:
            found.high = found.bits
    body.push(found)
    return None


def _literal(immediate: Any) -> str:
    return repr(immediate)


def _argument(value: Value) -> str:
    return value.at(ATOM)


def _unknown(source: str, kind: ValueType, reads: frozenset[str]) -> Value:
    value = typed("x", kind)
    return Value(source, ATOM, reads, value.bits, value.low, value.high)


def _float(body: Body, row: Instruction, operands: list[Value]) -> Value | None:
    """Float instructions; None where the table's meaning is as good."""
    kind, _, verb = row.name.partition(".")
    if row.name in ("f64.div", "f64.sqrt"):
        named_operands = [body.name(value) for value in operands]
        return floats.quotient(*named_operands) if verb == "div" else floats.root(*named_operands)
    if kind == "f32":
        if verb in floats.ARITHMETIC:
            return _rounded(body, floats.arithmetic(verb, *operands))
        if verb == "div":
            return _rounded(body, floats.quotient(*(body.name(value) for value in operands)))
        if verb == "sqrt":
            return _rounded(body, floats.root(*(body.name(value) for value in operands)))
        if row.name == "f32.demote_f64":
            return _rounded(body, operands[0])
    return floats.simple(row.name, operands)


def _rounded(body: Body, value: Value) -> Value:
    """Round to f32 through a view."""
    body.writer.line(f"R[0] = {value.text}")
    name = body.temporary()
    body.writer.line(f"{name} = R[0]")
    return named(name, 0, dirty=True)


def _division(body: Body, row: Instruction, operands: list[Value]) -> None:
    """An instruction that can trap: a statement with a site."""
    verb = row.name.partition(".")[2]
    bits = BITS.get(row.results[0], 0)
    a, b = (*operands, Value(""))[:2]
    low, high = 0, typed("x", row.results[0]).high
    if verb.startswith(("div", "rem")):
        sign = "//" if verb.startswith("div") else "%"
        a, b = closed(a), closed(b)
        half = 1 << bits - 1
        if verb.endswith("_u") or (a.high < half and b.high < half):
            source = f"{a.at(10)} {sign} {b.at(11)}"
            high = a.high if sign == "//" else min(a.high, max(b.high - 1, 0))
            if b.is_constant and b.low:
                high = a.high // b.low if sign == "//" else high
                body.push(Value(source, 10, a.reads | b.reads, bits, 0, high))
                return
        else:
            a, b = body.name(a), body.name(b)
            call = text(row, a.text, b.text)
            test = f"{a.text} < {half:#x} > {b.text}"
            source = f"{a.text} {sign} {b.text} if {test} else {call}"
    else:
        source = text(row, *[_argument(closed(value)) for value in operands])
    name, local = body.target()
    body.writer.line(f"{name} = {source}", body.site(*operands))
    body.result(name, local, named(name, bits, low, high))


# --- everything else ----------------------------------------------------------------------------


def step(body: Body, row: Instruction, immediate: Any) -> None:
    """Let the reference tier's handler do it."""
    takes, gives = signature(body, row, immediate)
    operands = [body.clean(value) for value in body.pops(takes)]
    border = body.flow.is_border(body.at)
    body.flush_globals()
    arguments = ", ".join(value.text for value in operands)
    call = f"STEP({body.plan.index}, {body.at}, [{arguments}])"
    if not gives:
        body.writer.line(call, body.site())
    else:
        name = body.temporary()
        body.writer.line(f"{name} = {call}[0]", body.site())
        body.push(typed(name, gives[0]))
    if border:
        body.header(body.at + 1)


def signature(body: Body, row: Instruction, immediate: Any) -> tuple[int, tuple[ValueType, ...]]:
    """Operands taken and results given by an instruction that has a rule of its own."""
    name = row.name
    anything = BY_NAME["memory.size"].results[:0]
    reference: tuple[ValueType, ...] = (V128,)  # only "no integer" matters
    spaces = body.module.spaces
    types = body.module.module.types
    index = immediate[0] if isinstance(immediate, tuple) else immediate
    match name:
        case "table.get":
            return 1, reference
        case "table.set":
            return 2, anything
        case "table.size":
            return 0, (spaces.tables[immediate].address,)
        case "table.grow":
            return 2, (spaces.tables[immediate].address,)
        case "memory.size":
            return 0, (spaces.memories[immediate].address,)
        case "memory.grow":
            return 1, (spaces.memories[immediate].address,)
        case _ if row.operands is not None:
            return len(row.operands), row.results
        case "table.fill" | "table.copy" | "table.init":
            return 3, anything
        case "elem.drop":
            return 0, anything
        case "ref.eq":
            return 2, (I32,)
        case "ref.test" | "ref.test null" | "array.len" | "i31.get_s" | "i31.get_u":
            return 1, (I32,)
        case "array.set":
            return 3, anything
        case "array.fill" | "array.init_data" | "array.init_elem":
            return 4, anything
        case "array.copy":
            return 5, anything
        case "struct.set":
            return 2, anything
        case "array.new" | "array.new_data" | "array.new_elem":
            return 2, reference
        case "array.new_fixed":
            return immediate[1], reference
        case "struct.new_default":
            return 0, reference
        case "struct.new":
            composite = types[index].composite
            assert isinstance(composite, StructType)  # validated
            return len(composite.fields), reference
        case "struct.get" | "struct.get_s" | "struct.get_u":
            composite = types[index].composite
            assert isinstance(composite, StructType)  # validated
            return 1, (composite.fields[immediate[1]].value,)
        case "array.get" | "array.get_s" | "array.get_u":
            composite = types[index].composite
            assert isinstance(composite, ArrayType)  # validated
            element: FieldType = composite.element
            return 2, (element.value,)
    return 1, reference


def emit(body: Body, row: Instruction, immediate: Any) -> None:
    """Compile one instruction that is no control instruction."""
    emitter = EMITTERS.get(row.name)
    if emitter is not None:
        emitter(body, immediate)
    elif row.meaning:
        numeric(body, row, immediate)
    else:
        step(body, row, immediate)
