"""http, tcp_connect, tcp_send, tcp_recv, tcp_close: the network, to hosts that were granted.

Rule: the guest gives up its turn while it waits (`ferrite.plugins.outside`), so none of these works
once the call has written something. A redirect is not followed: its answer is what the guest gets.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TypeVar

from ferrite.permissions import Right
from ferrite.plugins import network
from ferrite.plugins.host_api.commands import keep_reply, require_room
from ferrite.plugins.host_api.context import ErrorCode, GuestError, HostContext
from ferrite.plugins.host_api.declaration import Name, Number, Space, Value, host_call

Answer = TypeVar("Answer")
READING_METHODS = ("GET", "HEAD")
METHODS = (*READING_METHODS, "POST", "PUT", "PATCH", "DELETE")
PORT_MAX = 65_535
RECEIVED_BYTES_MAX = 65_536


@host_call(may_need=(Right.NETWORK_HTTP_GET, Right.NETWORK_HTTP_POST))
def http(context: HostContext, method: Name, url: Value, headers: Value, body: Value) -> int:
    """Send a request; a handle of its answer, a map of status, headers and body. Headers are
    lines. GET and HEAD need network.http_get, the other methods network.http_post."""
    word = method.decode("ascii", "replace").upper()
    if word not in METHODS:
        raise GuestError(ErrorCode.ARGUMENT, f"ERR there is no method {word[:16]}")
    right = Right.NETWORK_HTTP_GET if word in READING_METHODS else Right.NETWORK_HTTP_POST
    context.require(right)
    address = url.decode("utf-8", "replace")
    lines = _headers(headers)
    try:
        host, port = network.address_of(address)
    except network.NetworkError as error:
        raise GuestError(ErrorCode.ARGUMENT, f"ERR {error}") from error
    _require_host(context, right, host, port)
    require_room(context)
    bytes_max = context.limits.network_bytes_max
    reply = _outside(
        context,
        lambda seconds: network.http(
            network.Exchange(_allowed(context, right), bytes_max, seconds),
            word,
            address,
            lines,
            body,
        ),
    )
    fields = {name.encode("latin-1"): value.encode("latin-1") for name, value in reply.headers}
    answer = {b"status": reply.status, b"headers": fields, b"body": reply.body}
    return keep_reply(context, answer)


@host_call(Right.NETWORK_TCP_CONNECT)
def tcp_connect(context: HostContext, host: Name, port: Number) -> int:
    """Connect to a host; a handle of the connection, which ends with the call."""
    name = host.decode("ascii", "replace").lower()
    if not 0 < port <= PORT_MAX:
        raise GuestError(ErrorCode.ARGUMENT, f"ERR there is no port {port}")
    right = Right.NETWORK_TCP_CONNECT
    _require_host(context, right, name, port)
    require_room(context)
    allows = _allowed(context, right)
    connection = _outside(context, lambda seconds: network.connect(allows, name, port, seconds))
    return context.invocation.keep(connection)


@host_call(Right.NETWORK_TCP_CONNECT)
def tcp_send(context: HostContext, handle: Number, data: Value) -> int:
    """Send all of some bytes; how many they are."""
    connection = _connection(context, handle)

    def send(seconds: float) -> int:
        connection.settimeout(seconds)
        connection.sendall(data)
        return len(data)

    return _outside(context, send)


@host_call(Right.NETWORK_TCP_CONNECT)
def tcp_recv(context: HostContext, handle: Number, buffer: Space) -> int:
    """Wait for bytes and copy them; how many they are, 0 at the end."""
    connection = _connection(context, handle)
    size = min(buffer.capacity, RECEIVED_BYTES_MAX)

    def receive(seconds: float) -> bytes:
        connection.settimeout(seconds)
        return connection.recv(size)

    data = _outside(context, receive) if size else b""
    context.write(buffer.address, data)
    return len(data)


@host_call(Right.NETWORK_TCP_CONNECT)
def tcp_close(context: HostContext, handle: Number) -> int:
    """End a connection."""
    _connection(context, handle).close()
    del context.invocation.handles[handle]
    return 0


def _outside(context: HostContext, work: Callable[[float], Answer]) -> Answer:
    """Do slow work in a thread. Raises GuestError."""
    if context.outside is None:
        raise GuestError(ErrorCode.UNAVAILABLE, "ERR the network is out of reach here")
    try:
        return context.outside.run(work)
    except network.HostRefused as error:
        raise GuestError(ErrorCode.DENIED, f"NOPERM {error}") from error
    except (network.NetworkError, OSError) as error:
        raise GuestError(ErrorCode.UNAVAILABLE, f"ERR {error}") from error


def _allowed(context: HostContext, right: Right) -> network.Allows:
    grant = context.grant
    return lambda host, port: grant.reaches_host(right, host, port)


def _require_host(context: HostContext, right: Right, host: str, port: int) -> None:
    """Raises GuestError (denied) for a host that was not granted."""
    if not context.grant.reaches_host(right, host, port):
        text = f"NOPERM {context.title} has no permission {right.value} for {host}:{port}"
        raise GuestError(ErrorCode.DENIED, text)


def _connection(context: HostContext, handle: int) -> socket.socket:
    held = context.invocation.handles.get(handle)
    if not isinstance(held, socket.socket):
        raise GuestError(ErrorCode.ARGUMENT, f"ERR there is no connection {handle}")
    return held


def _headers(data: bytes) -> dict[str, str]:
    """Lines "Name: value". Raises GuestError."""
    found = {}
    for line in data.decode("latin-1").replace("\r\n", "\n").split("\n"):
        name, colon, value = line.partition(":")
        if not line:
            continue
        bad = not colon or not name or not name.replace("-", "").isalnum() or not name.isascii()
        if bad or not value.strip().isprintable() or name.lower() in ("host", "content-length"):
            raise GuestError(ErrorCode.ARGUMENT, f"ERR {line[:80]!r} is no header of a request")
        found[name] = value.strip()
    return found
