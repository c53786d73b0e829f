"""Calls: fixed arity, the free slots of the call stack as the last argument.

Behind a call the account is exact, so a callee, which may be foreign code, sees the true fuel.
"""

from __future__ import annotations

from typing import Any

from wasm_vm.compiler.body import Body
from wasm_vm.compiler.values import Value, closed, typed
from wasm_vm.types import FunctionType


def _signature(body: Body, index: int) -> FunctionType:
    composite = body.module.spaces.functions[index].composite
    assert isinstance(composite, FunctionType)  # validated
    return composite


def _type(body: Body, index: int) -> FunctionType:
    composite = body.module.module.types[index].composite
    assert isinstance(composite, FunctionType)  # validated
    return composite


def _arguments(body: Body, count: int) -> list[str]:
    return [body.clean(value).text for value in body.pops(count)]


def _function(body: Body, index: Value, immediate: tuple[int, int]) -> None:
    """Put the function of a table into h_, if it has the type."""
    kind, table = immediate
    line = body.writer.line
    line(f"h_ = {body.link('T', table)}[{closed(index).text}]", body.site(index))
    _check(body, kind, index)


def _check(body: Body, kind: int, operand: Value) -> None:
    """The function in h_ must be one, of the type; the operand is what it was found by."""
    name = body.link("K", kind)
    line = body.writer.line
    line(f"if h_.entry_type is not {name}: h_ = RESOLVE(h_, {name})", body.site(operand))


def _call(body: Body, callee: str, kind: FunctionType, arguments: list[str]) -> None:
    body.flush_globals()
    call = f"{callee}({', '.join([*arguments, f'd - {body.free}'])})"
    match len(kind.results):
        case 0:
            body.writer.line(call, body.site())
        case 1:
            name, local = body.target()
            body.writer.line(f"{name} = {call}", body.site())
            body.result(name, local, typed(name, kind.results[0]))
        case _:
            names = [body.temporary() for _ in kind.results]
            body.writer.line(f"{', '.join(names)} = {call}", body.site())
            body.push_results(kind.results, names)
    body.header(body.at + 1)


def call(body: Body, index: int) -> None:
    """Call a function of the instance."""
    kind = _signature(body, index)
    _call(body, body.link("fn", index), kind, _arguments(body, len(kind.parameters)))


def call_indirect(body: Body, immediate: tuple[int, int]) -> None:
    """Call a function of a table."""
    kind = _type(body, immediate[0])
    index = body.name(closed(body.pop()))
    arguments = _arguments(body, len(kind.parameters))
    _function(body, index, immediate)
    _call(body, "h_.entry", kind, arguments)


def call_ref(body: Body, index: int) -> None:
    """Call a function by reference."""
    kind = _type(body, index)
    function = body.name(body.pop())
    arguments = _arguments(body, len(kind.parameters))
    body.writer.line(f"h_ = {function.text}")
    _check(body, index, function)
    _call(body, "h_.entry", kind, arguments)


def _tail(body: Body, callee: str, arguments: list[str]) -> None:
    jump = body.link("J", len(arguments))
    body.writer.line(f"return {jump}({', '.join([callee, *arguments, 'd'])})", body.site())
    body.alive = False


def return_call(body: Body, index: int) -> None:
    """Call in place of this activation; the trampoline around it does so."""
    arguments = _arguments(body, len(_signature(body, index).parameters))
    callee = body.link("bn", index)
    if index < body.imported:
        callee = f"TAIL({body.link('H', index)}, {body.free})"
    _tail(body, callee, arguments)


def return_call_indirect(body: Body, immediate: tuple[int, int]) -> None:
    """Call a function of a table in place of this activation."""
    kind = _type(body, immediate[0])
    index = body.name(closed(body.pop()))
    arguments = _arguments(body, len(kind.parameters))
    _function(body, index, immediate)
    _tail(body, f"TAIL(h_, {body.free})", arguments)


def return_call_ref(body: Body, index: int) -> None:
    """Call a function by reference in place of this activation."""
    kind = _type(body, index)
    function = body.name(body.pop())
    arguments = _arguments(body, len(kind.parameters))
    body.writer.line(f"h_ = {function.text}")
    _check(body, index, function)
    _tail(body, f"TAIL(h_, {body.free})", arguments)


def throw(body: Body, tag: int) -> None:
    """Throw an exception of the operands."""
    count = len(body.module.spaces.tags[tag].parameters)
    values = ", ".join(_arguments(body, count))
    body.writer.line(f"THROW({body.link('X', tag)}, [{values}])", body.site())
    body.alive = False


def throw_ref(body: Body, _: Any) -> None:
    """Throw an exception again."""
    body.writer.line(f"THROW_AGAIN({body.pop().text})", body.site())
    body.alive = False
