"""Host functions as typed declarations: the WebAssembly signature comes from Python annotations.

    @host_function
    def add_one(value: i32) -> i32:
        return value + 1

i32 and i64 arrive as signed ints, u32 and u64 are the same WebAssembly types seen unsigned (for
addresses and lengths). Results may be given signed or unsigned. A first parameter annotated
`Caller` is not part of the signature: it gives access to the calling instance.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints, overload

from wasm_vm.errors import BadCall, Trap, TrapKind
from wasm_vm.runtime import Caller, HostFunction
from wasm_vm.runtime.values import public_converter, raw_converter, to_raw
from wasm_vm.types import (
    EXTERNREF,
    F32,
    F64,
    FUNCREF,
    I32,
    I64,
    V128,
    FunctionType,
    ValueType,
)


class _View(NamedTuple):
    """A WebAssembly type, and whether the host sees an integer of it without a sign."""

    type: ValueType
    unsigned: bool = False


i32 = Annotated[int, _View(I32)]
i64 = Annotated[int, _View(I64)]
u32 = Annotated[int, _View(I32, unsigned=True)]
u64 = Annotated[int, _View(I64, unsigned=True)]
f32 = Annotated[float, _View(F32)]
f64 = Annotated[float, _View(F64)]
v128 = Annotated[bytes, _View(V128)]
funcref = Annotated[Any, _View(FUNCREF)]
externref = Annotated[Any, _View(EXTERNREF)]

AnyFunction = Callable[..., Any]


@overload
def host_function(function: AnyFunction, /) -> HostFunction: ...


@overload
def host_function(
    *, name: str = "", traps: tuple[type[Exception], ...] = ()
) -> Callable[[AnyFunction], HostFunction]: ...


def host_function(
    function: AnyFunction | None = None,
    /,
    *,
    name: str = "",
    traps: tuple[type[Exception], ...] = (),
) -> HostFunction | Callable[[AnyFunction], HostFunction]:
    """Declare a host function from an annotated Python function.

    traps: exceptions that become a Trap (HOST) of the guest, with the exception as its cause; any
    other exception passes through the VM unchanged. A function that asks for its caller answers
    BadCall to the embedder, who is none. Raises TypeError for a parameter or result
    without a WebAssembly annotation.
    """
    if function is not None:
        return _declare(function, name, traps)

    def decorate(inner: AnyFunction) -> HostFunction:
        return _declare(inner, name, traps)

    return decorate


def _declare(function: AnyFunction, name: str, traps: tuple[type[Exception], ...]) -> HostFunction:
    name = name or getattr(function, "__name__", "host function")
    hints = get_type_hints(function, include_extras=True)
    parameters = list(inspect.signature(function).parameters)
    wants_caller = bool(parameters) and hints.get(parameters[0]) is Caller
    views = [
        _view(hints.get(parameter), f"{name}: parameter {parameter}")
        for parameter in parameters[wants_caller:]
    ]
    results = _results(hints.get("return", None), name)
    kind = FunctionType(tuple(view.type for view in views), results)
    code = _adapter(function, name, views, results, wants_caller)
    return HostFunction(kind, name, _trapping(code, name, traps) if traps else code, function)


def _view(hint: Any, where: str) -> _View:
    if get_origin(hint) is Annotated:
        for extra in get_args(hint)[1:]:
            if isinstance(extra, _View):
                return extra
    raise TypeError(f"{where} needs a WebAssembly type such as wasm_vm.i32")


def _results(hint: Any, name: str) -> tuple[ValueType, ...]:
    if hint is None or hint is type(None):
        return ()
    if get_origin(hint) is tuple:
        return tuple(_view(item, f"{name}: result").type for item in get_args(hint))
    return (_view(hint, f"{name}: result").type,)


Code = Callable[[Caller | None, list[Any]], Sequence[Any]]


def _adapter(
    function: AnyFunction,
    name: str,
    views: list[_View],
    results: tuple[ValueType, ...],
    wants_caller: bool,
) -> Code:
    """From raw arguments to public ones and back."""
    converted = [
        (position, public_converter(view.type))
        for position, view in enumerate(views)
        if view.type in (I32, I64, V128) and not view.unsigned
    ]

    only = raw_converter(results[0]) if len(results) == 1 else None

    def code(caller: Caller | None, arguments: list[Any]) -> Sequence[Any]:
        if wants_caller and caller is None:
            raise BadCall(f"host function {name} needs a guest that calls it")
        for position, convert in converted:
            arguments[position] = convert(arguments[position])
        answer = function(caller, *arguments) if wants_caller else function(*arguments)
        if only is not None:
            try:
                return (only(answer),)
            except (TypeError, ValueError) as error:
                raise type(error)(f"host function {name}: result: {error}") from None
        return _raw_results(name, results, answer) if results else ()

    return code


def _raw_results(name: str, types: tuple[ValueType, ...], answer: Any) -> list[Any]:
    """A result of the wrong type is a bug of the host function: TypeError or ValueError."""
    if len(answer) != len(types):
        raise TypeError(f"host function {name} must give {len(types)} results")
    try:
        return [to_raw(kind, value) for kind, value in zip(types, answer, strict=True)]
    except (TypeError, ValueError) as error:
        raise type(error)(f"host function {name}: result: {error}") from None


def _trapping(code: Code, name: str, traps: tuple[type[Exception], ...]) -> Code:
    def guarded(caller: Caller | None, arguments: list[Any]) -> Sequence[Any]:
        try:
            return code(caller, arguments)
        except traps as error:
            raise Trap(TrapKind.HOST, f"{name}: {error}") from error

    return guarded
