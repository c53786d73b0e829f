"""reply_*: the answer, built call by call. Containers are followed by their announced members."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from ferrite.errors import CommandError, ProtocolError
from ferrite.plugins.host_api.commands import held
from ferrite.plugins.host_api.context import ErrorCode, GuestError, HostContext
from ferrite.plugins.host_api.declaration import (
    Address,
    Double,
    Inline,
    Long,
    Number,
    Value,
    host_call,
)
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.reply_builder import ReplyBound, ReplyFault
from ferrite.protocol.replies import OK, BigNumber, Push, SetReply, Verbatim
from ferrite.protocol.reply_parser import ReplyParser

VERBATIM_FORMAT_BYTES = 3
WHOLE = Inline("0", when="invocation.reply.value is NOTHING", step="invocation.reply.value = {0}")
"""A value with no members is the whole reply."""
WHOLE_BYTES = WHOLE._replace(when=f"{WHOLE.when} and len({{0}}) <= {LIMITS.reply_bytes_max}")
PARSED_AT_ONCE_BYTES = 4_096
"""Bytes of RESP3 read between two looks at the clock."""


@host_call(inline=WHOLE._replace(step="invocation.reply.value = None"))
def reply_null(context: HostContext) -> int:
    """Null."""
    return _add(context, None)


@host_call(inline=WHOLE._replace(step="invocation.reply.value = OK"))
def reply_ok(context: HostContext) -> int:
    """The simple string OK."""
    return _add(context, OK)


@host_call(inline=WHOLE)
def reply_int(context: HostContext, number: Long) -> int:
    """An integer."""
    return _add(context, number)


@host_call(inline=WHOLE)
def reply_double(context: HostContext, number: Double) -> int:
    """A double; its text for RESP2 clients."""
    return _add(context, number)


@host_call(inline=WHOLE._replace(step="invocation.reply.value = {0} != 0"))
def reply_bool(context: HostContext, truth: Number) -> int:
    """A boolean; 1 or 0 for RESP2 clients."""
    return _add(context, truth != 0)


@host_call()
def reply_simple(context: HostContext, text: Value) -> int:
    """A simple string; line ends become spaces."""
    reply = context.invocation.reply
    return _build(context, lambda: reply.add_status(_text(text)))


@host_call(inline=WHOLE_BYTES)
def reply_bulk(context: HostContext, data: Value) -> int:
    """A string of any bytes."""
    return _add(context, data, len(data))


@host_call()
def reply_error(context: HostContext, text: Value) -> int:
    """An error; "ERR " is put before a text without a code. As the whole reply it undoes all
    the call has written."""
    reply = context.invocation.reply
    return _build(context, lambda: reply.add_error(_text(text)))


@host_call()
def reply_verbatim(context: HostContext, format: Address, text: Value) -> int:
    """Text with a format of three letters."""
    name = context.read(format, VERBATIM_FORMAT_BYTES, VERBATIM_FORMAT_BYTES, "a format")
    if not name.isalnum() or not name.isascii():
        raise GuestError(ErrorCode.ARGUMENT, f"ERR {name!r} is no verbatim format")
    return _add(context, Verbatim(name.decode(), text), len(text))


@host_call()
def reply_bignum(context: HostContext, digits: Value) -> int:
    """An integer of any size, in decimal."""
    unsigned = digits.removeprefix(b"-")
    if len(digits) > context.limits.number_digits_max:
        raise GuestError(ErrorCode.LIMIT, "ERR a big number is too long")
    if not unsigned.isdigit():
        raise GuestError(ErrorCode.ARGUMENT, "ERR a big number has decimal digits only")
    return _add(context, BigNumber(int(digits)), len(digits))


@host_call()
def reply_array(context: HostContext, count: Number) -> int:
    """An array; its `count` members follow."""
    return _open(context, list, count)


@host_call()
def reply_map(context: HostContext, count: Number) -> int:
    """A map; `count` pairs follow, key and value in turn."""
    return _open(context, dict, count)


@host_call()
def reply_set(context: HostContext, count: Number) -> int:
    """A set; its `count` members follow."""
    return _open(context, SetReply, count)


@host_call()
def reply_resp3(context: HostContext, data: Value) -> int:
    """A whole reply in RESP3."""
    return _resp3(context, data)


@host_call()
def reply_handle(context: HostContext, handle: Number) -> int:
    """What a handle holds; the handle stays. Nothing is copied through the plugin."""
    return _resp3(context, held(context, handle))


def _resp3(context: HostContext, data: bytes) -> int:
    if len(data) > context.limits.reply_bytes_max:
        text = f"ERR a reply may have {context.limits.reply_bytes_max} bytes"
        raise GuestError(ErrorCode.LIMIT, text)
    parser, replies = ReplyParser(), []
    try:
        for start in range(0, len(data), PARSED_AT_ONCE_BYTES):
            replies += parser.feed(data[start : start + PARSED_AT_ONCE_BYTES])
            context.pause()
    except (ProtocolError, ValueError, RecursionError) as error:
        raise GuestError(ErrorCode.ARGUMENT, f"ERR the reply is no RESP3: {error}") from error
    if len(replies) != 1:
        raise GuestError(ErrorCode.ARGUMENT, f"ERR the bytes hold {len(replies)} whole replies")
    if isinstance(replies[0], CommandError):
        reply = context.invocation.reply
        return _build(context, lambda: reply.add_error(replies[0].text))
    _check(context, replies[0])
    return _add(context, replies[0], len(data))


def _check(context: HostContext, value: Any) -> None:
    """What holds for a reply built call by call holds for one that comes as a whole. Raises
    GuestError."""
    limits = context.limits
    elements = 0
    level = [value]
    for depth in range(limits.reply_depth_max + 1):
        elements += len(level)
        if elements > limits.reply_elements_max:
            text = f"ERR a reply may have {limits.reply_elements_max} values"
            raise GuestError(ErrorCode.LIMIT, text)
        if any(isinstance(each, Push) for each in level):
            raise GuestError(ErrorCode.ARGUMENT, "ERR a reply is no push message")
        inner = [each for each in level if isinstance(each, list | dict)]
        if inner and depth == limits.reply_depth_max:
            text = f"ERR a reply may nest {limits.reply_depth_max} levels"
            raise GuestError(ErrorCode.LIMIT, text)
        level = list(chain.from_iterable(map(_members, inner)))


def _members(value: Any) -> Iterable[Any]:
    return chain(value, value.values()) if isinstance(value, dict) else value


def _add(context: HostContext, value: Any, size: int = 0) -> int:
    try:
        context.invocation.reply.add(value, size)
    except (ReplyFault, ReplyBound) as error:
        raise _refusal(context, error) from error
    return 0


def _open(context: HostContext, kind: type, count: int) -> int:
    reply = context.invocation.reply
    return _build(context, lambda: reply.open(kind, count))


def _build(context: HostContext, step: Callable[[], None]) -> int:
    """Do one step; a broken rule is told to the guest and fails its call in the end."""
    try:
        step()
    except (ReplyFault, ReplyBound) as error:
        raise _refusal(context, error) from error
    return 0


def _refusal(context: HostContext, error: ReplyFault | ReplyBound) -> GuestError:
    if isinstance(error, ReplyFault):
        context.invocation.fault = context.invocation.fault or str(error)
        return GuestError(ErrorCode.ARGUMENT, f"ERR {error}")
    return GuestError(ErrorCode.LIMIT, f"ERR {error}")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
