"""The network for plugins: one HTTP exchange, one TCP connection, each with every bound.

Rule: blocking, for a worker thread, and never more than asked for: a host is allowed by name before
it is looked up, its address is judged before it is connected to, and the connection goes to that
very address. An address that is not of the public internet is reached only by its own number or as
"localhost", which have to be allowed as any other host. A redirect is followed where the caller
wants that, and is judged anew; nothing is sent twice.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3

PORTS = {"http": 80, "https": 443}
LOCALHOST = "localhost"
REDIRECTS_MAX = 5
REDIRECTING = (301, 302, 303, 307, 308)
CHUNK_BYTES = 65_536
HEADER_BYTES_MAX = 65_536

Allows = Callable[[str, int], bool]
"""Whether a host, by its name in lower case, may be reached on a port."""


class NetworkError(Exception):
    """An exchange has failed; the text says why and with whom."""


class HostRefused(NetworkError):
    """The host, or its address, is not one that may be reached."""


@dataclass(frozen=True, slots=True)
class HttpReply:
    """What a server has answered."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one exchange may take."""

    allows: Allows
    bytes_max: int
    """Of the answer's body."""
    seconds_max: float
    """For all of it, redirects included."""
    redirects: int = 0
    """How many are followed."""


def http(
    exchange: Exchange, method: str, url: str, headers: Mapping[str, str], body: bytes
) -> HttpReply:
    """One request and its answer. Raises NetworkError."""
    deadline = time.monotonic() + exchange.seconds_max
    for _ in range(exchange.redirects + 1):
        reply = _once(exchange, deadline, method, split_url(url), headers, body)
        location = next((v for name, v in reply.headers if name.lower() == "location"), None)
        if reply.status not in REDIRECTING or location is None or not exchange.redirects:
            return reply
        url = urljoin(url, location)
    raise NetworkError(f"{url}: more than {exchange.redirects} redirects")


def split_url(url: str) -> SplitResult:
    """The parts of an http or https URL. Raises NetworkError for any other."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NetworkError(f"{url[:200]!r}: {error}") from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise NetworkError(f"{url[:200]!r} is no http or https URL")
    if parts.username is not None or port == 0 or not url.isascii() or not url.isprintable():
        raise NetworkError(f"{url[:200]!r} is no plain URL")
    return parts


def address_of(url: str) -> tuple[str, int]:
    """Host, in lower case, and port of a URL. Raises NetworkError."""
    parts = split_url(url)
    return (parts.hostname or "").lower(), parts.port or PORTS[parts.scheme]


def connect(allows: Allows, host: str, port: int, seconds_max: float) -> socket.socket:
    """A TCP connection. Raises NetworkError."""
    address = resolve(allows, host, port)
    try:
        return socket.create_connection((address, port), timeout=seconds_max)
    except OSError as error:
        raise NetworkError(f"{host}:{port}: {error.strerror or error}") from error


def resolve(allows: Allows, host: str, port: int) -> str:
    """The address to connect to. Raises HostRefused, NetworkError."""
    host = host.lower()
    if not allows(host, port):
        raise HostRefused(f"the host {host}:{port} is not granted")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NetworkError(f"{host}: cannot be found: {error}") from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if host in (LOCALHOST, address) or ipaddress.ip_address(address).is_global:
            return address
    raise HostRefused(f"{host} has a private address, {addresses[0]}, which is not granted itself")


def _once(
    exchange: Exchange,
    deadline: float,
    method: str,
    parts: SplitResult,
    headers: Mapping[str, str],
    body: bytes,
) -> HttpReply:
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    address = resolve(exchange.allows, host, port)
    left = deadline - time.monotonic()
    if left <= 0:
        raise NetworkError(f"{host}: out of time")
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address, port, server_hostname=host, assert_hostname=host, cert_reqs="CERT_REQUIRED"
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, port)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with pool:
            response = pool.urlopen(
                method,
                target,
                body=body or None,
                headers={**headers, "Host": parts.netloc},
                redirect=False,
                retries=False,
                timeout=urllib3.Timeout(total=left),
                preload_content=False,
                decode_content=False,
            )
            data = _body(exchange, deadline, response, host)
            return HttpReply(response.status, tuple(response.headers.items()), data)
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise NetworkError(f"{host}: {error}") from error


def _body(
    exchange: Exchange, deadline: float, response: urllib3.BaseHTTPResponse, host: str
) -> bytes:
    body = bytearray()
    while chunk := response.read1(CHUNK_BYTES):
        body += chunk
        if len(body) > exchange.bytes_max:
            raise NetworkError(f"{host}: the answer has more than {exchange.bytes_max} bytes")
        if time.monotonic() > deadline:
            raise NetworkError(f"{host}: out of time")
    return bytes(body)
