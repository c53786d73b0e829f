"""arg_*: the arguments of the call, without the command's name."""

from __future__ import annotations

import struct

from ferrite.commands.arguments import double, integer
from ferrite.plugins.host_api.context import ErrorCode, GuestError, HostContext
from ferrite.plugins.host_api.declaration import Filled, Inline, Number, Place, Stored, host_call


@host_call(inline=Inline("len(invocation.arguments)"))
def arg_count(context: HostContext) -> int:
    """How many arguments there are."""
    return len(context.invocation.arguments)


@host_call(inline=Inline("invocation.arguments[{0}]", when="{0} < len(invocation.arguments)"))
def arg_read(context: HostContext, index: Number) -> Filled:
    """Copy an argument; its length."""
    return _argument(context, index)


@host_call()
def arg_i64(context: HostContext, index: Number) -> Stored:
    """Store an argument as an integer; -6 when it is none."""
    return integer(_argument(context, index))


@host_call()
def arg_f64(context: HostContext, index: Number, out: Place) -> int:
    """Store an argument as a double; -6 when it is no number."""
    number = struct.pack("<d", double(_argument(context, index)))
    context.write(out.address, number)
    return 0


def _argument(context: HostContext, index: int) -> bytes:
    arguments = context.invocation.arguments
    if index >= len(arguments):
        text = f"ERR there is no argument {index}, only {len(arguments)} in all"
        raise GuestError(ErrorCode.ABSENT, text)
    return arguments[index]
