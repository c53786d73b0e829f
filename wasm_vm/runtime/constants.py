"""Constant expressions (spec 3.3.10), evaluated at instantiation, where nothing costs fuel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wasm_vm.instructions.meaning import function as meaning
from wasm_vm.module import Expression
from wasm_vm.runtime.function import Function
from wasm_vm.runtime.globals import Global


def evaluate(
    expression: Expression, functions: Sequence[Function], variables: Sequence[Global]
) -> Any:
    """The raw value of a validated constant expression."""
    stack: list[Any] = []
    for row, immediate, _ in expression[:-1]:
        match row.name:
            case "global.get":
                stack.append(variables[immediate].raw)
            case "ref.func":
                stack.append(functions[immediate])
            case "ref.null":
                stack.append(None)
            case _ if row.operands is None:
                stack.append(immediate)
            case _:
                arity = len(row.operands)
                operands = stack[-arity:]
                stack[-arity:] = [meaning(row)(*operands)]
    return stack[-1]
