"""What a connection knows of its socket: addresses, and whether the client may come at all; and how
many of them there can be."""

from __future__ import annotations

import ipaddress
import resource
import socket
from typing import Any

from ferrite.errors import CommandError
from ferrite.state import ServerState

FILES_BESIDES_CLIENTS = 128
"""Files that a server has open otherwise: listeners, the append-only file, those of plugins."""
PROTECTED = (
    "DENIED Redis is running in protected mode because protected mode is enabled and no password "
    "is set for the default user. In this mode connections are only accepted from the loopback "
    "interface. If you want to connect from external computers to Redis you may adopt one of the "
    "following solutions: 1) Just disable protected mode sending the command 'CONFIG SET "
    "protected-mode no' from the loopback interface by connecting to Redis from the same host the "
    "server is running, however MAKE SURE Redis is not publicly accessible from internet if you do "
    "so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable "
    "the protected mode by editing the Redis configuration file, and setting the protected mode "
    "option to 'no', and then restarting the server. 3) If you started the server manually just "
    "for testing, restart it with the '--protected-mode no' option. 4) Setup a an authentication "
    "password for the default user. NOTE: You only need to do one of the above things in order for "
    "the server to start accepting connections from the outside."
)


def refusal(state: ServerState, transport: Any) -> CommandError | None:
    """Why a client cannot be served; None when it can."""
    options = state.config.redis
    if len(state.sessions) >= options.maxclients:
        return CommandError("ERR max number of clients reached")
    if options.protected_mode and state.users.default.nopass and not _is_loopback(transport):
        return CommandError(PROTECTED)
    return None


def is_unix(transport: Any) -> bool:
    """Whether it is a unix socket."""
    return getattr(transport.get_extra_info("socket"), "family", None) == socket.AF_UNIX


def addresses(transport: Any) -> tuple[str, str]:
    """The client's end and ours, as Redis prints them."""
    if is_unix(transport):
        path = transport.get_extra_info("sockname")
        shown = path.decode("utf-8", "surrogateescape") if isinstance(path, bytes) else path
        return f"{shown}:0", f"{shown}:0"
    peer, own = (transport.get_extra_info(name) for name in ("peername", "sockname"))
    return address(peer), address(own)


def address(name: Any) -> str:
    """A socket's name: "127.0.0.1:6379", "[::1]:6379"."""
    if not isinstance(name, tuple):
        return str(name or "")
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def descriptor(transport: Any) -> int:
    """The file descriptor; -1 when there is none any more."""
    found = transport.get_extra_info("socket")
    return -1 if found is None else int(found.fileno())


def keep_alive(transport: Any, seconds: int) -> None:
    """Ask a silent peer for a sign of life every so often; 0 for never."""
    found = transport.get_extra_info("socket")
    if not seconds or found is None or found.family == socket.AF_UNIX:
        return
    found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", seconds),
        ("TCP_KEEPINTVL", max(seconds // 3, 1)),
        ("TCP_KEEPCNT", 3),
    ):
        option = getattr(socket, name, None)
        if option is not None:
            found.setsockopt(socket.IPPROTO_TCP, option, value)


def _is_loopback(transport: Any) -> bool:
    if is_unix(transport):
        return True
    peer = transport.get_extra_info("peername")
    if not isinstance(peer, tuple):
        return True  # no network at all
    found = ipaddress.ip_address(peer[0].partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def room_for_clients(wanted: int) -> int:
    """How many clients there is room for: `wanted`, or less where the operating system does not
    permit as many open files. The process's own limit is raised as far as is needed and possible.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + FILES_BESIDES_CLIENTS
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    possible = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
    except (OSError, ValueError):
        possible = soft
    if possible >= needed:
        return wanted
    return max(possible - FILES_BESIDES_CLIENTS, 1)
