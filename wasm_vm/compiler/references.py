"""Branches that look at a reference: br_on_null, br_on_non_null, br_on_cast, br_on_cast_fail."""

from __future__ import annotations

from wasm_vm.compiler.control import Control
from wasm_vm.compiler.values import COMPARE, NOT, truth


def branch(control: Control, name: str) -> None:
    """Branch where the reference is what the instruction asks for."""
    body = control.body
    target = body.flow.targets(body.at)[0]
    value = body.name(body.pop())
    if name == "br_on_null":
        control.conditional(truth(f"{value.text} is None", COMPARE, value.reads), target)
        body.push(value)
    elif name == "br_on_non_null":
        body.push(value)
        control.conditional(truth(f"{value.text} is not None", COMPARE, value.reads), target)
        body.pop()
    else:
        kind = body.link(f"Y{body.plan.index}_", body.at)
        test = f"IS_OF_TYPE({value.text}, {kind})"
        if name == "br_on_cast_fail":
            test = f"not {test}"
        body.push(value)
        control.conditional(truth(test, NOT, value.reads), target)
