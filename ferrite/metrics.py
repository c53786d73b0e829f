"""The server's figures for Prometheus, on a port of their own.

Rule: nothing is counted for them: what the server keeps anyway is read when it is asked for, in the
event loop between two commands, and made into text in the thread that answers.
Source: https://prometheus.io/docs/practices/naming/
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import accumulate

from prometheus_client import start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector, CollectorRegistry

from ferrite.errors import StartError
from ferrite.hooks import Extensions
from ferrite.keyspace.graveyard import GRAVEYARD
from ferrite.state import FERRITE_VERSION, REDIS_VERSION, ServerState

SECONDS_MAX = 5.0
"""How long a question waits for a loop that is busy."""
FIRST_BUCKET, LAST_BUCKET = 10, 31
"""Of the buckets of a usage, which are powers of two in nanoseconds: 1 us to 2 s."""


class ServerCollector(Collector):
    """Reads the figures of one server."""

    def __init__(self, state: ServerState, loop: asyncio.AbstractEventLoop) -> None:
        self._state = state
        self._loop = loop

    def collect(self) -> Iterable[Metric]:
        """All figures, for whichever thread asks. None when the loop does not answer in time."""
        asked = asyncio.run_coroutine_threadsafe(self._read(), self._loop)
        try:
            return asked.result(SECONDS_MAX)
        except TimeoutError:
            asked.cancel()
            return []

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not ask the loop that waits for it."""
        return []

    async def _read(self) -> list[Metric]:
        return [*figures(self._state)]


def figures(state: ServerState) -> Iterator[Metric]:
    """What there is to know of a server now."""
    yield InfoMetricFamily(
        "ferrite_build", "Versions", {"version": FERRITE_VERSION, "redis_version": REDIS_VERSION}
    )
    yield from _clients(state)
    yield from _memory(state)
    yield from _keys(state)
    yield from _commands(state)
    if state.extensions is not None:
        yield from _plugins(state.extensions)


def _clients(state: ServerState) -> Iterator[Metric]:
    stats = state.stats
    yield _gauge("connected_clients", "Clients connected", len(state.sessions))
    waiting = len(state.blocked) + len(state.pause)
    yield _gauge("blocked_clients", "Clients waiting for a key or a pause to end", waiting)
    yield _counter("connections_received", "Connections accepted", stats.connections_received)
    yield _counter("connections_rejected", "Connections refused", stats.rejected_connections)
    yield _counter("input_bytes", "Bytes received", stats.input_bytes)
    yield _counter("output_bytes", "Bytes sent", stats.output_bytes)
    errors = CounterMetricFamily("ferrite_error_replies", "Error replies", labels=["code"])
    for code, count in stats.error_codes.items():
        errors.add_metric([code], count)
    yield errors


def _memory(state: ServerState) -> Iterator[Metric]:
    memory = state.memory
    yield _gauge("memory_used_bytes", "What keys and clients take", memory.used)
    yield _gauge("memory_limit_bytes", "maxmemory", state.config.redis.maxmemory)
    yield _gauge("lazyfree_pending_objects", "Large values not yet freed", len(GRAVEYARD))
    yield _counter("evicted_keys", "Keys evicted", memory.evicted_keys)
    yield _counter("evicted_clients", "Clients disconnected for memory", memory.clients.evicted)


def _keys(state: ServerState) -> Iterator[Metric]:
    databases = state.databases
    keys = GaugeMetricFamily("ferrite_keys", "Keys", labels=["database"])
    volatile = GaugeMetricFamily("ferrite_volatile_keys", "Keys to expire", labels=["database"])
    for database in databases:
        if len(database):
            keys.add_metric([str(database.index)], len(database))
            volatile.add_metric([str(database.index)], database.volatile_keys)
    yield keys
    yield volatile
    expired = sum(database.expired_keys for database in databases)
    yield _counter("expired_keys", "Keys expired", expired)
    hits = sum(database.hits for database in databases)
    yield _counter("keyspace_hits", "Lookups that found a key", hits)
    misses = sum(database.misses for database in databases)
    yield _counter("keyspace_misses", "Lookups that found none", misses)


def _commands(state: ServerState) -> Iterator[Metric]:
    durations = HistogramMetricFamily(
        "ferrite_command_duration_seconds", "Time that commands took", labels=["command"]
    )
    failed = CounterMetricFamily(
        "ferrite_commands_failed", "Commands that answered an error", labels=["command"]
    )
    rejected = CounterMetricFamily(
        "ferrite_commands_rejected", "Requests refused before they ran", labels=["command"]
    )
    for command, usage in state.usages.items():
        if usage.calls:
            buckets = _buckets(usage.buckets)
            durations.add_metric([command.name], buckets, usage.nanoseconds / 1e9)
        if usage.failed:
            failed.add_metric([command.name], usage.failed)
        if usage.rejected:
            rejected.add_metric([command.name], usage.rejected)
    yield durations
    yield failed
    yield rejected


def _plugins(extensions: Extensions) -> Iterator[Metric]:
    label = ["plugin"]
    executions = CounterMetricFamily(
        "ferrite_plugin_executions", "Calls of the plugin that were begun", labels=label
    )
    errors = CounterMetricFamily(
        "ferrite_plugin_errors", "Calls of the plugin that ended in an error", labels=label
    )
    fuel = CounterMetricFamily(
        "ferrite_plugin_fuel_units", "Fuel that calls of the plugin have used", labels=label
    )
    memory = GaugeMetricFamily(
        "ferrite_plugin_memory_bytes", "Size of the plugin's memory", labels=label
    )
    for name, usage in extensions.usages().items():
        executions.add_metric([name], usage.executions)
        errors.add_metric([name], usage.errors)
        fuel.add_metric([name], usage.fuel)
        memory.add_metric([name], usage.memory_bytes)
    yield from (executions, errors, fuel, memory)


def _buckets(counts: list[int]) -> list[tuple[str, float]]:
    """A usage's buckets as a histogram's: what took no longer, by seconds."""
    sums = list(accumulate(counts))
    bounds = range(FIRST_BUCKET, LAST_BUCKET + 1)
    return [*((f"{2**power / 1e9:.9g}", sums[power]) for power in bounds), ("+Inf", sums[-1])]


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"ferrite_{name}", meaning, value)


def _counter(name: str, meaning: str, value: float) -> Metric:
    return CounterMetricFamily(f"ferrite_{name}", meaning, value)


class Endpoint:
    """Serves the figures over HTTP. To be made within the running event loop."""

    def __init__(self, state: ServerState, address: str, port: int) -> None:
        """Raises StartError that names the address."""
        registry = CollectorRegistry()
        registry.register(ServerCollector(state, asyncio.get_running_loop()))
        ProcessCollector(registry=registry)
        try:
            self._server, self._thread = start_http_server(port, address, registry)
        except OSError as error:
            reason = error.strerror or str(error)
            raise StartError(f"cannot serve metrics on {address}:{port}: {reason}") from error
        self.port: int = self._server.server_port
        """In use, also when a free one was asked for."""

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
