"""Memory (spec 3.4.6). Addresses have the memory's address type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wasm_vm.instructions import TABLE, Instruction
from wasm_vm.module import MemoryArgument
from wasm_vm.numeric import MASK32
from wasm_vm.types import I32, V128, ValueType
from wasm_vm.validation.rules.declare import RULES, Rule, rule
from wasm_vm.validation.rules.tables import narrower
from wasm_vm.validation.stacks import Mismatch

if TYPE_CHECKING:
    from wasm_vm.validation.function import FunctionValidator


def check_lane(lane: int, lanes: int) -> None:
    """A lane index must be one of the shape's."""
    if lane >= lanes:
        raise Mismatch(f"invalid lane index {lane}")


def _address(v: FunctionValidator, argument: MemoryArgument, size: int) -> ValueType:
    """The address type of a memory argument that fits an access of that many bytes."""
    memory = v.context.memory(argument.memory)
    if 1 << argument.align > size:
        raise Mismatch("alignment must not be larger than natural")
    if memory.address is I32 and argument.offset > MASK32:
        raise Mismatch("offset out of range")
    return memory.address


def _access(row: Instruction, size: int) -> Rule:
    """The signature of the row, its first operand being the address."""
    operands, results = (row.operands or ())[1:], row.results

    def check(v: FunctionValidator, at: int, argument: MemoryArgument) -> None:
        address = _address(v, argument, size)
        v.stacks.pop_all(operands)
        v.stacks.pop(address)
        v.stacks.push_all(results)

    def check_with_lane(v: FunctionValidator, at: int, immediate: Any) -> None:
        argument, lane = immediate
        check(v, at, argument)
        check_lane(lane, 16 // size)

    return check_with_lane if row.immediates == "memarg lane" else check


for _row in TABLE:
    if _row.access is not None:
        RULES[_row.name] = _access(_row, _row.access.size)


@rule("memory.size")
def memory_size(v: FunctionValidator, at: int, index: int) -> None:
    """[] -> [at]."""
    v.stacks.push(v.context.memory(index).address)


@rule("memory.grow")
def memory_grow(v: FunctionValidator, at: int, index: int) -> None:
    """[at] -> [at]."""
    address = v.context.memory(index).address
    v.stacks.pop(address)
    v.stacks.push(address)


@rule("memory.fill")
def memory_fill(v: FunctionValidator, at: int, index: int) -> None:
    """[at i32 at] -> []."""
    address = v.context.memory(index).address
    v.stacks.pop_all((address, I32, address))


@rule("memory.copy")
def memory_copy(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """[at1 at2 at] -> []."""
    target, source = (v.context.memory(index).address for index in immediate)
    v.stacks.pop_all((target, source, narrower(target, source)))


@rule("memory.init")
def memory_init(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """[at i32 i32] -> []."""
    segment, memory = immediate
    address = v.context.memory(memory).address
    v.context.data(segment)
    v.stacks.pop_all((address, I32, I32))


@rule("data.drop")
def data_drop(v: FunctionValidator, at: int, index: int) -> None:
    """[] -> []."""
    v.context.data(index)


# --- lanes of vectors (spec 3.4.8) --------------------------------------------------------------


def _lane(row: Instruction) -> Rule:
    lanes = int(row.name.partition("x")[2].partition(".")[0])

    def check(v: FunctionValidator, at: int, lane: int) -> None:
        check_lane(lane, lanes)
        v.stacks.pop_all(row.operands or ())
        v.stacks.push_all(row.results)

    return check


for _row in TABLE:
    if _row.immediates == "lane":
        RULES[_row.name] = _lane(_row)


_BYTE_LANES = 32


@rule("i8x16.shuffle")
def shuffle(v: FunctionValidator, at: int, lanes: tuple[int, ...]) -> None:
    """[v128 v128] -> [v128] for lanes of both operands."""
    for lane in lanes:
        check_lane(lane, _BYTE_LANES)
    v.stacks.pop_all((V128, V128))
    v.stacks.push(V128)
