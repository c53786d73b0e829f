"""Calls and tail calls (spec 3.4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasm_vm.matching import all_match, matches
from wasm_vm.types import FUNCREF, FunctionType, ReferenceType
from wasm_vm.validation.rules.declare import rule
from wasm_vm.validation.stacks import Mismatch

if TYPE_CHECKING:
    from wasm_vm.validation.function import FunctionValidator


def _call(v: FunctionValidator, kind: FunctionType) -> None:
    v.stacks.pop_all(kind.parameters)
    v.stacks.push_all(kind.results)


def _tail_call(v: FunctionValidator, kind: FunctionType) -> None:
    if not all_match(kind.results, v.type.results):
        raise Mismatch("type mismatch: a tail call with other results than the caller's")
    v.stacks.pop_all(kind.parameters)
    v.stacks.unreachable()


def _indirect(v: FunctionValidator, immediate: tuple[int, int]) -> FunctionType:
    kind, index = immediate
    table = v.context.table(index)
    if not matches(table.element, FUNCREF):
        raise Mismatch("type mismatch: an indirect call needs a table of functions")
    v.stacks.pop(table.address)
    return v.context.function_type(kind)


def _by_reference(v: FunctionValidator, index: int) -> FunctionType:
    kind = v.context.function_type(index)
    v.stacks.pop(ReferenceType(True, v.context.type(index)))
    return kind


@rule("call")
def call(v: FunctionValidator, at: int, index: int) -> None:
    """The type of the function."""
    _call(v, v.context.signature(index))


@rule("return_call")
def return_call(v: FunctionValidator, at: int, index: int) -> None:
    """[t3* t1*] -> [t4*]."""
    _tail_call(v, v.context.signature(index))


@rule("call_indirect")
def call_indirect(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """The type named, and an index into a table of functions."""
    _call(v, _indirect(v, immediate))


@rule("return_call_indirect")
def return_call_indirect(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """[t3* t1* at] -> [t4*]."""
    _tail_call(v, _indirect(v, immediate))


@rule("call_ref")
def call_ref(v: FunctionValidator, at: int, index: int) -> None:
    """The type named, and a reference to a function of it."""
    _call(v, _by_reference(v, index))


@rule("return_call_ref")
def return_call_ref(v: FunctionValidator, at: int, index: int) -> None:
    """[t3* t1* (ref null x)] -> [t4*]."""
    _tail_call(v, _by_reference(v, index))
