"""LATENCY and its subcommands. https://redis.io/commands/?group=server"""

from __future__ import annotations

from typing import Annotated

from ferrite.commands.arguments import Argument, Grammar
from ferrite.commands.registry import Command, Group, Tag
from ferrite.errors import CommandError
from ferrite.latency import Series
from ferrite.protocol.replies import Reply, Verbatim
from ferrite.state import Call

group = Group("server")
command = group.command

_TAGS = Tag.ADMIN | Tag.NOSCRIPT | Tag.LOADING | Tag.STALE | Tag.ALWAYS
_SPECIAL = ("nondeterministic_output", "request_policy:all_nodes", "response_policy:special")
_EVENTS = Grammar(Argument("event", "string", optional=True, multiple=True))
_COMMANDS = Grammar(Argument("command", "string", optional=True, multiple=True))
_DISABLED = (
    "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. "
    'You may use "CONFIG SET latency-monitor-threshold <milliseconds>." in order to enable it. '
    "If we weren't in a deep space mission I'd suggest to take a look at "
    "https://redis.io/topics/latency-monitor.\n"
)
_NOTHING = (
    "Dave, no latency spike was observed during the lifetime of this Redis instance, not in the "
    "slightest bit. I honestly think you ought to sit down calmly, take a stress pill, and think "
    "things over.\n"
)
GRAPH_ROWS = 4
GRAPH_COLUMNS = 80
MINUTE, HOUR, DAY = 60, 3600, 86_400
STEPS = "_o#"

group.container("LATENCY", since="2.8.13", summary="A container for latency diagnostics commands")


@command(_TAGS, name="LATENCY LATEST", since="2.8.13", tips=_SPECIAL)
def latency_latest(call: Call) -> Reply:
    """Return for each event: name, time and milliseconds of the last spike, the longest ever."""
    return [
        [name, *series.samples[-1], series.largest]
        for name, series in call.state.latency.events.items()
    ]


@command(_TAGS, name="LATENCY HISTORY", since="2.8.13", tips=_SPECIAL)
def latency_history(call: Call, event: bytes) -> Reply:
    """Return time and milliseconds of an event's last spikes."""
    series = call.state.latency.events.get(event)
    return [] if series is None else [list(sample) for sample in series.samples]


@command(
    _TAGS,
    name="LATENCY RESET",
    since="2.8.13",
    tips=("request_policy:all_nodes", "response_policy:all_succeeded"),
)
def latency_reset(call: Call, *events: Annotated[bytes, _EVENTS]) -> int:
    """Forget some events, or all; return how many."""
    return call.state.latency.reset(events)


@command(_TAGS, name="LATENCY GRAPH", since="2.8.13", tips=_SPECIAL)
def latency_graph(call: Call, event: bytes) -> Reply:
    """Return the spikes of an event as a picture in text."""
    series = call.state.latency.events.get(event)
    shown = event.decode("utf-8", "surrogateescape")
    if series is None:
        raise CommandError(f"ERR No samples available for event '{shown}'")
    return Verbatim("txt", _graph(shown, series, call.state.clock.now() // 1000).encode())


def _graph(name: str, series: Series, now: int) -> str:
    """A column for each sample, its age below."""
    samples = list(series.samples)[-GRAPH_COLUMNS:]
    values = [milliseconds for _, milliseconds in samples]
    low, high = min(values), max(values)
    heights = [
        (value - low) * (GRAPH_ROWS * len(STEPS) - 1) // max(high - low, 1) for value in values
    ]
    lines = [
        f"{name} - high {high} ms, low {low} ms (all time high {series.largest} ms)",
        "-" * GRAPH_COLUMNS,
    ]
    rows = range(GRAPH_ROWS - 1, -1, -1)
    lines += ["".join(_mark(height, row) for height in heights) for row in rows]
    ages = [_age(now - at) for at, _ in samples]
    letters = range(max(map(len, ages)))
    lines += ["".join(age[letter : letter + 1] or " " for age in ages) for letter in letters]
    return "\n".join(lines) + "\n"


def _mark(height: int, row: int) -> str:
    step = height - row * len(STEPS)
    if step < 0:
        return " "
    return STEPS[step] if step < len(STEPS) else "|"


def _age(seconds: int) -> str:
    for length, letter in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m")):
        if seconds >= length:
            return f"{seconds // length}{letter}"
    return f"{seconds}s"


@command(_TAGS, name="LATENCY DOCTOR", since="2.8.13", tips=_SPECIAL)
def latency_doctor(call: Call) -> Verbatim:
    """Return what the spikes so far look like, in words."""
    if not call.state.config.redis.latency_monitor_threshold:
        return Verbatim("txt", _DISABLED.encode())
    events = call.state.latency.events
    if not events:
        return Verbatim("txt", _NOTHING.encode())
    lines = [
        "Dave, I have observed latency spikes in this Redis instance. "
        "You don't mind talking about it, do you Dave?\n"
    ]
    for number, (name, series) in enumerate(events.items(), 1):
        values = [milliseconds for _, milliseconds in series.samples]
        average = sum(values) // len(values)
        deviation = sum(abs(value - average) for value in values) // len(values)
        seconds = max(series.samples[-1][0] - series.samples[0][0], 1) / len(values)
        lines.append(
            f"{number}. {name.decode('utf-8', 'surrogateescape')}: {len(values)} latency spikes "
            f"(average {average}ms, mean deviation {deviation}ms, period {seconds:.2f} sec). "
            f"Worst all time event {series.largest}ms."
        )
    lines.append(
        "\nWhile there are latency events logged, I'm not able to suggest any easy fix. Please "
        "use SLOWLOG GET to see which commands are slow.\n"
    )
    return Verbatim("txt", "\n".join(lines).encode("utf-8", "surrogateescape"))


@command(
    _TAGS,
    name="LATENCY HISTOGRAM",
    since="7.0.0",
    complexity="O(N) where N is the number of commands",
    tips=_SPECIAL,
)
def latency_histogram(call: Call, *commands: Annotated[bytes, _COMMANDS]) -> Reply:
    """Return for some commands, or for all, how many calls took no longer than how long."""
    return {
        each.name.encode(): {b"calls": usage.calls, b"histogram_usec": usage.distribution()}
        for each in _chosen(call, commands)
        if (usage := call.state.usages[each]).calls
    }


def _chosen(call: Call, names: tuple[bytes, ...]) -> list[Command]:
    """The commands named, a container for all its subcommands."""
    registry = call.state.registry
    if not names:
        found = list(registry)
    else:
        texts = (name.decode("utf-8", "surrogateescape") for name in names)
        found = [each for each in map(registry.get, texts) if each is not None]
    return [leaf for each in found for leaf in (each.subcommands.values() or (each,))]


group.help("LATENCY", since="2.8.13")
