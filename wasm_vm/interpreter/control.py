"""Handlers of control, parametric and variable instructions (spec 4.4.8, 4.4.3, 4.4.5, 4.4.2).

Validation has resolved all structure: a block, a loop and an end that does not end the function
do nothing; a branch is (target, operands kept, height below them).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wasm_vm.errors import Trap, TrapKind
from wasm_vm.interpreter.handlers import SWITCH, handles

if TYPE_CHECKING:
    from wasm_vm.interpreter.machine import Frame

Jump = tuple[int, int, int]
"""Target, operands kept, height below them."""


@handles("unreachable")
def unreachable(stack: list[Any], immediate: Any, frame: Frame) -> None:
    """Trap."""
    raise Trap(TrapKind.UNREACHABLE)


@handles("nop", "block", "loop", "end")
def nothing(stack: list[Any], immediate: Any, frame: Frame) -> None:
    """Structure has no effect of its own."""


@handles("if")
def if_(stack: list[Any], branch: Jump, frame: Frame) -> int | None:
    """Go on where the condition is not zero, else to the other arm."""
    return None if stack.pop() else branch[0]


@handles("else")
def else_(stack: list[Any], branch: Jump, frame: Frame) -> int:
    """The first arm has ended: go behind the second."""
    return branch[0]


@handles("br")
def br(stack: list[Any], branch: Jump, frame: Frame) -> int:
    """Keep the label's operands, drop those above its height, go to its target."""
    target, keep, height = branch
    del stack[height : len(stack) - keep]
    return target


@handles("br_if")
def br_if(stack: list[Any], branch: Jump, frame: Frame) -> int | None:
    """Branch where the condition is not zero."""
    return br(stack, branch, frame) if stack.pop() else None


@handles("br_table")
def br_table(stack: list[Any], branches: tuple[Jump, ...], frame: Frame) -> int:
    """Branch to the label at the index; the last is the default."""
    index = stack.pop()
    return br(stack, branches[index] if index < len(branches) else branches[-1], frame)


@handles("return")
def return_(stack: list[Any], count: int, frame: Frame) -> int:
    """Leave the function with its results, which are on top."""
    frame.machine.leave(frame, stack[len(stack) - count :])
    return SWITCH


@handles("call")
def call(stack: list[Any], index: int, frame: Frame) -> int | None:
    """Call a function of the instance."""
    return frame.machine.call(frame.instance.functions[index], stack, frame)


@handles("call_indirect")
def call_indirect(stack: list[Any], immediate: Any, frame: Frame) -> int | None:
    """Call a function of a table, whose type is checked now."""
    kind, table = immediate
    elements = frame.instance.tables[table].elements
    index = stack.pop()
    if index >= len(elements):
        raise Trap(TrapKind.UNDEFINED_ELEMENT, f"{index} of {len(elements)}")
    function = elements[index]
    if function is None:
        raise Trap(TrapKind.UNINITIALIZED_ELEMENT, str(index))
    if function.type is not kind and function.type != kind:
        raise Trap(TrapKind.INDIRECT_CALL_TYPE, f"expected {kind}, found {function.type}")
    return frame.machine.call(function, stack, frame)


@handles("drop")
def drop(stack: list[Any], immediate: Any, frame: Frame) -> None:
    """Forget a value."""
    stack.pop()


@handles("select", "select t")
def select(stack: list[Any], immediate: Any, frame: Frame) -> None:
    """The first of two values where the condition is not zero, else the second."""
    condition = stack.pop()
    second = stack.pop()
    if not condition:
        stack[-1] = second


@handles("i32.const", "i64.const", "f32.const", "f64.const")
def constant(stack: list[Any], value: Any, frame: Frame) -> None:
    """Push the immediate."""
    stack.append(value)


@handles("local.get")
def local_get(stack: list[Any], index: int, frame: Frame) -> None:
    """Push a local."""
    stack.append(frame.locals[index])


@handles("local.set")
def local_set(stack: list[Any], index: int, frame: Frame) -> None:
    """Pop into a local."""
    frame.locals[index] = stack.pop()


@handles("local.tee")
def local_tee(stack: list[Any], index: int, frame: Frame) -> None:
    """Copy the top into a local."""
    frame.locals[index] = stack[-1]


@handles("global.get")
def global_get(stack: list[Any], index: int, frame: Frame) -> None:
    """Push a global."""
    stack.append(frame.instance.globals[index].raw)


@handles("global.set")
def global_set(stack: list[Any], index: int, frame: Frame) -> None:
    """Pop into a global."""
    frame.instance.globals[index].raw = stack.pop()


@handles("ref.null")
def ref_null(stack: list[Any], immediate: Any, frame: Frame) -> None:
    """Push the null reference."""
    stack.append(None)


@handles("ref.is_null")
def ref_is_null(stack: list[Any], immediate: Any, frame: Frame) -> None:
    """1 for the null reference, else 0."""
    stack[-1] = int(stack[-1] is None)


@handles("ref.func")
def ref_func(stack: list[Any], index: int, frame: Frame) -> None:
    """Push a reference to a function."""
    stack.append(frame.instance.functions[index])
