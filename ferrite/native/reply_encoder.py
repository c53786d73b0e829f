"""encode_all: the interface and results of `ferrite.protocol.encoder.encode_all`, in C.

Rule: `marshal.dumps` writes the replies of a whole pipeline in one call, and C turns the image into
RESP. What marshal does not know (errors, sets, push messages) or C leaves out (doubles, maps) the
Python twin encodes. Importing this module raises ImportError where the extension was not built.
"""

from __future__ import annotations

from collections.abc import Sequence
from marshal import dumps
from typing import Any, cast

from ferrite.native._transcoder import ffi, lib
from ferrite.protocol import encoder
from ferrite.protocol.replies import Reply

MARSHAL_VERSION = 2
"""The last one without back references, which C does not follow."""
REPLIES_MIN = 4
"""Fewer replies, or items of an array, are encoded sooner than they are marshalled."""


def _new_encoder() -> Any:
    state = lib.reply_encoder_new()
    if state == ffi.NULL:
        raise MemoryError("no memory for a reply encoder")
    return ffi.gc(state, lib.reply_encoder_free)


# One for the process: its output is copied before anyone else can have a turn.
_state = _new_encoder()
_encode = lib.reply_encoder_encode
_bytes = lib.reply_encoder_bytes
_buffer = ffi.buffer


def encode_all(replies: Sequence[Reply], protocol: int) -> bytes:
    """The bytes of some replies, one after the other, for a client that speaks `protocol`.

    Raises TypeError for a value that is no reply, OverflowError for an int beyond 64 bits.
    """
    first = replies[0] if replies else None
    if len(replies) >= REPLIES_MIN or (type(first) is list and len(first) >= REPLIES_MIN):
        if type(first) is str and replies.count(first) == len(replies):
            return encoder.encode(first, protocol) * len(replies)
        try:
            image = dumps(cast(Any, replies), MARSHAL_VERSION)
        except ValueError:  # a reply that marshal does not know
            return encoder.encode_all(replies, protocol)
        size = _encode(_state, image, len(image), protocol)
        if size >= 0:
            return _buffer(_bytes(_state), size)[:]  # type: ignore[no-any-return]
    return encoder.encode_all(replies, protocol)
