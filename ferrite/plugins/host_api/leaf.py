"""Host functions as the imports of one guest, each also written out for when nothing is in the way.

Rule: a leaf does what `declaration.enter` does, and only what it can do in one step: the right is
granted without patterns, the caller may do anything, the bytes lie in the memory and the units of
this slice pay for them. Whatever else there is to check, it has changed nothing yet and hands the
call to `enter`, which decides. The text of a leaf follows from the declaration alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from struct import Struct
from types import CellType, FunctionType
from typing import Any

from ferrite.errors import CommandError
from ferrite.permissions import WRITING, Right
from ferrite.plugins.host_api.context import SHOWN_BYTES_MAX, GuestError, HostContext
from ferrite.plugins.host_api.declaration import (
    I64_BYTES,
    MODULE,
    PLAIN,
    Buffer,
    HostCall,
    Out,
    enter,
    failed,
    fill,
    store,
)
from ferrite.plugins.reply_builder import NOTHING
from ferrite.protocol.replies import OK
from wasm_vm import Caller, HostFunction

_U32_MASK = 0xFFFF_FFFF
_U64_MASK = 0xFFFF_FFFF_FFFF_FFFF
Leaf = Callable[..., int]


def bind(context: HostContext, call: HostCall) -> HostFunction:
    """The function as an import of one guest."""

    def code(caller: Caller | None, arguments: list[Any]) -> tuple[int]:
        context.called_by(caller)
        return (enter(context, call, arguments) & _U32_MASK,)

    def leaf(caller: Caller) -> Leaf:
        context.called_by(caller)

        def slow(*arguments: Any) -> int:
            return enter(context, call, arguments) & _U32_MASK

        if not all(context.grant.reaches_all(right) for right in call.needs):
            return as_leaf(code)(caller)
        return _on_fuel(_maker(call)(context, caller.instance, call, slow), context.meter.fuel)

    return HostFunction(call.type, f"{MODULE}.{call.name}", code, call.body, leaf)


def as_leaf(code: Callable[[Caller, list[Any]], Sequence[Any]]) -> Callable[[Caller], Leaf]:
    """A leaf that does what the code of a function of `ferrite_v1` does."""
    return lambda caller: lambda *arguments: code(caller, [*arguments[:-1]])[0]


@lru_cache
def _maker(call: HostCall) -> Callable[..., FunctionType]:
    """What makes the leaf for a guest. The text is ours; no part of it comes from a guest."""
    scope: dict[str, Any] = dict(_NAMES)
    exec(_source(call), scope)
    maker: Callable[..., FunctionType] = scope["make"]
    return maker


_NAMES = {
    "Buffer": Buffer,
    "CommandError": CommandError,
    "NOTHING": NOTHING,
    "OK": OK,
    "GuestError": GuestError,
    "Out": Out,
    "failed": failed,
    "put_i64": Struct("<Q").pack_into,
    "fill": fill,
    "store": store,
}


def _on_fuel(leaf: FunctionType, fuel: CellType) -> Leaf:
    """The leaf with the meter's cell as its variable `units`, as generated code has it."""
    names = leaf.__code__.co_freevars
    cells = zip(names, leaf.__closure__ or (), strict=True)
    closure = tuple(fuel if name == "units" else cell for name, cell in cells)
    return FunctionType(leaf.__code__, leaf.__globals__, leaf.__name__, None, closure)


class _Text:
    """The text of a leaf while it is written."""

    def __init__(self, call: HostCall) -> None:
        self.call = call
        self.names = [f"l{index}" for index in range(len(call.type.parameters))]
        self.values: list[str] = []
        self.obstacles: list[str] = []
        self.paid: list[str] = []
        """Names of the sizes that are paid for."""
        position = 0
        for kind in call.kinds:
            names = self.names[position : position + len(kind.types)]
            position += len(kind.types)
            self.values.append(kind.source.format(*names))
            if kind.bytes_max:
                address, size = names
                self.paid.append(size)
                self.obstacles.append(f"{size} > {kind.bytes_max}")
                self.obstacles.append(f"{address} + {size} > len(data)")
        self.places = self.names[position:]
        if call.needs:
            self.obstacles = [*_out_of_reach(call), *self.obstacles]


def _out_of_reach(call: HostCall) -> list[str]:
    """What keeps the caller from a function that needs rights."""
    obstacles = []
    if any(right in WRITING for right in call.needs):
        obstacles.append("not invocation.may_write")
    if any(kind.bytes_max == "limits.key_bytes_max" for kind in call.kinds):
        obstacles.append("(session := invocation.session) is not None and not session.unrestricted")
        if Right.STORAGE_READ in call.needs:
            obstacles.append("invocation.keys_read is not None")
    return obstacles


def _source(call: HostCall) -> str:
    text = _Text(call)
    given = ", ".join(text.names)
    refuse = f"return slow({given})"
    lines = ["invocation = context.invocation"]
    if text.paid or text.places:
        lines.append("data = memory.data")
    if text.obstacles:
        lines.append(f"if {' or '.join(text.obstacles)}: {refuse}")
    if text.paid:
        lines += [
            f"left = units - {' - '.join(text.paid)}",
            f"if left < 0: {refuse}",
            "units = left",
        ]
    shown = "None"
    if call.kinds:
        lines.append(f"first = {text.values[0]}")
        if call.kinds[0].bytes_max:
            size = text.names[1]
            shown = f"(first if {size} <= {SHOWN_BYTES_MAX} else first[:{SHOWN_BYTES_MAX}])"
    values = ", ".join(["context", *(["first"] if call.kinds else []), *text.values[1:]])
    if text.names:
        lines.append("context.last_address = l0")
    lines.append("try:")
    known = _known(call, ["first", *text.values[1:]])
    lines += [f" {line}" for line in (*known, f"{' ' * bool(known)}result = body({values})")]
    if call.answer is not PLAIN:
        lines += [f" {line}" for line in _giving(call, text)]
    lines += [
        "except (GuestError, CommandError) as error:",
        " result = failed(context, error)",
        f" if note is not None: note({call.name!r}, {shown}, result)",
        f" return result & {_U32_MASK}",
        "if keep is not None:",
        " origin = invocation.origin or invocation.origin_at(now)",
        " used = meter.drawn - units",
        f" keep((number(), origin, {call.name!r}, {shown}, result, '', used))",
        f"elif note is not None: note({call.name!r}, {shown}, result)",
        f"return result & {_U32_MASK}" if call.answer is PLAIN else "return result",
    ]
    parameters = ", ".join([*text.names, "_"])
    return "\n".join(
        [
            "def make(context, instance, call, slow):",
            " body, note, limits, meter = call.body, context.note, context.limits, context.meter",
            " units, (now, number, keep) = 0, context.trail or (None, None, None)",
            " memory = instance.memory" if text.paid or text.places else "",
            f" def leaf({parameters}):",
            *(["  nonlocal units"] if text.paid or text.places else []),
            *(f"  {line}" for line in lines),
            " return leaf",
        ]
    )


def _known(call: HostCall, values: list[str]) -> list[str]:
    """The lines in front of the call of the body, for the case in which that is known."""
    if call.inline is None:
        return []
    result, when, step = (part.format(*values) for part in call.inline)
    return [f"if {when}:", f" {step}", f" result = {result}", "else:"]


def _giving(call: HostCall, text: _Text) -> list[str]:
    """The lines that give the guest what the body has returned."""
    address = text.places[0]
    if call.answer.give is fill:
        capacity = text.places[1]
        size, value = "size", "result if size == count else result[:size]"
        put = f"data[{address}:{address} + size] = {value}"
        first = ["count = len(result)", f"size = count if count <= {capacity} else {capacity}"]
        result, general = "count", f"fill(context, result, ({address}, {capacity}))"
    else:
        size, first = str(I64_BYTES), []
        result, general = "0", f"store(context, result, ({address},))"
        put = f"put_i64(data, {address}, result & {_U64_MASK})"
    return [
        *first,
        f"left = units - {size}",
        "data = memory.data",
        f"if left < 0 or {address} + {size} > len(data): result = {general}",
        "else:",
        " units = left",
        f" {put}",
        f" result = {result}",
    ]
