"""Connection: one client's socket. Bytes come in, go through parser and dispatch, and replies back.

Rule: all replies to what one read brought leave in one write. Replies keep the order of requests:
while one is Pending, the requests behind it wait in the backlog. A client never gets more of the
server than its share: after `requests_per_slice` requests the others have their turn, and a client
that does not read its replies is not served further until it does.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from ferrite.dispatch import serve
from ferrite.errors import CommandError, ForeignProtocol
from ferrite.limits import ConnectionLimits, ProtocolLimits
from ferrite.pending import Pending
from ferrite.protocol.encoder import (
    encode,
)
from ferrite.protocol.replies import Reply
from ferrite.server.codec import Codec, Parser, choose_codec
from ferrite.session import Session
from ferrite.state import Call, ServerState

LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Hub:
    """What all connections of a server share."""

    state: ServerState
    codec: Codec = field(default_factory=choose_codec)
    limits: ConnectionLimits = field(default_factory=ConnectionLimits)
    connections: set[Connection] = field(default_factory=set)
    """Those whose sockets are open."""
    emptied: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever the last of them has gone."""


class Connection(asyncio.Protocol):
    """One client, from its first byte to its last."""

    session: Session
    _transport: Any
    _call: Call
    _parser: Parser

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._state = hub.state
        self._stats = hub.state.stats
        self._encode_all = hub.codec.encode_all
        self._slice_requests_max = hub.limits.requests_per_slice
        self._slice_bytes_max = hub.limits.slice_bytes_max
        self._replies: list[Reply] = []
        """Those that are not written yet."""
        self._backlog: deque[list[list[bytes]]] = deque()
        """Slices of requests that wait for a Pending, for their turn, or for the client to read."""
        self._pending: Pending | None = None
        self._ready = False
        """Whether requests can be served as they come: the client is logged in and reads its
        replies, and nothing waits. While it is not, `_go_on` decides what happens next."""
        self._scheduled = False
        self._reading = True
        self._write_paused = False
        self._half_closed = False
        self._closed = True

    # --- what the event loop calls ----------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is here: give it a session, or refuse it when there are too many."""
        self._transport = transport
        state, options = self._state, self._state.config.redis
        if len(state.sessions) >= options.maxclients:
            self._stats.rejected_connections += 1
            self._transport.write(encode(CommandError("ERR max number of clients reached"), 2))
            self._transport.close()
            return
        self._closed = False
        self._hub.connections.add(self)
        self.session = state.connect(
            _address(transport.get_extra_info("peername")),
            _address(transport.get_extra_info("sockname")),
        )
        self.session.link = self
        self._call = Call(self.session, state)
        limits = ProtocolLimits(bulk_bytes_max=options.proto_max_bulk_len)
        self._parser = self._hub.codec.make_parser(limits)
        self._follow_login()
        self._go_on()

    def data_received(self, data: bytes) -> None:
        """Bytes have come: serve what they complete, or put it behind what waits already."""
        if self._closed:
            return
        try:
            requests = self._parser.feed(data)
        except MemoryError:
            self._hang_up("there is no memory for its request")
            return
        self._stats.input_bytes += len(data)
        if self._ready and 0 < len(requests) <= self._slice_requests_max:
            self._serve(requests)
        else:
            self._take(requests)

    def eof_received(self) -> bool:
        """The client sends no more. What it has sent is answered before the connection closes."""
        self._half_closed = True
        return self._pending is not None or self._write_paused or bool(self._backlog)

    def pause_writing(self) -> None:
        """The client does not read its replies: serve nothing more that makes new ones."""
        self._write_paused = True
        self._ready = False
        if not self._parser.authenticated:
            self._hang_up("it does not read its replies and has not logged in")

    def resume_writing(self) -> None:
        """The client has read on."""
        self._write_paused = False
        self._go_on()

    def connection_lost(self, _: Exception | None) -> None:
        """The socket is closed, by whichever side."""
        if not self._closed:
            self._forget()
        connections = self._hub.connections
        connections.discard(self)
        if not connections:
            self._hub.emptied.set()

    # --- serving --------------------------------------------------------------------------------

    def close(self) -> None:
        """Close once the replies so far are written. Requests that wait are not served."""
        if not self._closed:
            self._forget()
            self._transport.close()

    def disconnect(self) -> None:
        """Close at once because the server wants so."""
        self._hang_up("the server has closed it")

    def abort(self) -> None:
        """Close at once, whether or not the client takes its last replies."""
        self._transport.abort()

    def _serve(self, requests: list[list[bytes]]) -> None:
        """Answer requests in order, as far as nothing makes the rest of them wait."""
        session, replies = self.session, self._replies
        protocol, before = session.protocol, len(replies)
        try:
            pending = serve(self._call, requests, replies, self._slice_bytes_max)
        except ForeignProtocol as error:
            self._hang_up(error.text)
            return
        served = len(replies) - before + (pending is not None)
        self._stats.commands_processed += served
        if session.protocol != protocol:
            last = replies.pop()
            self._flush(protocol)
            replies.append(last)
        if replies:
            self._flush(session.protocol)
        if served < len(requests):
            self._ready = False
            self._backlog.appendleft(requests[served:])
        if pending is not None:
            self._ready = False
            self._pending = pending
            pending.on_done(self._resolved)
        elif (
            not self._ready
            or self._parser.error is not None
            or session.close_after_reply
            or not session.authenticated
        ):
            self._go_on()

    def _resolved(self, reply: Reply) -> None:
        """The Pending at the head has its reply: it leaves with those of the requests behind."""
        self._pending = None
        if self._closed:
            return
        if isinstance(reply, CommandError):
            self._stats.count_error(reply.text)
        self._replies.append(reply)
        if not self._backlog:
            self._flush(self.session.protocol)
        self._go_on()

    def _take(self, requests: list[list[bytes]]) -> None:
        """Requests, or a part of one, that cannot be served at once."""
        if not requests:
            if self._parser.buffered > self._state.config.redis.client_query_buffer_limit:
                self._hang_up("its request exceeds client-query-buffer-limit")
                return
        else:
            if not self._ready or len(requests) > self._slice_requests_max:
                self._pause_reading()
            self._defer(requests)
        self._go_on()

    def _defer(self, requests: list[list[bytes]]) -> None:
        self._ready = False
        size = self._slice_requests_max
        for start in range(0, len(requests), size):
            self._backlog.append(requests[start : start + size])

    def _continue(self) -> None:
        """Serve the next slice of the backlog."""
        self._scheduled = False
        if not self._closed and self._pending is None and not self._write_paused and self._backlog:
            self._serve(self._backlog.popleft())

    def _go_on(self) -> None:
        """What to do next, after requests were served or an obstacle has gone."""
        session, parser = self.session, self._parser
        if session.close_after_reply:
            self.close()
        elif self._closed or self._pending is not None or self._write_paused:
            return
        elif self._backlog:
            if not self._scheduled:
                self._scheduled = True
                asyncio.get_running_loop().call_soon(self._continue)
        elif not (session.authenticated and parser.authenticated) and self._take_next():
            self._go_on()
        elif parser.error is not None:
            error = CommandError(f"ERR {parser.error.text}")
            self._stats.count_error(error.text)
            self._replies.append(error)
            self._flush(session.protocol)
            self.close()
        elif self._half_closed:
            self.close()
        else:
            self._ready = parser.authenticated
            if not self._reading:
                self._reading = True
                self._transport.resume_reading()

    def _take_next(self) -> bool:
        """Before AUTH the parser hands out one request at a time: whether there was another."""
        self._follow_login()
        requests = self._parser.feed(b"")
        self._defer(requests)
        return bool(requests)

    def _follow_login(self) -> None:
        """Have the limits that go with being logged in or not."""
        authenticated = not self._state.must_log_in(self.session)
        limits = self._hub.limits
        self._parser.authenticated = authenticated
        self._transport.set_write_buffer_limits(
            limits.output_pause_bytes
            if authenticated
            else limits.unauthenticated_output_buffer_bytes_max
        )

    # --- the socket -----------------------------------------------------------------------------

    def _flush(self, protocol: int) -> None:
        """Write the replies so far, for a client that speaks `protocol`."""
        replies = self._replies
        try:
            data = (
                encode(replies[0], protocol)
                if len(replies) == 1
                else self._encode_all(replies, protocol)
            )
        except (TypeError, OverflowError):
            data = b"".join(self._encode_by_itself(reply, protocol) for reply in replies)
        replies.clear()
        self._stats.output_bytes += len(data)
        self._transport.write(data)
        limit = self._hub.limits.output_buffer_bytes_max
        if self._write_paused and 0 < limit < self._transport.get_write_buffer_size():
            self._hang_up("it does not read its replies")

    def _encode_by_itself(self, reply: Reply, protocol: int) -> bytes:
        """A reply that may be none, which is a bug of ours but not the client's misfortune."""
        try:
            return encode(reply, protocol)
        except (TypeError, OverflowError) as error:
            LOG.error("a bug of ours: a command of %s", self.session.address, exc_info=error)
            return encode(CommandError.internal(), protocol)

    def _pause_reading(self) -> None:
        if self._reading and not self._half_closed:
            self._reading = False
            self._transport.pause_reading()

    def _hang_up(self, reason: str) -> None:
        """Close at once, replies that are not written included."""
        if not self._closed:
            LOG.warning("closing client %s: %s", self.session.address, reason)
            self._forget()
            self._transport.abort()

    def _forget(self) -> None:
        self._closed = True
        self._ready = False
        self._backlog.clear()
        self._state.disconnect(self.session)
        if self._pending is not None:
            self._pending.abandon()


def _address(name: Any) -> str:
    """A socket's name as Redis prints it: "127.0.0.1:6379", "[::1]:6379"."""
    if not isinstance(name, tuple):
        return str(name or "")
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
