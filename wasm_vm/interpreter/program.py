"""A function plan as the machine runs it: one step per instruction, at the same index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from wasm_vm.instructions import Instruction
from wasm_vm.interpreter import aggregates, bulk, control
from wasm_vm.interpreter.handlers import HANDLERS, Handler
from wasm_vm.module import Module
from wasm_vm.types import DefinedType, StructType
from wasm_vm.validation import Branch, FunctionPlan

_DECLARING = (aggregates, bulk, control)
"""Importing these modules has put their handlers into HANDLERS."""

Step = tuple[Handler, int, Any]
"""The handler, the fixed cost in units of fuel, the prepared immediate."""


@dataclass(frozen=True, slots=True)
class Program:
    """A prepared function.

    zeros: the first values of the declared locals, as runs of (count, value). slots: weight of an
        activation.
    """

    steps: list[Step]
    parameters: int
    zeros: list[tuple[int, Any]]
    slots: int


_programs: WeakKeyDictionary[FunctionPlan, Program] = WeakKeyDictionary()
"""Prepared once per plan, however many instances share it."""


def program_of(plan: FunctionPlan, module: Module) -> Program:
    """The program of a plan of that module."""
    program = _programs.get(plan)
    if program is None:
        steps = [
            (HANDLERS[row.name], row.cost, _prepared(plan, module.types, at, row, immediate))
            for at, (row, immediate, _) in enumerate(plan.body)
        ]
        steps[-1] = (HANDLERS["return"], 0, len(plan.type.results))
        zeros = [(count, kind.zero) for count, kind in plan.locals]
        program = Program(steps, len(plan.type.parameters), zeros, plan.slots)
        _programs[plan] = program
    return program


def _prepared(
    plan: FunctionPlan,
    types: tuple[DefinedType, ...],
    at: int,
    row: Instruction,
    immediate: Any,
) -> Any:
    """The immediate in the form that the handler takes: types in place of their indices."""
    branch = plan.branches.get(at)
    if isinstance(branch, Branch):
        return (_jump(branch), immediate.target) if row.immediates == "cast" else _jump(branch)
    if branch is not None:
        return tuple(_jump(label) for label in branch)
    if row.name == "return":
        return len(plan.type.results)
    match row.immediates:
        case "memarg":
            return immediate.offset, immediate.memory
        case "memarg lane":
            argument, lane = immediate
            return argument.offset, argument.memory, lane
        case "type":
            return types[immediate]
        case "type table" | "type count" | "type data" | "type element":
            return types[immediate[0]], immediate[1]
        case "type field":
            composite = types[immediate[0]].composite
            assert isinstance(composite, StructType)  # validated
            return composite.fields[immediate[1]], immediate[1]
    return immediate


def _jump(branch: Branch) -> tuple[int, int, int]:
    return branch.target, branch.keep, branch.height
