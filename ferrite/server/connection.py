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
from collections.abc import Callable
from typing import Any

from ferrite.dispatch import TO_HOST, serve
from ferrite.errors import CommandError, ForeignProtocol
from ferrite.limits import ProtocolLimits
from ferrite.pending import Pending
from ferrite.protocol.encoder import (
    encode,
)
from ferrite.protocol.replies import Reply
from ferrite.server import sockets
from ferrite.server.codec import Burst, Parser
from ferrite.server.hosting import Hosted
from ferrite.server.hub import Hub
from ferrite.server.output_limits import OutputWatch
from ferrite.session import Session
from ferrite.state import Call

LOG = logging.getLogger(__name__)


class Connection(asyncio.Protocol):
    """One client, from its first byte to its last."""

    session: Session
    _transport: Any
    _deliver: Callable[[bytes], None]
    """Writes to the transport, once the log has what the bytes may tell of."""
    _call: Call
    _parser: Parser

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._state = hub.state
        self._stats = hub.state.stats
        self._encode_all = hub.codec.encode_all
        self._slice_requests_max = hub.limits.requests_per_slice
        self._burst_requests_max = hub.limits.requests_per_burst
        self._slice_bytes_max = hub.limits.slice_bytes_max
        self._burst = hub.burst
        self._burst_names = hub.burst.names if hub.burst is not None else frozenset()
        self._likely = True
        """Whether a burst is worth a try: the last request was one of those it serves."""
        self._head = b""
        """Replies of a burst that leave with those of the requests behind it."""
        self._replies: list[Reply] = []
        """Those that are not written yet."""
        self._backlog: deque[list[list[bytes]]] = deque()
        """Slices of requests that wait for a Pending, for their turn, or for the client to read."""
        self._pending: Pending | None = None
        self._hosted: Hosted | None = None
        """The last requests that a task served, or serves."""
        self._to_host = b""
        """The command that was last better served in a task: the next is so from the start."""
        self._ready = False
        """Whether requests can be served as they come: the client is logged in and reads its
        replies, and nothing waits. While it is not, `_go_on` decides what happens next."""
        self._scheduled = False
        self._reading = True
        self._write_paused = False
        self._half_closed = False
        self._closed = True
        self._pushed: list[bytes] = []
        """Messages the client did not ask for that are not written yet."""
        self._active = False
        """Whether anything has come since the last sweep."""
        self._output = OutputWatch()
        self._write_bytes_max = 0
        """What is larger may be more than a client may leave unread."""

    # --- what the event loop calls ----------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is here: give it a session, or refuse it when there are too many."""
        self._transport = transport
        state, options = self._state, self._state.config.redis
        limits = ProtocolLimits(bulk_bytes_max=options.proto_max_bulk_len)
        self._parser = self._hub.codec.make_parser(limits)
        refusal = sockets.refusal(state, transport)
        if refusal is not None:
            self._stats.rejected_connections += 1
            self._transport.write(encode(refusal, 2))
            self._transport.close()
            return
        self._closed = False
        self.follow_log()
        self._hub.connections.add(self)
        self.session = state.connect(*sockets.addresses(transport))
        self.session.unix_socket = sockets.is_unix(transport)
        self.session.link = self
        sockets.keep_alive(transport, options.tcp_keepalive)
        self._call = Call(self.session, state)
        self._follow_login()
        self._go_on()

    def data_received(self, data: bytes) -> None:
        """Bytes have come: serve what they complete, or put it behind what waits already."""
        self._stats.input_bytes += len(data)
        self._active = True
        if self._burst is not None and self._likely and self._ready and self.session.plain:
            data = self._serve_burst(self._burst, data)
            if not data:
                return
        try:
            requests = self._parser.feed(data)
        except MemoryError:
            self._hang_up("there is no memory for its request")
            return
        if self._ready and requests and len(requests) <= self._slice_requests_max:
            self._likely = requests[-1][0] in self._burst_names
            self._serve(requests)
        else:
            if self._head:
                self._write(b"")
            self._take(requests)

    def eof_received(self) -> bool:
        """The client sends no more. What it has sent is answered before the connection closes, but
        for a wait: who is gone takes nothing, as in Redis."""
        self._half_closed = True
        if not self._closed and self.session.id in self._state.blocked:
            return False
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
            self._hub.outbox.flush()
            self._forget()
            self._transport.close()

    def abort(self) -> None:
        """Close at once, whether or not the client takes its last replies."""
        self._transport.abort()

    # --- what a session can have its connection do -------------------------------------------

    def push(self, message: Reply) -> None:
        """Send what the client did not ask for, with its next replies or soon."""
        if self._closed:
            return
        if not self._pushed:
            asyncio.get_running_loop().call_soon(self._flush_pushed)
        self._pushed.append(encode(message, self.session.protocol))

    def disconnect(self) -> None:
        """Close at once."""
        if not self._closed:
            self._forget()
            self._transport.abort()

    @property
    def input_bytes(self) -> int:
        """Bytes of requests that are not complete."""
        return self._parser.buffered

    @property
    def output_bytes(self) -> int:
        """Bytes of replies that the client has not taken."""
        return int(self._transport.get_write_buffer_size())

    @property
    def descriptor(self) -> int:
        """The socket's file descriptor."""
        return sockets.descriptor(self._transport)

    def follow_config(self) -> None:
        """Options may have changed: at how many unread bytes the client must read first."""
        limits = self._hub.limits
        high = limits.unauthenticated_output_buffer_bytes_max
        self._write_bytes_max = self._output.least(
            self._state.config.redis.client_output_buffer_limit
        )
        if self._parser.authenticated:
            high = self._write_bytes_max
            if not self._state.config.redis.maxmemory_clients:  # which bounds all together
                high = min(limits.output_pause_bytes, high)
        self._transport.set_write_buffer_limits(high)

    def follow_log(self) -> None:
        """Writes are logged, or not any more: replies wait for the end of the turn, or do not."""
        self._hub.outbox.flush()  # nothing may overtake what waits
        write = self._transport.write
        self._deliver = write if self._state.logged is None else self._hold

    def _hold(self, data: bytes) -> None:
        self._hub.outbox.write(self, self._transport, data)

    def sweep(self, now: int, idle_ms_max: int) -> None:
        """Once a second: note whether the client was idle and close one that was too long."""
        session = self.session
        if self._active:
            self._active = False
            session.last_command_at = now
        elif (
            idle_ms_max
            and now - session.last_command_at > idle_ms_max
            and self._pending is None
            and session.subscriptions is None
            and not session.monitor
        ):
            self._hang_up("it was idle for longer than timeout")
            return
        if self._write_paused:
            self._check_output()

    # --- serving, continued ----------------------------------------------------------------

    def _serve_burst(self, burst: Burst, data: bytes) -> bytes:
        """Answer the head of `data` in C as far as that goes; the rest of it."""
        if self._state.turn.owner is not None:
            return data
        session, keyspace = self.session, self._call.keyspace
        logged = self._state.logged is not None
        size, replies = burst.serve(
            self._parser, keyspace, session.protocol, data, self._burst_requests_max, logged
        )
        if not size:
            return data
        if logged and burst.log:
            self._state.append_log.append(keyspace.index, burst.log)
        session.last_command = burst.last
        if size == len(data):
            self._write(replies)
            return b""
        self._head = replies
        return data[size:]

    def _serve(self, requests: list[list[bytes]]) -> None:
        """Answer requests in order, as far as nothing makes the rest of them wait."""
        if requests[0][0] == self._to_host:
            return self._serve_hosted(requests)
        protocol, before = self.session.protocol, len(self._replies)
        try:
            pending = serve(self._call, requests, self._replies, self._slice_bytes_max)
        except ForeignProtocol as error:
            return self._hang_up(error.text)
        if pending is TO_HOST:
            rest = requests[len(self._replies) - before :]
            self._to_host = rest[0][0]
            return self._serve_hosted(rest)
        return self._served(requests, protocol, len(self._replies) - before, pending)

    def _serve_hosted(self, requests: list[list[bytes]]) -> None:
        """As `_serve`, in a task at the end of the turn; until then the client waits."""
        hosted = self._hosted
        if hosted is None:
            room, flush = self._slice_bytes_max, self._flush_hosted
            hosted = Hosted(self._call, self._replies, room, flush, self._hosted_ended)
            self._hosted = hosted
        hosted.begin(requests)
        self._ready = False
        self._pending = hosted.pending
        self._hub.hosting.add(hosted)

    def _flush_hosted(self) -> None:
        if self._replies or self._head:
            self._flush(self.session.protocol)

    def _hosted_ended(self) -> None:
        self._pending = None
        if self._hosted is None:
            return
        requests, end = self._hosted.take()
        if self._closed:
            if isinstance(end, Pending):
                end.abandon()
        elif isinstance(end, Exception):
            self._hang_up(end.text if isinstance(end, ForeignProtocol) else "of a bug of ours")
        else:
            waits = self._write_paused or self._backlog or self._half_closed
            self._ready = self._reading and not waits
            self._served(requests, self._hosted.protocol, self._hosted.at, end)

    def _served(
        self, requests: list[list[bytes]], protocol: int, served: int, pending: Pending | None
    ) -> None:
        """Requests are answered, as many as that were: send the replies, and see to the rest."""
        session, replies = self.session, self._replies
        if session.protocol != protocol:
            last = replies.pop()
            self._flush(protocol)
            replies.append(last)
        if replies or self._head:
            self._flush(session.protocol)
        if served < len(requests):
            self._ready = False
            rest = requests[served + (pending is not None) :]
            if rest:
                self._backlog.appendleft(rest)
        if pending is not None:
            self._ready = False
            self._pending = pending
            pending.on_done(self._resolved)
        elif not (self._ready and session.plain) or self._parser.error is not None:
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
        if self._closed:
            return
        if not requests:
            if self._parser.buffered > self._state.config.redis.client_query_buffer_limit:
                self._stats.query_buffer_closings += 1
                self._hang_up("its request exceeds client-query-buffer-limit")
                return
            self._state.memory.grown(self.session)
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
        self._parser.authenticated = authenticated
        self.follow_config()

    # --- the socket -----------------------------------------------------------------------------

    def _flush(self, protocol: int) -> None:
        """Write the replies so far, for a client that speaks `protocol`."""
        replies = self._replies
        try:
            data = (
                encode(replies[0], protocol)
                if len(replies) == 1 and type(replies[0]) is not list
                else self._encode_all(replies, protocol)
            )
        except (TypeError, OverflowError):
            data = b"".join(self._encode_by_itself(reply, protocol) for reply in replies)
        replies.clear()
        self._write(data)

    def _write(self, data: bytes) -> None:
        """Write replies behind what has to leave before them."""
        if self._head:
            data, self._head = self._head + data, b""
        if self._pushed:
            data = self._take_pushed() + data
        if len(data) > self._write_bytes_max:
            self._check_output(len(data))
            if self._closed:
                return
        self._stats.output_bytes += len(data)
        self._deliver(data)
        if self._write_paused:
            self._check_output()

    def _take_pushed(self) -> bytes:
        pushed, self._pushed = self._pushed, []
        return b"".join(pushed)

    def _flush_pushed(self) -> None:
        if self._pushed and not self._closed:
            data = self._take_pushed()
            self._stats.output_bytes += len(data)
            self._deliver(data)
            self._check_output()
            if not self._closed:
                self._state.memory.grown(self.session)

    def _check_output(self, coming: int = 0) -> None:
        """Close a client that leaves more unread than its class of clients may; `coming` are the
        bytes that would be written next."""
        if not self._closed and self._output.exceeded(
            self._state.config.redis.client_output_buffer_limit,
            self.session,
            self._transport.get_write_buffer_size() + coming,
            asyncio.get_running_loop().time(),
        ):
            self._stats.output_buffer_closings += 1
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
        if self._hosted is not None:
            self._hosted.requests.clear()  # what has not begun need not begin
