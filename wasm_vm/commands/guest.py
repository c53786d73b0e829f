"""Running a guest: the options, and the one way, that run, trace and profile share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from wasm_vm.engines import Engine, instantiate, load
from wasm_vm.errors import BadCall, OutOfFuel, Trap, UncaughtException, WasmError
from wasm_vm.limits import Limits, parse_bytes
from wasm_vm.runtime import Extern, Function, Instance, Store
from wasm_vm.runtime.store import Observer
from wasm_vm.types import F32, F64, I32, I64, Features, ValueType
from wasm_vm.validation import ValidModule

EXIT_GUEST_MAX = 125
LEVELS = {"1.0": Features.V1, "2.0": Features.V2, "3.0": Features.V3}


class System(Protocol):
    """What a host around the VM, such as WASI, adds to the commands that run a guest."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Options of its own."""

    def configure(self, options: argparse.Namespace) -> Mapping[str, Mapping[str, Extern]]:
        """The imports for a guest; raises ValueError for a bad option.

        options.report: True where standard output belongs to a report, so that what the guest
        writes there should go to standard error.
        """

    def start(self, instance: Instance) -> int:
        """Run the program to its exit code."""

    def statistics(self) -> list[str]:
        """Lines for --stats."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended.

    how: "returned", "exited" (a program, with its code), "trap", "exception", "out of fuel" or
    "error". results: public values. message: None where nothing went wrong.
    """

    how: str
    code: int = 0
    results: tuple[Any, ...] = ()
    message: str | None = None


def guest_code(code: int) -> int:
    """A guest's exit code as ours, which may not look like one of the VM's own."""
    if code > EXIT_GUEST_MAX:
        print(f"the guest's exit code {code} is shown as {EXIT_GUEST_MAX}", file=sys.stderr)
    return min(code, EXIT_GUEST_MAX)


# --- options -------------------------------------------------------------------------------------


def add_file(parser: argparse.ArgumentParser) -> None:
    """The module, and the level that it is read at."""
    parser.add_argument("file", type=Path, help="a binary module")
    parser.add_argument("--level", choices=LEVELS, default="3.0", help="release (3.0)")


def add_guest(parser: argparse.ArgumentParser, system: System | None, report: bool) -> None:
    """What to run and under which limits."""
    add_file(parser)
    parser.set_defaults(report=report)
    parser.usage = "%(prog)s FILE [ARGUMENT ...] [options] [-- ARGUMENT ...]"
    parser.add_argument("arguments", nargs="*", metavar="ARGUMENT", help="for the guest")
    parser.add_argument("--invoke", nargs="+", metavar=("NAME", "ARG"), help="call this export")
    parser.add_argument("--fuel", type=count, metavar="N", help="units of fuel (no limit)")
    parser.add_argument("--memory", type=_size, metavar="SIZE", help="cap of memory, as 64MB")
    if system is not None:
        system.add_arguments(parser)


def count(text: str) -> int:
    """A number from the command line; raises ValueError or ArgumentTypeError."""
    number = int(text.replace("_", ""))
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def _size(text: str) -> int:
    try:
        return parse_bytes(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


# --- running -------------------------------------------------------------------------------------


class Guest:
    """A module on its way to an end: loaded, instantiated, run.

    instance: None before it is instantiated.
    """

    def __init__(self, options: argparse.Namespace, system: System | None) -> None:
        """Load the module; raises OSError, WasmError, and ValueError for a bad option."""
        limits = Limits(fuel=options.fuel)
        if options.memory is not None:
            limits = Limits(fuel=options.fuel, total_bytes=options.memory)
        self._options = options
        self._system = system
        self._limits = limits
        binary = options.file.read_bytes()
        self.module: ValidModule = load(binary, features=LEVELS[options.level], limits=limits)
        self._imports = system.configure(options) if system is not None else {}
        self.instance: Instance | None = None

    def run(self, engine: Engine = Engine.COMPILED, observer: Observer | None = None) -> Ending:
        """Instantiate and run; raises WasmError."""
        store = Store(self._limits, observer=observer)
        instance = instantiate(self.module, self._imports, store=store, engine=engine)
        self.instance = instance
        words = self._options.invoke
        if words is not None:
            name, *texts = words
            results = _invoke(instance.function(name), [*texts, *self._options.args])
            return Ending("returned", results=results)
        if self._system is None:
            raise BadCall("name an exported function with --invoke")
        return Ending("exited", code=self._system.start(instance))

    def observe(self, observer: Observer, report: Callable[[Ending], None]) -> int:
        """Run under an observer and report the end, whatever it is; the exit code.

        Raises WasmError after it is reported.
        """
        try:
            ending = self.run(observer=observer)
        except WasmError as error:
            report(Ending(_how(error), message=str(error)))
            raise
        report(ending)
        return min(ending.code, EXIT_GUEST_MAX)


def _how(error: WasmError) -> str:
    match error:
        case Trap():
            return "trap"
        case UncaughtException():
            return "exception"
        case OutOfFuel():
            return "out of fuel"
    return "error"


def _invoke(function: Function, texts: Sequence[str]) -> tuple[Any, ...]:
    kinds = function.type.parameters
    if len(kinds) != len(texts):
        raise BadCall(f"{function.name} takes {len(kinds)} arguments, got {len(texts)}")
    values = [_argument(kind, text) for kind, text in zip(kinds, texts, strict=True)]
    results = function(*values)
    if results is None:
        return ()
    return results if isinstance(results, tuple) else (results,)


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
