"""Handlers of control, parametric and variable instructions (spec 4.4.8, 4.4.3, 4.4.5, 4.4.2).

Validation has resolved all structure: a block, a loop and an end that does not end the function
do nothing; a branch is (target, operands kept, height below them).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wasm_vm.errors import Trap, TrapKind, UncaughtException
from wasm_vm.interpreter.handlers import SWITCH, handles
from wasm_vm.matching import heap_matches
from wasm_vm.runtime.function import Function
from wasm_vm.runtime.heap import is_of_type, new_exception
from wasm_vm.types import DefinedType, ReferenceType

if TYPE_CHECKING:
    from wasm_vm.interpreter.machine import Frame

Jump = tuple[int, int, int]
"""Target, operands kept, height below them."""


@handles("unreachable")
def unreachable(stack: list[Any], immediate: Any, frame: Frame) -> None:
    """Trap."""
    raise Trap(TrapKind.UNREACHABLE)


@handles("nop", "block", "loop", "end", "try_table")
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
    return frame.machine.call(_element(stack, immediate, frame), stack, frame)


def _element(stack: list[Any], immediate: tuple[DefinedType, int], frame: Frame) -> Function:
    """The function of a table at the index on the stack, if it has the type."""
    kind, table = immediate
    elements = frame.instance.tables[table].elements
    index = stack.pop()
    if index >= len(elements):
        raise Trap(TrapKind.UNDEFINED_ELEMENT, f"{index} of {len(elements)}")
    function: Function | None = elements[index]
    if function is None:
        raise Trap(TrapKind.UNINITIALIZED_ELEMENT, str(index))
    if function.defined is not kind and not heap_matches(function.defined, kind):
        raise Trap(TrapKind.INDIRECT_CALL_TYPE, f"expected {kind.composite}, found {function.type}")
    return function


@handles("call_ref")
def call_ref(stack: list[Any], immediate: Any, frame: Frame) -> int | None:
    """Call a function by reference."""
    return frame.machine.call(_function(stack), stack, frame)


def _function(stack: list[Any]) -> Function:
    function: Function | None = stack.pop()
    if function is None:
        raise Trap(TrapKind.NULL_FUNCTION)
    return function


@handles("return_call")
def return_call(stack: list[Any], index: int, frame: Frame) -> int:
    """Call a function of the instance in place of this activation."""
    return frame.machine.tail_call(frame.instance.functions[index], stack, frame)


@handles("return_call_indirect")
def return_call_indirect(stack: list[Any], immediate: Any, frame: Frame) -> int:
    """Call a function of a table in place of this activation."""
    return frame.machine.tail_call(_element(stack, immediate, frame), stack, frame)


@handles("return_call_ref")
def return_call_ref(stack: list[Any], immediate: Any, frame: Frame) -> int:
    """Call a function by reference in place of this activation."""
    return frame.machine.tail_call(_function(stack), stack, frame)


# --- branches by reference ----------------------------------------------------------------------


@handles("br_on_null")
def br_on_null(stack: list[Any], branch: Jump, frame: Frame) -> int | None:
    """Branch, without the reference, where it is null."""
    if stack[-1] is not None:
        return None
    stack.pop()
    return br(stack, branch, frame)


@handles("br_on_non_null")
def br_on_non_null(stack: list[Any], branch: Jump, frame: Frame) -> int | None:
    """Branch, with the reference, where it is not null."""
    if stack[-1] is None:
        stack.pop()
        return None
    return br(stack, branch, frame)


@handles("br_on_cast")
def br_on_cast(stack: list[Any], immediate: tuple[Jump, ReferenceType], frame: Frame) -> int | None:
    """Branch where the reference is a value of the type."""
    branch, kind = immediate
    return br(stack, branch, frame) if is_of_type(stack[-1], kind) else None


@handles("br_on_cast_fail")
def br_on_cast_fail(
    stack: list[Any], immediate: tuple[Jump, ReferenceType], frame: Frame
) -> int | None:
    """Branch where the reference is no value of the type."""
    branch, kind = immediate
    return None if is_of_type(stack[-1], kind) else br(stack, branch, frame)


# --- exceptions ---------------------------------------------------------------------------------


@handles("throw")
def throw(stack: list[Any], index: int, frame: Frame) -> None:
    """Throw an exception of the operands; the machine looks for who catches it."""
    tag = frame.instance.tags[index]
    first = len(stack) - len(tag.type.parameters)
    raise UncaughtException(new_exception(tag, stack[first:], frame.instance.store.heap))


@handles("throw_ref")
def throw_ref(stack: list[Any], immediate: Any, frame: Frame) -> None:
    """Throw an exception again."""
    exception = stack.pop()
    if exception is None:
        raise Trap(TrapKind.NULL_EXCEPTION)
    raise UncaughtException(exception)


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


@handles("i32.const", "i64.const", "f32.const", "f64.const", "v128.const")
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
