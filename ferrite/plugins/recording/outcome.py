"""How a call ended, in the same words when it is recorded and when it is run again."""

from __future__ import annotations

import zlib

from ferrite.errors import CommandError
from ferrite.plugins.calls import finished_reply
from ferrite.plugins.host_api import Invocation
from ferrite.plugins.recording.frames import PROTOCOL, RETURNED, End
from ferrite.plugins.reply_builder import ReplyFault
from ferrite.plugins.study import kind_of
from ferrite.protocol.encoder import encode
from wasm_vm import Instance, ReferenceType

STOPPED = ("timeout", "killed")
"""Kinds of ends that come from outside of the guest."""


def returned(invocation: Invocation, status: int, fuel: int, instance: Instance | None) -> End:
    """The end of a call whose guest has returned."""
    kind, text, reply = RETURNED, "", b""
    try:
        value = finished_reply(invocation, status)
        reply = encode(value, PROTOCOL)
        kind = "error" if isinstance(value, CommandError) else RETURNED
    except ReplyFault as fault:
        kind, text = kind_of(fault), str(fault)
    said = []
    if invocation.hook is not None:
        abort, replacement = invocation.hook.abort, invocation.hook.replacement
        refusal = None if abort is None else abort.encode("utf-8", "surrogateescape")
        said = [encode(refusal, PROTOCOL), encode(replacement, PROTOCOL)]
    return End(kind, text, status, reply, said, fuel, checksum(instance))


def started(fuel: int, instance: Instance | None) -> End:
    """The end of a start that went well."""
    return End(RETURNED, "", 0, b"", [], fuel, checksum(instance))


def failed(error: Exception, fuel: int) -> End:
    """The end of a call or a start that has failed: its instance is gone."""
    return End(kind_of(error), str(error), 0, b"", [], fuel, 0)


def checksum(instance: Instance | None) -> int:
    """A checksum of an instance's memories and globals, above 0; 0 for no instance."""
    if instance is None:
        return 0
    found = 0
    for memory in instance.memories:
        found = zlib.crc32(memory.data, found)
    for variable in instance.globals:
        if not isinstance(variable.type.value, ReferenceType):
            found = zlib.crc32(b"%d" % variable.bits, found)
    return found + 1
