"""Parametric instructions, constants, variables and references (spec 3.4.1 to 3.4.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wasm_vm.instructions import TABLE
from wasm_vm.matching import matches
from wasm_vm.types import BY_NAME, EQREF, I32, ReferenceType, ValueType
from wasm_vm.validation.rules.declare import RULES, Rule, rule
from wasm_vm.validation.stacks import Mismatch, Types

if TYPE_CHECKING:
    from wasm_vm.validation.function import FunctionValidator


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


def _constant(kind: ValueType) -> Rule:
    def push(v: FunctionValidator, at: int, _: Any) -> None:
        v.stacks.push(kind)

    return push


for _instruction in TABLE:
    if _instruction.name.endswith(".const"):
        RULES[_instruction.name] = _constant(BY_NAME[_instruction.immediates])


@rule("local.get")
def local_get(v: FunctionValidator, at: int, index: int) -> None:
    """[] -> [t] for a local that is set."""
    kind = v.local(index)
    if not v.is_set(index):
        raise Mismatch(f"uninitialized local {index}")
    v.stacks.push(kind)


@rule("local.set")
def local_set(v: FunctionValidator, at: int, index: int) -> None:
    """[t] -> []; the local is set from here to the end of the block."""
    v.stacks.pop(v.local(index))
    v.set(index)


@rule("local.tee")
def local_tee(v: FunctionValidator, at: int, index: int) -> None:
    """[t] -> [t]; as local.set."""
    v.stacks.pop(v.local(index))
    v.set(index)
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
    """[] -> [(ref null ht)]."""
    v.stacks.push(kind)


@rule("ref.is_null")
def ref_is_null(v: FunctionValidator, at: int, _: None) -> None:
    """[(ref null ht)] -> [i32]."""
    v.stacks.pop_reference()
    v.stacks.push(I32)


@rule("ref.as_non_null")
def ref_as_non_null(v: FunctionValidator, at: int, _: None) -> None:
    """[(ref null ht)] -> [(ref ht)]."""
    v.stacks.push(ReferenceType(False, v.stacks.pop_reference().heap))


@rule("ref.eq")
def ref_eq(v: FunctionValidator, at: int, _: None) -> None:
    """[eqref eqref] -> [i32]."""
    v.stacks.pop(EQREF)
    v.stacks.pop(EQREF)
    v.stacks.push(I32)


@rule("ref.func")
def ref_func(v: FunctionValidator, at: int, index: int) -> None:
    """[] -> [(ref x)], for a function that the module mentions outside of its bodies."""
    kind = v.context.function(index)
    if index not in v.context.declared:
        raise Mismatch(f"undeclared function reference: function {index}")
    v.stacks.push(ReferenceType(False, kind))


def top_of(kind: ReferenceType) -> ReferenceType:
    """The greatest type above a reference type, nullable: what a cast may start from."""
    tops = (BY_NAME[name] for name in ("anyref", "funcref", "externref", "exnref"))
    for top in tops:
        if matches(ReferenceType(True, kind.heap), top):
            assert isinstance(top, ReferenceType)  # the names above
            return top
    raise Mismatch(f"type mismatch: {kind} cannot be cast to")


@rule("ref.test", "ref.test null")
def ref_test(v: FunctionValidator, at: int, kind: ReferenceType) -> None:
    """[rt'] -> [i32] with rt <: rt'."""
    v.stacks.pop(top_of(kind))
    v.stacks.push(I32)


@rule("ref.cast", "ref.cast null")
def ref_cast(v: FunctionValidator, at: int, kind: ReferenceType) -> None:
    """[rt'] -> [rt] with rt <: rt'."""
    v.stacks.pop(top_of(kind))
    v.stacks.push(kind)
