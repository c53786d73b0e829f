"""The commands of `python -m wasm_vm`; the console script `wasm-vm` extends them by WASI.

Exit codes: 0-125 are the guest's own; 126 a bad module or usage; 130 interrupted; 134 a trap or
an exception that nobody caught; 137 out of fuel; 138 another limit. A bad file gets one line that
says where, never a traceback.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, Protocol

from wasm_vm.engines import Engine, instantiate, load
from wasm_vm.errors import (
    BadCall,
    LimitExceeded,
    OutOfFuel,
    Trap,
    UncaughtException,
    WasmError,
)
from wasm_vm.limits import PAGE_SIZE, Limits, parse_bytes
from wasm_vm.runtime import Extern, Function, Instance
from wasm_vm.types import F32, F64, I32, I64, Features, ValueType

EXIT_GUEST_MAX = 125
EXIT_USAGE = 126
EXIT_INTERRUPTED = 130
EXIT_TRAP = 134
EXIT_FUEL = 137
EXIT_LIMIT = 138

LEVELS = {"1.0": Features.V1, "2.0": Features.V2, "3.0": Features.V3}


class System(Protocol):
    """What a host around the VM, such as WASI, adds to the command `run`."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Options of its own."""

    def configure(self, options: argparse.Namespace) -> Mapping[str, Mapping[str, Extern]]:
        """The imports for a guest; raises ValueError for a bad option."""

    def start(self, instance: Instance) -> int:
        """Run the program to its exit code."""

    def statistics(self) -> list[str]:
        """Lines for --stats."""


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
    options.args = words[split + 1 :]
    try:
        code: int = options.command(options, system)
        return code
    except OSError as error:
        return _fail(program, f"{error.filename}: {error.strerror}", EXIT_USAGE)
    except KeyboardInterrupt:
        return _fail(program, "interrupted", EXIT_INTERRUPTED)
    except Trap as trap:
        frames = [f"  at {frame}" for frame in trap.backtrace]
        return _fail(program, f"trap: {trap}", EXIT_TRAP, frames)
    except UncaughtException as error:
        return _fail(program, str(error), EXIT_TRAP)
    except OutOfFuel as error:
        return _fail(program, str(error), EXIT_FUEL)
    except LimitExceeded as error:
        return _fail(program, str(error), EXIT_LIMIT)
    except (WasmError, ValueError) as error:
        return _fail(program, f"{options.file}: {error}", EXIT_USAGE)


def _fail(program: str, message: str, code: int, more: Sequence[str] = ()) -> int:
    """Say why on standard error: one line, and one each of `more`.

    A guest's names are in there: what a terminal would obey is shown as an escape sequence.
    """
    for line in (f"{program}: {message}", *more):
        shown = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
        print("".join(shown), file=sys.stderr)
    return code


def _parser(program: str, system: System | None) -> argparse.ArgumentParser:
    parser = _Parser(prog=program, description="Run and check WebAssembly modules.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    check = commands.add_parser("validate", help="decode and validate a module")
    check.set_defaults(command=_validate)
    run = commands.add_parser("run", help="run a program or one exported function")
    run.set_defaults(command=_run)
    for command in (check, run):
        command.add_argument("file", type=Path, help="a binary module")
        command.add_argument("--level", choices=LEVELS, default="3.0", help="release (3.0)")
    run.usage = "%(prog)s FILE [options] [-- ARGUMENT ...]"
    run.add_argument("--invoke", nargs="+", metavar=("NAME", "ARG"), help="call this export")
    run.add_argument("--fuel", type=_count, metavar="N", help="units of fuel (no limit)")
    run.add_argument("--memory", type=_size, metavar="SIZE", help="cap of memory, as 64MB")
    run.add_argument("--engine", choices=[engine.value for engine in Engine], default="reference")
    run.add_argument("--stats", action="store_true", help="fuel, memory and time to stderr")
    if system is not None:
        system.add_arguments(run)
    return parser


def _count(text: str) -> int:
    number = int(text.replace("_", ""))
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def _size(text: str) -> int:
    try:
        return parse_bytes(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _validate(options: argparse.Namespace, _: System | None) -> int:
    module = load(options.file.read_bytes(), features=LEVELS[options.level]).module
    print(
        f"{options.file}: valid WebAssembly {options.level}: {module.size} bytes, "
        f"{len(module.codes)} functions, {len(module.imports)} imports, "
        f"{len(module.exports)} exports"
    )
    return 0


def _run(options: argparse.Namespace, system: System | None) -> int:
    limits = Limits(fuel=options.fuel)
    if options.memory is not None:
        limits = Limits(fuel=options.fuel, total_bytes=options.memory)
    module = load(options.file.read_bytes(), features=LEVELS[options.level], limits=limits)
    imports = system.configure(options) if system is not None else {}
    started = time.perf_counter()
    instance = instantiate(module, imports, limits=limits, engine=Engine(options.engine))
    try:
        if options.invoke is None and system is not None:
            code = system.start(instance)
        elif options.invoke is None:
            raise BadCall("name an exported function with --invoke")
        else:
            name, *texts = options.invoke
            code = _invoke(instance.function(name), [*texts, *options.args])
    finally:
        if options.stats:
            _statistics(instance, time.perf_counter() - started, system)
    return guest_code(code)


def guest_code(code: int) -> int:
    """A guest's exit code as ours, which may not look like one of the VM's own."""
    if code > EXIT_GUEST_MAX:
        print(f"the guest's exit code {code} is shown as {EXIT_GUEST_MAX}", file=sys.stderr)
    return min(code, EXIT_GUEST_MAX)


def _invoke(function: Function, texts: Sequence[str]) -> int:
    kinds = function.type.parameters
    if len(kinds) != len(texts):
        raise BadCall(f"{function.name} takes {len(kinds)} arguments, got {len(texts)}")
    values = [_argument(kind, text) for kind, text in zip(kinds, texts, strict=True)]
    results = function(*values)
    if results is not None:
        for result in results if isinstance(results, tuple) else (results,):
            print(result)
    return 0


def _whole(text: str) -> int:
    return int(text, 0)


_READERS: dict[ValueType, Callable[[str], Any]] = {I32: _whole, I64: _whole, F32: float, F64: float}


def _argument(kind: ValueType, text: str) -> Any:
    reader = _READERS.get(kind)
    if reader is None:
        raise BadCall(f"an argument of type {kind} cannot be given on the command line")
    try:
        return reader(text)
    except ValueError:
        raise BadCall(f"{text!r} is no {kind}") from None


def _statistics(instance: Instance, seconds: float, system: System | None) -> None:
    pages = sum(memory.pages for memory in instance.memories)
    lines = [
        f"fuel: {instance.fuel.used} units",
        f"memory: {pages * PAGE_SIZE} bytes in {pages} pages",
        f"time: {seconds:.3f} s",
        *(system.statistics() if system is not None else []),
    ]
    print("\n".join(lines), file=sys.stderr)
