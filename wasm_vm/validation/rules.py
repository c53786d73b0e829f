"""Validation rules of the instructions whose type is not a plain signature (spec 3.3).

RULES maps a name of the instruction table to a function (validator, index in the body, immediate).
An instruction that also has a signature in the table gets it applied after its rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from wasm_vm.instructions import TABLE
from wasm_vm.module import MemoryArgument
from wasm_vm.numeric import MASK32
from wasm_vm.types import (
    BY_NAME,
    FUNCREF,
    I32,
    Features,
    FunctionType,
    ReferenceType,
    TableType,
    ValueType,
)
from wasm_vm.validation.plan import Branch
from wasm_vm.validation.stacks import Mismatch, Types

if TYPE_CHECKING:
    from wasm_vm.validation.function import FunctionValidator

Rule = Callable[["FunctionValidator", int, Any], None]

RULES: dict[str, Rule] = {}


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Declare the rule of some instructions."""

    def declare(function: Rule) -> Rule:
        for name in names:
            RULES[name] = function
        return function

    return declare


# --- control (spec 3.3.8) -----------------------------------------------------------------------


@rule("unreachable")
def unreachable(v: FunctionValidator, at: int, _: None) -> None:
    """[t1*] -> [t2*]."""
    v.stacks.unreachable()


def block_type(v: FunctionValidator, immediate: Types | int) -> tuple[Types, Types]:
    """Operands and results of a block (spec 3.2.2)."""
    if isinstance(immediate, tuple):
        return (), immediate
    kind = v.context.type(immediate)
    return kind.parameters, kind.results


@rule("block", "loop")
def block(v: FunctionValidator, at: int, immediate: Types | int) -> None:
    """Block and loop: the operands go in."""
    start_types, end_types = block_type(v, immediate)
    v.stacks.pop_all(start_types)
    v.stacks.open(v.body[at][0].name, start_types, end_types, at)


@rule("if")
def if_(v: FunctionValidator, at: int, immediate: Types | int) -> None:
    """If: a condition on top of the operands; where it is zero, control goes to the else."""
    v.stacks.pop(I32)
    start_types, end_types = block_type(v, immediate)
    v.stacks.pop_all(start_types)
    opened = v.stacks.open("if", start_types, end_types, at)
    opened.pending.append((v.stacks.branches, at, len(start_types)))


@rule("else")
def else_(v: FunctionValidator, at: int, _: None) -> None:
    """Else: closes the first arm and opens the second with the same types."""
    first = v.stacks.close()
    second = v.stacks.open("else", first.start_types, first.end_types, at)
    condition, *others = first.pending
    v.stacks.branches[first.start] = Branch(at + 1, condition[2], first.height)
    second.pending = [*others, (v.stacks.branches, at, len(first.end_types))]


@rule("end")
def end(v: FunctionValidator, at: int, _: None) -> None:
    """End: the block's results remain. An if without else must be neutral."""
    closed = v.stacks.close()
    if closed.opcode == "if" and closed.start_types != closed.end_types:
        raise Mismatch("type mismatch: an if without else whose operands are not its results")
    last = not v.stacks.blocks
    v.stacks.resolve(closed, at if last else at + 1)
    if not last:
        v.stacks.push_all(closed.end_types)


@rule("br")
def br(v: FunctionValidator, at: int, label: int) -> None:
    """[t1* t*] -> [t2*]."""
    target = v.stacks.label(label)
    v.stacks.pop_all(target.label_types)
    v.stacks.branch(target, v.stacks.branches, at)
    v.stacks.unreachable()


@rule("br_if")
def br_if(v: FunctionValidator, at: int, label: int) -> None:
    """[t* i32] -> [t*]."""
    v.stacks.pop(I32)
    target = v.stacks.label(label)
    v.stacks.pop_all(target.label_types)
    v.stacks.push_all(target.label_types)
    v.stacks.branch(target, v.stacks.branches, at)


@rule("br_table")
def br_table(v: FunctionValidator, at: int, immediate: tuple[tuple[int, ...], int]) -> None:
    """[t1* t* i32] -> [t2*]; all labels take the same number of operands."""
    labels, default = immediate
    v.stacks.pop(I32)
    arity = len(v.stacks.label(default).label_types)
    branches: list[Any] = [None] * (len(labels) + 1)
    v.stacks.branches[at] = branches
    checked: set[int] = set()
    for position, depth in enumerate((*labels, default)):
        target = v.stacks.label(depth)
        if depth not in checked:
            checked.add(depth)
            if len(target.label_types) != arity:
                raise Mismatch("type mismatch: the labels of br_table differ in arity")
            if v.context.features is Features.V1:
                _same_labels(v, target.label_types, default)
            v.stacks.operands.extend(v.stacks.pop_all(target.label_types))
        v.stacks.branch(target, branches, position)
    v.stacks.pop_all(v.stacks.label(default).label_types)
    v.stacks.unreachable()


def _same_labels(v: FunctionValidator, types: Types, default: int) -> None:
    """1.0 asks that all labels have one type, where later releases look at the operands."""
    if types != v.stacks.label(default).label_types:
        raise Mismatch("type mismatch: the labels of br_table differ in type")


@rule("return")
def return_(v: FunctionValidator, at: int, _: None) -> None:
    """[t1* t*] -> [t2*]."""
    v.stacks.pop_all(v.type.results)
    v.stacks.unreachable()


def _call(v: FunctionValidator, kind: FunctionType) -> None:
    v.stacks.pop_all(kind.parameters)
    v.stacks.push_all(kind.results)


@rule("call")
def call(v: FunctionValidator, at: int, index: int) -> None:
    """The type of the function."""
    _call(v, v.context.function(index))


@rule("call_indirect")
def call_indirect(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """The type named, and an index into a table of functions."""
    kind, table = immediate
    if v.context.table(table).element is not FUNCREF:
        raise Mismatch("type mismatch: call_indirect needs a table of funcref")
    v.stacks.pop(I32)
    _call(v, v.context.type(kind))


# --- parametric (spec 3.3.4) --------------------------------------------------------------------


@rule("drop")
def drop(v: FunctionValidator, at: int, _: None) -> None:
    """[t] -> []."""
    v.stacks.pop()


@rule("select")
def select(v: FunctionValidator, at: int, _: None) -> None:
    """[t t i32] -> [t] for a number or vector type."""
    v.stacks.pop(I32)
    second = v.stacks.pop()
    first = v.stacks.pop(second)
    kind = first if first is not None else second
    if kind is not None and not kind.is_number:
        raise Mismatch(f"type mismatch: select without a type has no {kind.name} operands")
    v.stacks.push(kind)


@rule("select t")
def select_typed(v: FunctionValidator, at: int, types: Types) -> None:
    """[t t i32] -> [t] for the type given."""
    if len(types) != 1:
        raise Mismatch("invalid result arity: select takes one type")
    v.stacks.pop(I32)
    v.stacks.pop(types[0])
    v.stacks.pop(types[0])
    v.stacks.push(types[0])


# --- constants, variables and references (spec 3.3.1 to 3.3.5) ----------------------------------


def _constant(kind: ValueType) -> Rule:
    def push(v: FunctionValidator, at: int, _: Any) -> None:
        v.stacks.push(kind)

    return push


for _instruction in TABLE:
    if _instruction.name.endswith(".const"):
        RULES[_instruction.name] = _constant(BY_NAME[_instruction.immediates])


@rule("local.get")
def local_get(v: FunctionValidator, at: int, index: int) -> None:
    """[] -> [t]."""
    v.stacks.push(v.local(index))


@rule("local.set")
def local_set(v: FunctionValidator, at: int, index: int) -> None:
    """[t] -> []."""
    v.stacks.pop(v.local(index))


@rule("local.tee")
def local_tee(v: FunctionValidator, at: int, index: int) -> None:
    """[t] -> [t]."""
    v.stacks.pop(v.local(index))
    v.stacks.push(v.local(index))


@rule("global.get")
def global_get(v: FunctionValidator, at: int, index: int) -> None:
    """[] -> [t]."""
    v.stacks.push(v.context.global_(index).value)


@rule("global.set")
def global_set(v: FunctionValidator, at: int, index: int) -> None:
    """[t] -> [] for a mutable global."""
    kind = v.context.global_(index)
    if not kind.mutable:
        raise Mismatch(f"global is immutable: global {index}")
    v.stacks.pop(kind.value)


@rule("ref.null")
def ref_null(v: FunctionValidator, at: int, kind: ReferenceType) -> None:
    """[] -> [t]."""
    v.stacks.push(kind)


@rule("ref.is_null")
def ref_is_null(v: FunctionValidator, at: int, _: None) -> None:
    """[t] -> [i32] for a reference type."""
    kind = v.stacks.pop()
    if kind is not None and kind.is_number:
        raise Mismatch(f"type mismatch: expected a reference, found {kind.name}")
    v.stacks.push(I32)


@rule("ref.func")
def ref_func(v: FunctionValidator, at: int, index: int) -> None:
    """[] -> [funcref], for a function that the module mentions outside of its bodies."""
    v.context.function(index)
    if index not in v.context.declared:
        raise Mismatch(f"undeclared function reference: function {index}")
    v.stacks.push(FUNCREF)


# --- tables (spec 3.3.6) ------------------------------------------------------------------------


@rule("table.get")
def table_get(v: FunctionValidator, at: int, index: int) -> None:
    """[i32] -> [t]."""
    kind = v.context.table(index)
    v.stacks.pop(I32)
    v.stacks.push(kind.element)


@rule("table.set")
def table_set(v: FunctionValidator, at: int, index: int) -> None:
    """[i32 t] -> []."""
    v.stacks.pop(v.context.table(index).element)
    v.stacks.pop(I32)


@rule("table.size")
def table_size(v: FunctionValidator, at: int, index: int) -> None:
    """[] -> [i32]."""
    v.context.table(index)
    v.stacks.push(I32)


@rule("table.grow")
def table_grow(v: FunctionValidator, at: int, index: int) -> None:
    """[t i32] -> [i32]."""
    v.stacks.pop(I32)
    v.stacks.pop(v.context.table(index).element)
    v.stacks.push(I32)


@rule("table.fill")
def table_fill(v: FunctionValidator, at: int, index: int) -> None:
    """[i32 t i32] -> []."""
    kind: TableType = v.context.table(index)
    v.stacks.pop(I32)
    v.stacks.pop(kind.element)
    v.stacks.pop(I32)


@rule("table.copy")
def table_copy(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """[i32 i32 i32] -> [] between tables of one type."""
    target, source = (v.context.table(index) for index in immediate)
    if source.element is not target.element:
        raise Mismatch(f"type mismatch: {source.element} copied to a table of {target.element}")
    v.stacks.pop_all((I32, I32, I32))


@rule("table.init")
def table_init(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """[i32 i32 i32] -> [] from a segment of the table's type."""
    segment, table = immediate
    kind = v.context.table(table)
    if v.context.element(segment) is not kind.element:
        raise Mismatch("type mismatch: the segment and the table differ in type")
    v.stacks.pop_all((I32, I32, I32))


@rule("elem.drop")
def elem_drop(v: FunctionValidator, at: int, index: int) -> None:
    """[] -> []."""
    v.context.element(index)


# --- memory (spec 3.3.7) ------------------------------------------------------------------------


def _access(size: int) -> Rule:
    def check(v: FunctionValidator, at: int, argument: MemoryArgument) -> None:
        v.context.memory(argument.memory)
        if 1 << argument.align > size:
            raise Mismatch("alignment must not be larger than natural")
        if argument.offset > MASK32:
            raise Mismatch("offset out of range")

    return check


for _instruction in TABLE:
    if _instruction.access is not None:
        RULES[_instruction.name] = _access(_instruction.access.size)


@rule("memory.size", "memory.grow", "memory.fill")
def memory_use(v: FunctionValidator, at: int, index: int) -> None:
    """The memory must exist."""
    v.context.memory(index)


@rule("memory.copy")
def memory_copy(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """Both memories must exist."""
    for index in immediate:
        v.context.memory(index)


@rule("memory.init")
def memory_init(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """The segment and the memory must exist."""
    segment, memory = immediate
    v.context.memory(memory)
    v.context.data(segment)


@rule("data.drop")
def data_drop(v: FunctionValidator, at: int, index: int) -> None:
    """The segment must exist."""
    v.context.data(index)
