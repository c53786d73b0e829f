"""Counters of one server. https://redis.io/commands/info/ (stats, errorstats)"""

from __future__ import annotations

from collections import Counter

ERROR_CODES_MAX = 128
"""Different error codes counted; a plugin could invent new ones without end."""


class Stats:
    """Counters since the start or CONFIG RESETSTAT, as INFO names them."""

    __slots__ = (
        "connections_received",
        "error_codes",
        "error_replies",
        "input_bytes",
        "output_buffer_closings",
        "output_bytes",
        "query_buffer_closings",
        "rejected_connections",
    )

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start counting anew."""
        self.connections_received = 0
        self.rejected_connections = 0
        self.input_bytes = 0
        self.output_buffer_closings = 0
        self.query_buffer_closings = 0
        self.output_bytes = 0
        self.error_replies = 0
        self.error_codes: Counter[str] = Counter()

    def count_error(self, text: str) -> None:
        """Count an error reply by its code, the first word of `text`."""
        self.error_replies += 1
        code = text.split(" ", 1)[0]
        if code in self.error_codes or len(self.error_codes) < ERROR_CODES_MAX:
            self.error_codes[code] += 1
