"""`ferrite plugin bench`: what each command costs, in instructions and in time.

Rule: instructions are the server's own exact count and the same on every machine, so a change of
one of them is a change of the plugin; the first call counts apart, because it may start the guest.
Time is this machine's: the fastest of several rounds of pipelined calls, beside PING's.
"""

from __future__ import annotations

import argparse
import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

from ferrite.errors import CommandError
from ferrite.plugins.manifest import Manifest
from ferrite.plugins.programs import cases, output, project
from ferrite.plugins.programs.output import ProgramError
from ferrite.plugins.programs.server import Server, running

DESCRIPTION = """\
Measure the commands of a plugin in a server of its own: instructions (units of fuel) per call,
which are exact, and microseconds per call with {depth} calls in flight, the server's work included.
What is measured are the commands of {cases} that give no error, or, without that file, each command
with the fewest arguments it answers without one.
"""
DEPTH = 50
COUNTED_CALLS = 20
ROUNDS = 5
Request: TypeAlias = tuple[bytes, ...]
HEADERS = ("command", "instructions", "least..most", "us/call")


def add(commands: Any) -> None:
    """Declare the program."""
    parser = commands.add_parser(
        "bench",
        help="measure instructions and time of each command",
        description=DESCRIPTION.format(depth=DEPTH, cases=cases.FILE_NAME),
    )
    parser.add_argument(
        "place", type=Path, nargs="?", default=Path(), metavar="FOLDER|FILE",
        help="a project, which is built, or a module (default: the current folder)",
    )  # fmt: skip
    parser.add_argument(
        "-c", "--command", action="append", default=[], help="measure this one; may be repeated"
    )
    parser.add_argument(
        "-n", "--calls", type=int, default=2000, help="timed calls of each (default: %(default)s)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Measure. Raises BuildError, LoadError, ProgramError."""
    if options.calls < 1:
        raise ProgramError("--calls must be at least 1")
    module = project.module_of(options.place)
    manifest = project.read_program(module).manifest
    given = [tuple(word.encode() for word in shlex.split(text)) for text in options.command]
    choices = [[request] for request in given] or _choices(options.place, manifest)
    with running(module) as server:
        rows = [
            _measure(server, manifest.package.name, choice, options.calls)
            for choice in output.progress(choices, "Measuring", len(choices))
        ]
        rows.append(("PING", "", "", f"{_microseconds(server, (b'PING',), options.calls):.1f}"))
    output.table(HEADERS, rows)
    return 0


def _choices(place: Path, manifest: Manifest) -> list[list[Request]]:
    """For each command what may be measured, the best first: its first case that is no error,
    then sample arguments, few and many."""
    found: dict[bytes, list[Request]] = {
        table.name.upper().encode(): [
            (table.name.encode(), *project.sample_arguments(table, count))
            for count in project.argument_counts(table)
        ]
        for table in manifest.commands
    }
    given: set[bytes] = set()
    for path in cases.files_of(place) if place.is_dir() else ():
        for case in cases.read_cases(path):
            name = case.command[0].upper()
            if name in found and name not in given and case.error is None:
                given.add(name)
                found[name].insert(0, case.command)
    return list(found.values())


def _measure(
    server: Server, name: str, choices: Sequence[Request], calls: int
) -> tuple[str, str, str, str]:
    """A row of the table, of the first choice that gives no error. Raises ProgramError where all
    do."""
    for request in choices:
        server.demand("FLUSHALL")
        reply = server.ask(*request)
        if not isinstance(reply, CommandError):
            break
    command = b" ".join(request).decode("utf-8", "backslashreplace")
    if isinstance(reply, CommandError):
        raise ProgramError(f"{command}: {reply.text}")
    counts = []
    for _ in range(COUNTED_CALLS):
        before = int(server.demand("PLUGIN.FUEL", "PLUGIN", name))
        server.ask(*request)
        counts.append(int(server.demand("PLUGIN.FUEL", "PLUGIN", name)) - before)
    spread = f"{min(counts):,}..{max(counts):,}" if min(counts) != max(counts) else ""
    return command, f"{counts[0]:,}", spread, f"{_microseconds(server, request, calls):.1f}"


def _microseconds(server: Server, request: Sequence[bytes], calls: int) -> float:
    """Of one call, with DEPTH in flight."""
    connection = server.connection()
    best = float("inf")
    for _ in range(ROUNDS):
        left = calls
        before = time.perf_counter()
        while left > 0:
            batch = min(left, DEPTH)
            connection.send_all([request] * batch)
            for _ in range(batch):
                connection.receive()
            left -= batch
        best = min(best, time.perf_counter() - before)
    return best / calls * 1e6
