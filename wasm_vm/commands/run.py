"""`run FILE`: a program, or one exported function."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from wasm_vm.commands.describe import public_value
from wasm_vm.commands.guest import Guest, System, add_guest, guest_code
from wasm_vm.compiler.cache import CodeCache
from wasm_vm.engines import Engine, use_code_cache
from wasm_vm.limits import PAGE_SIZE


def add(commands: Any, system: System | None) -> None:
    """Declare the command."""
    parser = commands.add_parser("run", help="run a program or one exported function")
    parser.set_defaults(command=run)
    add_guest(parser, system, report=False)
    parser.add_argument("--engine", choices=[engine.value for engine in Engine], default="compiled")
    parser.add_argument("--no-cache", action="store_true", help="keep no compiled code on disk")
    parser.add_argument("--stats", action="store_true", help="fuel, memory and time to stderr")


def run(options: argparse.Namespace, system: System | None) -> int:
    """Run; the guest's own exit code. Prints what an exported function returns."""
    use_code_cache(None if options.no_cache else CodeCache())
    try:
        guest = Guest(options, system)
        started = time.perf_counter()
        try:
            ending = guest.run(Engine(options.engine))
        finally:
            if options.stats:
                _statistics(guest, time.perf_counter() - started, system)
    finally:
        use_code_cache(None)
    for result in ending.results:
        print(public_value(result))
    return guest_code(ending.code)


def _statistics(guest: Guest, seconds: float, system: System | None) -> None:
    if guest.instance is None:
        return
    pages = sum(memory.pages for memory in guest.instance.memories)
    functions = guest.instance.statistics()
    lines = [
        f"fuel: {guest.instance.fuel.used} units",
        f"memory: {pages * PAGE_SIZE} bytes in {pages} pages",
        f"time: {seconds:.3f} s",
        f"functions: {functions.compiled} compiled, {functions.pending} not needed often enough",
        *(f"function {index} is not compiled: {why}" for index, why in functions.left_out.items()),
        *(system.statistics() if system is not None else []),
    ]
    print("\n".join(lines), file=sys.stderr)
