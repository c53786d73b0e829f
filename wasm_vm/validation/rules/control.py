"""Structured control and exceptions (spec 3.4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wasm_vm.matching import all_match
from wasm_vm.module import Catch, CatchKind
from wasm_vm.types import EXN, EXNREF, I32, ReferenceType
from wasm_vm.validation.plan import Branch
from wasm_vm.validation.rules.declare import rule
from wasm_vm.validation.stacks import Mismatch, Types

if TYPE_CHECKING:
    from wasm_vm.validation.function import FunctionValidator


@rule("unreachable")
def unreachable(v: FunctionValidator, at: int, _: None) -> None:
    """[t1*] -> [t2*]."""
    v.stacks.unreachable()


def block_type(v: FunctionValidator, immediate: Types | int) -> tuple[Types, Types]:
    """Operands and results of a block (spec 3.2.4)."""
    if isinstance(immediate, tuple):
        return (), immediate
    kind = v.context.function_type(immediate)
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
    if closed.opcode == "if" and not all_match(closed.start_types, closed.end_types):
        raise Mismatch("type mismatch: an if without else whose operands are not its results")
    if closed.opcode == "try_table":
        v.ends[closed.start] = at
    last = not v.stacks.blocks
    v.stacks.resolve(closed, at if last else at + 1)
    if not last:
        v.stacks.push_all(closed.end_types)


@rule("return")
def return_(v: FunctionValidator, at: int, _: None) -> None:
    """[t1* t*] -> [t2*]."""
    v.stacks.pop_all(v.type.results)
    v.stacks.unreachable()


# --- exceptions ---------------------------------------------------------------------------------


@rule("try_table")
def try_table(v: FunctionValidator, at: int, immediate: Any) -> None:
    """A block whose clauses are branches of the blocks around it."""
    block_immediate, clauses = immediate
    start_types, end_types = block_type(v, block_immediate)
    v.stacks.pop_all(start_types)
    v.count_clauses(len(clauses))
    branches: list[Any] = [None] * len(clauses)
    for position, clause in enumerate(clauses):
        label = v.stacks.label(clause.label)
        if not all_match(_caught(v, clause), label.label_types):
            raise Mismatch(f"type mismatch: catch clause {position} and its label differ")
        v.stacks.branch(label, branches, position)
    v.handlers[at] = (clauses, branches)
    v.stacks.open("try_table", start_types, end_types, at)


def _caught(v: FunctionValidator, clause: Catch) -> Types:
    """What a clause hands to its label."""
    types: Types = () if clause.tag is None else v.context.tag(clause.tag).parameters
    if clause.kind in (CatchKind.TAG_REF, CatchKind.ALL_REF):
        types = (*types, ReferenceType(False, EXN))
    return types


@rule("throw")
def throw(v: FunctionValidator, at: int, tag: int) -> None:
    """[t1* t*] -> [t2*] for a tag of type t*."""
    v.stacks.pop_all(v.context.tag(tag).parameters)
    v.stacks.unreachable()


@rule("throw_ref")
def throw_ref(v: FunctionValidator, at: int, _: None) -> None:
    """[t1* exnref] -> [t2*]."""
    v.stacks.pop(EXNREF)
    v.stacks.unreachable()
