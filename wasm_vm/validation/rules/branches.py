"""Branches (spec 3.4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wasm_vm.matching import matches
from wasm_vm.module import Cast
from wasm_vm.types import I32, Features, ReferenceType
from wasm_vm.validation.rules.declare import rule
from wasm_vm.validation.stacks import Mismatch, Types

if TYPE_CHECKING:
    from wasm_vm.validation.function import FunctionValidator


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


@rule("br_on_null")
def br_on_null(v: FunctionValidator, at: int, label: int) -> None:
    """[t* (ref null ht)] -> [t* (ref ht)]."""
    kind = v.stacks.pop_reference()
    target = v.stacks.label(label)
    v.stacks.pop_all(target.label_types)
    v.stacks.push_all(target.label_types)
    v.stacks.push(ReferenceType(False, kind.heap))
    v.stacks.branch(target, v.stacks.branches, at)


def _reference_label(v: FunctionValidator, label: int) -> tuple[Any, Types, ReferenceType]:
    """A label whose last type is a reference: the block, the types before, the reference."""
    target = v.stacks.label(label)
    types = target.label_types
    if not types or not isinstance(types[-1], ReferenceType):
        raise Mismatch("type mismatch: the label takes no reference")
    return target, types[:-1], types[-1]


@rule("br_on_non_null")
def br_on_non_null(v: FunctionValidator, at: int, label: int) -> None:
    """[t* (ref null ht)] -> [t*] for a label [t* (ref ht)]."""
    target, others, kind = _reference_label(v, label)
    v.stacks.pop(ReferenceType(True, kind.heap))
    v.stacks.pop_all(others)
    v.stacks.push_all(others)
    v.stacks.branch(target, v.stacks.branches, at)


@rule("br_on_cast")
def br_on_cast(v: FunctionValidator, at: int, cast: Cast) -> None:
    """[t* rt1] -> [t* rt1 without rt2] for a label [t* rt] with rt2 <: rt."""
    _cast_branch(v, at, cast, cast.target, without(cast.source, cast.target))


@rule("br_on_cast_fail")
def br_on_cast_fail(v: FunctionValidator, at: int, cast: Cast) -> None:
    """[t* rt1] -> [t* rt2] for a label [t* rt] with (rt1 without rt2) <: rt."""
    _cast_branch(v, at, cast, without(cast.source, cast.target), cast.target)


def _cast_branch(
    v: FunctionValidator, at: int, cast: Cast, taken: ReferenceType, stays: ReferenceType
) -> None:
    if not matches(cast.target, cast.source):
        raise Mismatch(f"type mismatch: {cast.target} is no subtype of {cast.source}")
    target, others, kind = _reference_label(v, cast.label)
    if not matches(taken, kind):
        raise Mismatch(f"type mismatch: the label takes {kind}, not {taken}")
    v.stacks.pop(cast.source)
    v.stacks.pop_all(others)
    v.stacks.push_all(others)
    v.stacks.push(stays)
    v.stacks.branch(target, v.stacks.branches, at)


def without(source: ReferenceType, target: ReferenceType) -> ReferenceType:
    """What remains of a type when a cast has failed (spec 3.1.4, type difference)."""
    return ReferenceType(False, source.heap) if target.nullable else source
