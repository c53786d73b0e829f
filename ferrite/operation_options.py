"""Table [operation] of ferrite.toml: how a server is watched while it runs."""

from __future__ import annotations

from dataclasses import dataclass

from ferrite.options import Choice, Integer, Text, option


@dataclass(slots=True)
class OperationOptions:
    """Options that Redis has no directives for, each a flag as well."""

    metrics_port: int = option(
        Integer(0, 65_535),
        0,
        "TCP port of the metrics in Prometheus's format; 0 for none.",
        kept=True,
        directives=("metrics-port",),
    )
    metrics_bind: str = option(
        Text(),
        "127.0.0.1",
        "Address that the metrics are served on.",
        kept=True,
        directives=("metrics-bind",),
    )
    log_format: str = option(
        Choice(("text", "json")),
        "text",
        "Whether a log message is a line of text or a JSON object in a line.",
        kept=True,
        directives=("log-format",),
    )
