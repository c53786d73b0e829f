"""Every bound of the server that is no configuration of its own, with units in the names.

Rule: what a client can make the server hold or do is bounded here or by a directive that CONFIG SET
can change; the defaults are Redis's (config.c and networking.c of 7.0), so clients meet the limits
they know.
"""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ProtocolLimits:
    """What one connection's request stream may contain."""

    bulk_bytes_max: int = 512 * MEBIBYTE
    """Largest argument (proto-max-bulk-len)."""
    inline_bytes_max: int = 65_536
    """Longest inline request, and longest length line of any kind."""
    arguments_max: int = 2**31 - 1
    """Most arguments of one request, its name included."""
    unauthenticated_arguments_max: int = 10
    """Most arguments of a request before AUTH."""
    unauthenticated_bulk_bytes_max: int = 16_384
    """Largest argument before AUTH."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How the server shares itself among connections, and what one may pile up."""

    unauthenticated_output_buffer_bytes_max: int = 65_536
    """The same before AUTH, when no reply has a reason to be large (CVE-2025-21605)."""
    output_pause_bytes: int = 1 * MEBIBYTE
    """Unread replies above which the client's requests wait until it has read some."""
    requests_per_slice: int = 512
    """Requests of one client served before the others get their turn."""
    requests_per_burst: int = 4096
    """The same for those that C serves, ten times as fast, ahead of the parser."""
    slice_bytes_max: int = 1 * MEBIBYTE
    """Reply bytes of one client collected before they are written and the others get theirs."""
