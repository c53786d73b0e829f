"""`ferrite plugin test`: a project's own tests, then the plugin in a server of its own.

Rule: in the server, each command must answer cleanly: a reply that is whole and no fault of the
guest. An error that the plugin itself gives is an answer like any other, for nobody but the author
knows what a command should say; what it should say stands in tests.toml.
"""

from __future__ import annotations

import argparse
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ferrite.errors import CommandError
from ferrite.plugins.manifest import CommandTable, Manifest
from ferrite.plugins.programs import cases, output, project
from ferrite.plugins.programs.server import Server, running
from ferrite.plugins.toolchains import find_toolchain

DESCRIPTION = f"""\
Run the tests that the project has in its own language, then build the plugin, load it into a server
that is thrown away, and call each of its commands with the fewest and the most arguments it
declares, plain and strange ones, in RESP2 and RESP3. No call may trap, exceed a limit or leave its
reply unfinished. Then {cases.FILE_NAME} and {cases.FOLDER_NAME}/*.toml, where there are any, say
which replies are expected: [[case]] with command = "..." and one of reply, error, null.
"""
STRANGE = (b"", b"\xff\xfe\x00", b"\r\n", b"-9223372036854775808", b"x" * (1 << 16))
FAULTS = ("ERR plugin '", "ERR plugin returned", "ERR internal")
"""How errors begin that no plugin gives itself."""
PROTOCOLS = (2, 3)


@dataclass(slots=True)
class Tally:
    """What was checked, and which of it failed."""

    checks: int = 0
    failures: list[str] = field(default_factory=list)

    def note(self, what: str, complaint: str) -> None:
        """Count a check; an empty complaint is a pass."""
        self.checks += 1
        if complaint:
            self.failures.append(what)
            output.line(("  failed  ", output.BAD), f"{what}: {complaint}")


def add(commands: Any) -> None:
    """Declare the program."""
    parser = commands.add_parser(
        "test", help="run a project's tests and try it in a server", description=DESCRIPTION
    )
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path(), help="default: the current folder"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Test a project. Raises BuildError, LoadError, ProgramError."""
    folder = options.folder.resolve()
    tally = Tally()
    _unit_tests(folder, tally)
    module = project.build(folder)
    manifest = project.read_program(module).manifest
    files = [(path, cases.read_cases(path)) for path in cases.files_of(folder)]
    with running(module) as server:
        _check_rights(server, manifest, tally)
        for command in manifest.commands:
            _try(server, command, tally)
        for path, found in files:
            _run_cases(server, path, found, tally)
        if server.process.poll() is not None:
            tally.note("the server", "has ended")
    if tally.failures:
        count = f"{len(tally.failures)} of {tally.checks} checks have failed"
        output.line((count, output.BAD))
        return 1
    output.line((f"all {tally.checks} checks have passed", output.GOOD))
    return 0


def _unit_tests(folder: Path, tally: Tally) -> None:
    """The project's own tests, whose output goes past us."""
    found = find_toolchain(folder).unit_tests(folder)
    if found is None:
        output.line(("unit tests: none", output.FAINT))
        return
    command, environment = found
    output.line("unit tests: ", " ".join([Path(command[0]).name, *command[1:]]))
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    tally.note("unit tests", f"exit code {done.returncode}" if done.returncode else "")


def _check_rights(server: Server, manifest: Manifest, tally: Tally) -> None:
    name = manifest.package.name
    found = server.demand("PLUGIN.INSPECT", name)
    count = f"{len(manifest.commands)} commands, {len(manifest.hooks)} hooks"
    output.line(f"server: {name} {manifest.package.version} is loaded, {count}")
    missing = [right.decode() for right in found[b"permissions_missing"]]
    what = f"plugin.toml does not ask for what is imported: {', '.join(missing)}"
    tally.note("permissions", what if missing else "")


def _try(server: Server, command: CommandTable, tally: Tally) -> None:
    """Call a command with every kind of arguments."""
    before, complaints = tally.checks, len(tally.failures)
    for arguments in _argument_lists(command):
        for protocol in PROTOCOLS:
            reply = server.ask(command.name, *arguments, protocol=protocol)
            tally.note(_described(command.name, arguments, protocol), fault_in(reply))
    if len(tally.failures) == complaints:
        output.line(("  ok      ", output.GOOD), f"{command.name}: {tally.checks - before} calls")


def _argument_lists(command: CommandTable) -> Iterator[Sequence[bytes]]:
    for count in project.argument_counts(command):
        yield project.sample_arguments(command, count)
        for strange in STRANGE if count else ():
            yield [strange] * count


def _described(name: str, arguments: Sequence[bytes], protocol: int) -> str:
    words = [repr(each[:20])[1:] + ("..." if len(each) > 20 else "") for each in arguments[:4]]
    more = "" if len(arguments) <= 4 else f" ... ({len(arguments)} arguments)"
    return " ".join([name, *words]) + more + f" (RESP{protocol})"


def fault_in(reply: Any) -> str:
    """What is wrong with a reply that should be clean: "" for nothing."""
    if isinstance(reply, CommandError) and reply.text.startswith(FAULTS):
        return reply.text
    return ""


def _run_cases(server: Server, path: Path, found: Sequence[cases.Case], tally: Tally) -> None:
    server.demand("FLUSHALL")
    before = len(tally.failures)
    for case in found:
        reply = server.ask(*case.command)
        command = " ".join(word.decode() for word in case.command)
        expected_fault = case.error is not None
        complaint = case.complaint(reply) or ("" if expected_fault else fault_in(reply))
        tally.note(f"{case.place}: {command}", complaint)
    if len(tally.failures) == before:
        output.line(("  ok      ", output.GOOD), f"{path.name}: {len(found)} cases")
