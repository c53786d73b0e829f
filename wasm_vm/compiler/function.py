"""One function: from its plan to the source of a Python function, and to its code object.

The Python function takes the WebAssembly parameters and d, the free slots of the call stack; it
answers None, the result, or a tuple of results. F is the store's fuel cell, shared by all; L is the
store's cell of the free slots below which a call has to be looked at (see room).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import CodeType
from typing import Any

from wasm_vm.compiler import calls, memory
from wasm_vm.compiler.body import OPERANDS_MOST, Body, zero_of
from wasm_vm.compiler.control import Control
from wasm_vm.compiler.emitters import emit
from wasm_vm.compiler.exceptions import try_table
from wasm_vm.compiler.flow import TAIL_CALLS
from wasm_vm.compiler.references import branch
from wasm_vm.compiler.room import LEAST
from wasm_vm.compiler.writer import Site, Unsupported
from wasm_vm.validation import FunctionPlan, ValidModule

_LOADED = (memory,)

INSTRUCTIONS_MOST = 200_000
"""A longer function stays in the reference tier."""

LOCALS_MOST = 5_000


@dataclass(frozen=True, slots=True)
class CompiledCode:
    """What is the same for all instances.

    sites: by line of the source. links: names to be bound, as (kind, index). tail: the function
    may answer with a tail call. dirty: float locals in which any NaN is the canonical one.
    source: for readers of a listing.
    """

    code: CodeType
    sites: dict[int, Site]
    links: frozenset[tuple[str, int]]
    tail: bool
    dirty: frozenset[int]
    source: str


def compile_function(module: ValidModule, plan: FunctionPlan) -> CompiledCode:
    """Compile; raises Unsupported where the function exceeds what Python can express."""
    if len(plan.body) > INSTRUCTIONS_MOST or plan.local_count > LOCALS_MOST:
        raise Unsupported("too long")
    if plan.height > OPERANDS_MOST:
        raise Unsupported("too many operands at a time")
    body = Body(module, plan)
    control = Control(body)
    _instructions(body, control)
    head = _head(body, control)
    lines = [*head, *body.writer.lines, "  except TRAPS as e_:", f"   FAULT(e_, {plan.index})"]
    lines += ["   raise", " return code_", ""]
    source = "\n".join(lines)
    first = len(head) + 1
    sites = {first + index: site for index, site in body.writer.sites.items()}
    tail = any(name in TAIL_CALLS for name in body.flow.names)
    return CompiledCode(
        _code_of(source, plan), sites, frozenset(body.links), tail, body.dirty, source
    )


def _code_of(source: str, plan: FunctionPlan) -> CodeType:
    """The code object of the inner function."""
    filename = f"<wasm function {plan.index}>"
    try:
        outer = compile(source, filename, "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, RecursionError, MemoryError, OverflowError) as error:
        raise Unsupported(f"Python refuses the source: {error}") from None
    make = next(item for item in outer.co_consts if isinstance(item, CodeType))
    return next(item for item in make.co_consts if isinstance(item, CodeType))


def _head(body: Body, control: Control) -> list[str]:
    """The lines before the body: the checks of an activation, and zeros for the locals."""
    plan, flow = body.plan, body.flow
    count = len(plan.type.parameters)
    names = [f"l{index}" for index in range(count)]
    most, paid = 1 + flow.dearest[0], 1 + flow.before(0)
    lines = [
        "def make(F, L):",
        f" def code_({', '.join([*names, 'd'])}):",
        "  nonlocal F",
        f"  if d < L{'' if plan.slots <= LEAST else f' or d < {plan.slots}'}:",
        f"   if d < {plan.slots}: EXHAUSTED()",
        f"   if L > {LEAST}: DEEP(STORE)",
        f"  if F < {most} and REFILL({most}):",
        f"   return DEOPT({plan.index}, -1, locals(), (), d)",
        f"  F -= {paid}",
    ]
    zeros: dict[str, list[str]] = {}
    for index in sorted(_read_before_set(body)):
        zeros.setdefault(zero_of(body.locals[index]), []).append(f"l{index}")
    lines += [f"  {' = '.join(group)} = {zero}" for zero, group in zeros.items()]
    if control.flagged:
        lines.append("  x_ = 0")
    if body.guarded:
        lines.append("  z_ = 0")
    lines.append("  try:")
    return lines


def _read_before_set(body: Body) -> set[int]:
    """Declared locals that may be read before any assignment (the rule of spec 3.4.4)."""
    first = len(body.plan.type.parameters)
    found: set[int] = set()
    assigned: set[int] = set()
    journal: list[int] = []
    marks: list[int] = []
    for row, immediate, _ in body.plan.body:
        match row.name:
            case "local.get":
                if immediate >= first and immediate not in assigned:
                    found.add(immediate)
            case "local.set" | "local.tee":
                if immediate not in assigned:
                    assigned.add(immediate)
                    journal.append(immediate)
            case "block" | "loop" | "if" | "try_table":
                marks.append(len(journal))
            case "else" | "end":
                mark = marks[-1] if marks else 0
                assigned.difference_update(journal[mark:])
                del journal[mark:]
                if row.name == "end" and marks:
                    marks.pop()
    return found


def _instructions(body: Body, control: Control) -> None:
    """Compile all instructions that can be reached."""
    plan, flow = body.plan, body.flow
    last = len(plan.body) - 1
    at = 0
    while at < last:
        if not body.alive and not _revives(body, control, at):
            at = _skipped(body, at)
            continue
        body.at, body.next = at, at + 1
        body.held.clear()
        if body.alive and at in flow.joins:
            body.header(at)
        row, immediate, _ = plan.body[at]
        _instruction(body, control, row.name, row, immediate)
        at = body.next
    if flow.reachable[last]:
        count = len(plan.type.results)
        control.leave(body.stack[len(body.stack) - count :])
    body.writer.close(3)
    if not body.writer.lines:
        body.writer.line("pass")


def _revives(body: Body, control: Control, at: int) -> bool:
    """In dead code: True for the end or else of the innermost open block."""
    if not control.blocks:
        return False
    block = control.blocks[-1]
    return at == block.end or at == body.flow.elses.get(block.start)


def _skipped(body: Body, at: int) -> int:
    """Behind a dead instruction; a dead block goes as a whole."""
    return body.flow.ends.get(at, at) + 1


def _instruction(body: Body, control: Control, name: str, row: Any, immediate: Any) -> None:
    match name:
        case "block":
            control.block(immediate)
        case "loop":
            control.loop(immediate)
        case "if":
            control.if_(immediate)
        case "else":
            control.else_()
        case "end":
            control.end()
        case "try_table":
            try_table(control, immediate)
        case "br":
            control.br()
        case "br_if":
            control.br_if()
        case "br_table":
            control.br_table()
        case "br_on_null" | "br_on_non_null" | "br_on_cast" | "br_on_cast_fail":
            branch(control, name)
        case "return":
            count = len(body.plan.type.results)
            control.leave(body.stack[len(body.stack) - count :])
            body.alive = False
        case "unreachable":
            body.writer.line("UNREACHABLE()", body.site())
            body.alive = False
        case "call":
            calls.call(body, immediate)
        case "call_indirect":
            calls.call_indirect(body, immediate)
        case "call_ref":
            calls.call_ref(body, immediate)
        case "return_call":
            calls.return_call(body, immediate)
        case "return_call_indirect":
            calls.return_call_indirect(body, immediate)
        case "return_call_ref":
            calls.return_call_ref(body, immediate)
        case "throw":
            calls.throw(body, immediate)
        case "throw_ref":
            calls.throw_ref(body, immediate)
        case _:
            emit(body, row, immediate)
