"""How a function of `ferrite_v1` is declared, and the one door every call of a guest goes through.

Rule: a function is declared once, with the right it needs and the kinds of its parameters:

    @host_call(needs=Right.STORAGE_READ)
    def exists(context: HostContext, key: Key) -> int:
        '''1 when the key exists, else 0.'''

From this follow its WebAssembly type, the permission check, the documentation and the message for
an unknown import. A kind knows how a value crosses: a `Key` is a pointer and a length, is paid for
byte by byte before it is copied, and is checked against the patterns of the right. What a function
returns knows it as well: a number is the result, `Filled` bytes are copied to where the guest wants
them.

`enter` is this door in general. `ferrite.plugins.host_api.leaf` writes the same out for each
function, for calls where nothing is in the way.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, NamedTuple, TypeAlias, get_args, get_type_hints

from ferrite.errors import CommandError
from ferrite.permissions import Right
from ferrite.plugins.host_api.context import ErrorCode, GuestError, HostContext
from wasm_vm import F64, I32, I64, FunctionType, ValueType

MODULE = "ferrite_v1"
_I64_SIGN = 1 << 63
READ = "bytes(data[{0}:{0} + {1}])"
"""Bytes of the guest, as a Python expression over their address and size."""
I64_BYTES = F64_BYTES = 8


class Kind(NamedTuple):
    """What an annotation says of a parameter: its WebAssembly types, and how it is taken."""

    types: tuple[ValueType, ...]
    take: Callable[[HostContext, HostCall, Sequence[Any]], Any]
    source: str = ""
    """The same as a Python expression over {0}, {1}, ...; "" where `take` has to be called."""
    bytes_max: str = ""
    """Of bytes that are read: the most there may be, as a Python expression."""


class Answer(NamedTuple):
    """What an annotation says of the value that a function returns."""

    types: tuple[ValueType, ...]
    """Of the parameters behind the others that say where it goes."""
    give: Callable[[HostContext, Any, Sequence[Any]], int]


class Inline(NamedTuple):
    """What a function does in its plainest case, as Python over `invocation`, {0}, {1}, ..."""

    result: str
    """What it returns, an expression."""
    when: str = "True"
    """Whether this is the plainest case; else the function itself is called."""
    step: str = "pass"
    """A statement before that."""


Body: TypeAlias = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class HostCall:
    """One function of `ferrite_v1`."""

    name: str
    group: str
    type: FunctionType
    needs: tuple[Right, ...]
    may_need: tuple[Right, ...]
    """Rights that it needs for some arguments."""
    kinds: tuple[Kind, ...]
    answer: Answer
    body: Body
    summary: str
    inline: Inline | None = None
    """Part of the body, written out."""

    def doing(self, body: Body, kinds: tuple[Kind, ...] | None = None) -> HostCall:
        """The same function with another body, that may take less."""
        return replace(self, body=body, inline=None, kinds=self.kinds if kinds is None else kinds)


class Buffer(NamedTuple):
    """Where a guest wants bytes: as many as fit are copied, the full length is returned."""

    context: HostContext
    address: int
    capacity: int


class Out(NamedTuple):
    """Where a guest wants a 64-bit number."""

    context: HostContext
    address: int

    def put(self, number: int) -> int:
        """Store an i64; 0."""
        self.context.write(self.address, (number & (2**64 - 1)).to_bytes(I64_BYTES, "little"))
        return 0


def _key(context: HostContext, call: HostCall, raw: Sequence[Any]) -> bytes:
    key = context.read(raw[0], raw[1], context.limits.key_bytes_max, "a key")
    for right in call.needs:
        context.require_key(right, key)
    return key


def _value(context: HostContext, _call: HostCall, raw: Sequence[Any]) -> bytes:
    return context.read(raw[0], raw[1], context.value_bytes_max, "a value")


def _name(context: HostContext, _call: HostCall, raw: Sequence[Any]) -> bytes:
    return context.read(raw[0], raw[1], context.limits.name_bytes_max, "a name")


def _signed(_context: HostContext, _call: HostCall, raw: Sequence[Any]) -> int:
    number: int = raw[0]
    return number - (1 << 64) if number & _I64_SIGN else number


def _plain(_context: HostContext, _call: HostCall, raw: Sequence[Any]) -> Any:
    return raw[0]


def fill(context: HostContext, data: bytes, raw: Sequence[Any]) -> int:
    """Copy what fits of an answer to where the guest wants it; the full length."""
    address, capacity = raw
    context.write(address, data[:capacity])
    return len(data)


def store(context: HostContext, number: int, raw: Sequence[Any]) -> int:
    """Store an answer where the guest wants it; 0."""
    return Out(context, *raw).put(number)


Key: TypeAlias = Annotated[bytes, Kind((I32, I32), _key, READ, "limits.key_bytes_max")]
"""A key, as pointer and length, within reach of the right the function needs."""
Value: TypeAlias = Annotated[bytes, Kind((I32, I32), _value, READ, "context.value_bytes_max")]
"""Any bytes, as pointer and length."""
Name: TypeAlias = Annotated[bytes, Kind((I32, I32), _name, READ, "limits.name_bytes_max")]
"""The name of a field or setting, as pointer and length."""
Space: TypeAlias = Annotated[
    Buffer, Kind((I32, I32), lambda c, _, raw: Buffer(c, *raw), "Buffer(context, {0}, {1})")
]
"""Room for an answer, as pointer and capacity."""
Place: TypeAlias = Annotated[
    Out, Kind((I32,), lambda c, _, raw: Out(c, raw[0]), "Out(context, {0})")
]
"""Room for a 64-bit number, as pointer."""
Address: TypeAlias = Annotated[int, Kind((I32,), _plain, "{0}")]
"""A pointer."""
Number: TypeAlias = Annotated[int, Kind((I32,), _plain, "{0}")]
"""An unsigned 32-bit number."""
Long: TypeAlias = Annotated[
    int, Kind((I64,), _signed, f"({{0}} if {{0}} < {_I64_SIGN} else {{0}} - {1 << 64})")
]
"""A signed 64-bit number."""
Double: TypeAlias = Annotated[float, Kind((F64,), _plain, "{0}")]
"""A double."""
Filled: TypeAlias = Annotated[bytes, Answer((I32, I32), fill)]
"""An answer of bytes: as many as fit are copied to the pointer, with the capacity, behind the other
parameters; the result is the full length."""
Stored: TypeAlias = Annotated[int, Answer((I32,), store)]
"""An answer of 64 bits: stored at the pointer behind the other parameters; the result is 0."""
PLAIN = Answer((), lambda _context, result, _raw: result)
"""The answer is the result."""

FUNCTIONS: dict[str, HostCall] = {}
"""All functions a guest may import from `ferrite_v1`, by name."""


def host_call(
    *needs: Right,
    name: str = "",
    may_need: tuple[Right, ...] = (),
    inline: Inline | None = None,
) -> Callable[[Body], Body]:
    """Declare a function of `ferrite_v1`, and the rights it needs; those of `may_need` it asks for
    by itself, where its arguments want them. `inline` is its body once more, as far as that goes.

    `name` differs from the Python function's where that would hide a builtin. Raises ImportError
    for a name that is declared already.
    """

    def declare(body: Body) -> Body:
        title = name or body.__name__
        if title in FUNCTIONS:
            raise ImportError(f"host function {title} is declared twice")
        hints = get_type_hints(body, include_extras=True)
        parameters = list(inspect.signature(body).parameters)[1:]
        kinds = tuple(_kind(hints[parameter]) for parameter in parameters)
        answer = next((e for e in get_args(hints["return"]) if isinstance(e, Answer)), PLAIN)
        types = (*(kind for parameter in kinds for kind in parameter.types), *answer.types)
        group = body.__module__.rpartition(".")[2]
        summary = inspect.getdoc(body) or ""
        kind = FunctionType(types, (I32,))
        FUNCTIONS[title] = HostCall(
            title, group, kind, needs, may_need, kinds, answer, body, summary, inline
        )
        return body

    return declare


def _kind(hint: Any) -> Kind:
    found: Kind = next(extra for extra in get_args(hint)[1:] if isinstance(extra, Kind))
    return found


def enter(context: HostContext, call: HostCall, raw: Sequence[Any]) -> int:
    """Serve one call of a guest: check its rights, take its arguments, run it.

    0 or a length, or a negative ErrorCode. Raises Trap for an address outside of the guest's
    memory, and OutOfFuel.
    """
    arguments: list[Any] = []
    if raw:
        context.last_address = raw[0]
    result = _serve(context, call, raw, arguments)
    if context.note is not None:
        shown = arguments[0] if arguments else None
        if not arguments and call.kinds and call.kinds[0].types == _TEXT:
            shown = context.peek(raw[0], raw[1])  # it was refused before it was taken
        context.note(call.name, shown, result)
    return result


_TEXT = (I32, I32)


def _serve(context: HostContext, call: HostCall, raw: Sequence[Any], arguments: list[Any]) -> int:
    try:
        for right in call.needs:
            context.require(right)
        position = 0
        for kind in call.kinds:
            after = position + len(kind.types)
            arguments.append(kind.take(context, call, raw[position:after]))
            position = after
        return call.answer.give(context, call.body(context, *arguments), raw[position:])
    except (GuestError, CommandError) as error:
        return failed(context, error)


def failed(context: HostContext, error: GuestError | CommandError) -> int:
    """What the guest is told of an error, whose text `last_error` gives."""
    context.last_error = error.text
    if isinstance(error, GuestError):
        return error.code
    return _CODES.get(error.text.partition(" ")[0], _number_or_argument(error.text))


_CODES = {"WRONGTYPE": ErrorCode.TYPE}
_NOT_A_NUMBER = {
    CommandError.not_an_integer().text,
    CommandError.not_a_float().text,
    CommandError.overflow().text,
}


def _number_or_argument(text: str) -> int:
    return ErrorCode.NUMBER if text in _NOT_A_NUMBER else ErrorCode.ARGUMENT
