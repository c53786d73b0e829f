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
from dataclasses import dataclass
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
What is measured is each command's first case in {cases} that is no error, after the cases before
it, and a command without a case with sample arguments.
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
        "-c",
        "--command",
        action="append",
        default=[],
        help="send this one, and measure it if it is the plugin's; may be repeated",
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
    plan = _given(options.command, manifest) or _planned(options.place, manifest)
    rows = []
    with running(module) as server:
        for step in output.progress(plan, "Measuring", len(plan)):
            if step.measured:
                rows.append(_measure(server, manifest.package.name, step, options.calls))
            else:
                server.ask(*step.choices[0])
        rows.append(("PING", "", "", f"{_microseconds(server, (b'PING',), options.calls):.1f}"))
    output.table(HEADERS, rows)
    return 0


@dataclass(frozen=True, slots=True)
class Step:
    """A command to be sent, and measured or not."""

    choices: Sequence[Request]
    """The first that gives no error is taken."""
    measured: bool


def _given(texts: Sequence[str], manifest: Manifest) -> list[Step]:
    """The commands of --command; those that are not the plugin's make ready for the others."""
    names = {table.name.upper().encode() for table in manifest.commands}
    requests = [tuple(word.encode() for word in shlex.split(text)) for text in texts]
    return [Step([each], each[0].upper() in names) for each in requests if each]


def _planned(place: Path, manifest: Manifest) -> list[Step]:
    """All cases, of which the first of each command that is no error is measured, then what has
    no case, with few and with many sample arguments."""
    left = {table.name.upper().encode(): table for table in manifest.commands}
    steps = []
    for path in cases.files_of(place) if place.is_dir() else ():
        for case in cases.read_cases(path):
            name = case.command[0].upper()
            steps.append(Step([case.command], name in left and case.error is None))
            if steps[-1].measured:
                del left[name]
    for table in left.values():
        lists = [project.sample_arguments(table, n) for n in project.argument_counts(table)]
        steps.append(Step([(table.name.encode(), *arguments) for arguments in lists], True))
    return steps


def _measure(server: Server, name: str, step: Step, calls: int) -> tuple[str, str, str, str]:
    """A row of the table. Raises ProgramError where every choice gives an error."""
    for request in step.choices:
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
