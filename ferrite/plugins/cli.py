"""The program `ferrite plugin ...`: what a plugin's author does without a server.

Rule: a program's failure is one exception with a text for its user, and nobody sees a traceback.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ferrite.plugins.program import LoadError
from ferrite.plugins.programs import bench, build, inspect, new, run, signing, test
from ferrite.plugins.programs.output import ProgramError
from ferrite.plugins.recording import program as replay
from ferrite.plugins.signatures import SignatureError
from ferrite.plugins.toolchains import BuildError

PROGRAMS = (new, build, test, run, inspect, bench, replay, signing)
"""In the order of a plugin's making, which is that of --help."""
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a program; the exit code: 0, 1 when it failed, 2 when it was called wrongly."""
    parser = argparse.ArgumentParser(
        prog="ferrite plugin",
        description="Tools for plugin authors. `ferrite plugin COMMAND --help` says more of each.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for program in PROGRAMS:
        program.add(commands)
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
    except (BuildError, LoadError, ProgramError, SignatureError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename}: {error.strerror}" if error.filename else error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return code
