"""The commands of `python -m wasm_vm`; the console script `wasm-vm` extends them by WASI.

Exit codes: 0-125 are the guest's own; 126 a bad module or usage; 130 interrupted; 134 a trap or an
uncaught exception; 137 out of fuel; 138 another limit; 141 nobody reads the output. A bad file gets
one line that says where, never a traceback.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from wasm_vm.commands import COMMANDS, System
from wasm_vm.commands.terminal import printable
from wasm_vm.errors import LimitExceeded, OutOfFuel, Traced, Trap, UncaughtException, WasmError

__all__ = ["System", "main"]

EXIT_USAGE = 126
EXIT_INTERRUPTED = 130
EXIT_TRAP = 134
EXIT_FUEL = 137
EXIT_LIMIT = 138
EXIT_PIPE = 141


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"{self.prog}: {message}\n")


def main(
    arguments: Sequence[str] | None = None,
    program: str = "python -m wasm_vm",
    system: System | None = None,
) -> int:
    """Run a command line; the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    split = words.index("--") if "--" in words else len(words)
    options = _parser(program, system).parse_args(words[:split])
    options.args = [*getattr(options, "arguments", ()), *words[split + 1 :]]
    try:
        code: int = options.command(options, system)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_PIPE
    except OSError as error:
        return _fail(program, f"{error.filename}: {error.strerror}", EXIT_USAGE)
    except KeyboardInterrupt:
        return _fail(program, "interrupted", EXIT_INTERRUPTED)
    except Trap as trap:
        return _fail(program, f"trap: {trap}", EXIT_TRAP, trap)
    except UncaughtException as error:
        return _fail(program, str(error), EXIT_TRAP, error)
    except OutOfFuel as error:
        return _fail(program, str(error), EXIT_FUEL, error)
    except LimitExceeded as error:
        return _fail(program, str(error), EXIT_LIMIT)
    except (WasmError, ValueError) as error:
        return _fail(program, f"{options.file}: {error}", EXIT_USAGE)


def _fail(
    program: str,
    message: str,
    code: int,
    error: Traced | None = None,
) -> int:
    """Say why on standard error: one line, and one for each activation of the guest.

    A guest's names are in there: what a terminal would obey is shown as an escape sequence.
    """
    frames = [f"  at {frame}" for frame in error.backtrace] if error is not None else []
    for line in (f"{program}: {message}", *frames):
        print(printable(line), file=sys.stderr)
    return code


def _parser(program: str, system: System | None) -> argparse.ArgumentParser:
    parser = _Parser(prog=program, description="Run and check WebAssembly modules.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    for command in COMMANDS:
        command.add(commands, system)
    return parser
