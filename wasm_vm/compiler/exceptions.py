"""Exceptions: a try_table is a Python try, a clause is a branch with the exception's values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wasm_vm.compiler.values import Value
from wasm_vm.validation import Branch

if TYPE_CHECKING:
    from wasm_vm.compiler.blocks import Block
    from wasm_vm.compiler.control import Control


def try_table(control: Control, immediate: Any) -> None:
    """A Python try around the body."""
    control.bound()
    control.open("try_table", immediate[0])
    control.body.writer.line("try:")
    control.body.writer.depth += 1
    control.tries += 1


def end_try(control: Control, block: Block) -> None:
    """The clauses: each is a branch that takes the exception's values along."""
    body, writer = control.body, control.body.writer
    depth = block.depth + (1 if block.frame is not None else 0)
    writer.close(depth)
    control.tries -= 1
    writer.line("except UNCAUGHT as e_:")
    writer.depth = depth + 1
    writer.line("if z_: raise")
    writer.line("v_ = e_.exception")
    handler = next(item for item in body.plan.handlers if item.start == block.start)
    stack, body.stack = body.stack, list(body.stack[: block.height])
    for clause, branch in zip(handler.clauses, handler.branches, strict=True):
        test = "1" if clause.tag is None else f"v_.tag is {body.link('X', clause.tag)}"
        writer.line(f"if {test}:")
        writer.depth += 1
        _catch(control, clause.tag, clause.kind.value in (1, 3), branch)
        writer.close(depth + 1)
    body.stack = stack
    writer.line("raise")
    writer.close(depth)


def _catch(control: Control, tag: int | None, with_reference: bool, branch: Branch) -> None:
    """Take a branch with the values of the exception v_."""
    body = control.body
    count = 0 if tag is None else len(body.module.spaces.tags[tag].parameters)
    values = [Value(f"v_.values[{number}]") for number in range(count)]
    if with_reference:
        values.append(Value("v_"))
    before = body.stack
    body.stack = before + values
    control.take(Branch(branch.target, len(values), branch.height), 0)
    body.stack = before
