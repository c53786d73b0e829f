"""Types, instructions and values as text, after the text format of the specification (chapter 6).

A type of the module is shown by its index. Everything here works on decoded modules, valid or not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from wasm_vm.instructions import Instruction
from wasm_vm.module import Cast, Catch, CatchKind, Expression, MemoryArgument, Module
from wasm_vm.numeric import f32_bits, f64_bits, signed32, signed64
from wasm_vm.runtime import Array, ExceptionInstance, Function, I31Reference, Struct
from wasm_vm.types import (
    ArrayType,
    CompositeType,
    DefinedType,
    FieldType,
    FunctionType,
    GlobalType,
    HeapType,
    MemoryType,
    ReferenceType,
    StructType,
    TableType,
    TagType,
    UnknownType,
    ValueType,
)

_CATCHES = {
    CatchKind.TAG: "catch",
    CatchKind.TAG_REF: "catch_ref",
    CatchKind.ALL: "catch_all",
    CatchKind.ALL_REF: "catch_all_ref",
}


class Describer:
    """Text for the parts of one module."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._indices: dict[DefinedType, int] = {}
        for index, kind in enumerate(module.types):
            self._indices.setdefault(kind, index)

    # --- types

    def heap(self, heap: HeapType) -> str:
        """A heap type."""
        if isinstance(heap, DefinedType):
            return str(self._indices.get(heap, heap))
        return str(heap.index) if isinstance(heap, UnknownType) else str(heap)

    def value(self, kind: ValueType) -> str:
        """A value type."""
        if isinstance(kind, ReferenceType) and isinstance(kind.heap, DefinedType | UnknownType):
            return f"(ref {'null ' if kind.nullable else ''}{self.heap(kind.heap)})"
        return kind.name

    def values(self, kinds: Iterable[ValueType]) -> str:
        """Value types with blanks between them."""
        return " ".join(map(self.value, kinds))

    def _field(self, field: FieldType) -> str:
        storage = field.storage
        text = self.value(storage) if isinstance(storage, ValueType) else storage.name
        return f"(mut {text})" if field.mutable else text

    def composite(self, kind: CompositeType) -> str:
        """A function, struct or array type."""
        match kind:
            case FunctionType(parameters, results):
                given = f" (param {self.values(parameters)})" if parameters else ""
                answered = f" (result {self.values(results)})" if results else ""
                return f"(func{given}{answered})"
            case StructType(fields):
                return "(struct" + "".join(f" (field {self._field(f)})" for f in fields) + ")"
            case ArrayType(element):
                return f"(array {self._field(element)})"

    def definition(self, kind: DefinedType) -> str:
        """A type as the module defines it."""
        text = self.composite(kind.composite)
        if kind.final and not kind.supertypes:
            return text
        words = ["final"] if kind.final else []
        return f"(sub {' '.join([*words, *map(self.heap, kind.supertypes), text])})"

    def external(self, kind: Any) -> str:
        """The type of an import; a function's or tag's may be a type index."""
        match kind:
            case MemoryType(bounds, address):
                return f"(memory {_address(address)}{bounds})"
            case TableType(element, bounds, address):
                return f"(table {_address(address)}{bounds} {self.value(element)})"
            case GlobalType(value, mutable):
                text = self.value(value)
                return f"(global (mut {text}))" if mutable else f"(global {text})"
            case TagType(type=defined):
                return f"(tag (type {self.heap(defined)}))"
        return f"(type {kind})"

    # --- instructions

    def function(self, index: int) -> str:
        """The index of a function, with its name where it has one."""
        name = self._module.function_names.get(index)
        return str(index) if name is None else f"{index} ${name}"

    def instruction(self, row: Instruction, immediate: Any) -> str:
        """An instruction with its immediates."""
        text = self._immediate(row, immediate)
        return f"{row.name} {text}" if text else row.name

    def expression(self, code: Expression) -> str:
        """A constant expression on one line, without its end."""
        return "; ".join(self.instruction(row, immediate) for row, immediate, _ in code[:-1])

    def _immediate(self, row: Instruction, immediate: Any) -> str:
        match row.immediates:
            case "":
                return ""
            case "function":
                return self.function(immediate)
            case "block":
                return self._block(immediate)
            case "catches":
                block, clauses = immediate
                return " ".join(filter(None, [self._block(block), *map(_clause, clauses)]))
            case "labels":
                return " ".join(map(str, (*immediate[0], immediate[1])))
            case "types":
                return f"(result {self.values(immediate)})"
            case "heap":
                return self.heap(immediate.heap)
            case "reference" | "reference null":
                return self.value(immediate)
            case "cast":
                return self._cast(immediate)
            case "memarg":
                return _memory_argument(row, immediate)
            case "memarg lane":
                return f"{_memory_argument(row, immediate[0])} {immediate[1]}".strip()
            case _:
                return _plain(row, immediate)

    def _block(self, kind: tuple[ValueType, ...] | int) -> str:
        if isinstance(kind, int):
            return f"(type {kind})"
        return f"(result {self.values(kind)})" if kind else ""

    def _cast(self, cast: Cast) -> str:
        return f"{cast.label} {self.value(cast.source)} {self.value(cast.target)}"


def _address(address: ValueType) -> str:
    return f"{address} " if address.name != "i32" else ""


def _clause(clause: Catch) -> str:
    tag = "" if clause.tag is None else f" {clause.tag}"
    return f"({_CATCHES[clause.kind]}{tag} {clause.label})"


def _memory_argument(row: Instruction, argument: MemoryArgument) -> str:
    """What differs from the default: the memory, the offset, the alignment in bytes."""
    words = [str(argument.memory)] if argument.memory else []
    if argument.offset:
        words.append(f"offset={argument.offset}")
    if row.access is not None and 1 << argument.align != row.access.size:
        words.append(f"align={1 << argument.align}")
    return " ".join(words)


def _plain(row: Instruction, immediate: Any) -> str:
    """Constants, lanes and indices."""
    match row.immediates:
        case "i32":
            return str(signed32(immediate))
        case "i64":
            return str(signed64(immediate))
        case "f32":
            return float_text(immediate, 32)
        case "f64":
            return float_text(immediate, 64)
        case "v128":
            return "i8x16 " + " ".join(f"{byte:#04x}" for byte in immediate)
        case "lanes":
            return " ".join(map(str, immediate))
    if isinstance(immediate, tuple):
        return " ".join(map(str, immediate))
    return "" if row.immediates == "memory" and immediate == 0 else str(immediate)


def float_text(number: float, bits: int = 64) -> str:
    """A float that reads back to the same bits (spec 6.3.2)."""
    if number == number:
        if math.isinf(number):
            return "inf" if number > 0 else "-inf"
        return repr(number) if bits == 64 else _shortest_f32(number)
    word, mantissa = (f32_bits(number), 23) if bits == 32 else (f64_bits(number), 52)
    payload = word & (1 << mantissa) - 1
    sign = "-" if word >> bits - 1 else ""
    return f"{sign}nan" if payload == 1 << mantissa - 1 else f"{sign}nan:{payload:#x}"


def _shortest_f32(number: float) -> str:
    """As few digits as tell the f32 from its neighbours."""
    wanted = f32_bits(number)
    for digits in range(1, 10):
        text = f"{number:.{digits}g}"
        if abs(float(text)) < 2.0**128 and f32_bits(float(text)) == wanted:
            break
    return text if "." in text or "e" in text else f"{text}.0"


# --- values on the stack -------------------------------------------------------------------------


def raw_value(value: Any) -> str:
    """A raw value as traces show it: integers unsigned, vectors as their bytes in order."""
    match value:
        case None:
            return "null"
        case I31Reference():
            return f"i31 {int(value)}"
        case int():
            return str(value)
        case float():
            return float_text(value)
        case bytes():
            return f"0x{value.hex()}"
        case Function():
            return f"function {value.name}".replace("function function", "function")
        case Struct():
            return "struct"
        case Array():
            return f"array of {len(value.values)}"
        case ExceptionInstance():
            return "exception"
    return "host object"


def public_value(value: Any) -> str:
    """A result as the commands print it: numbers as Python writes them, all else as in a trace."""
    return str(value) if type(value) in (int, float) else raw_value(value)


def function_label(index: int, name: str | None) -> str:
    """How reports call a function."""
    return f"function {index}" if name is None else f"${name}"
