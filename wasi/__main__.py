"""`wasm-vm`: the VM's commands, with WASI preview 1 for the guest.

Nothing is permitted unless an option says so: time stands still and random bytes are a seeded
stream without --allow clock and --allow random.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections import Counter
from collections.abc import Mapping, Sequence

from wasi.abi import ProcessExit
from wasi.door import CALLS
from wasi.policy import Policy, check_restrictions
from wasi.system import Wasi
from wasm_vm import Extern, Instance
from wasm_vm.cli import main as run_command
from wasm_vm.commands.guest import guest_code

_GRANTABLE = ("clock", "random")


class WasiSystem:
    """WASI as the system around the commands that run a guest."""

    def __init__(self) -> None:
        self._wasi = Wasi()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """What the guest is given, and what it is refused."""
        parser.add_argument("--allow", action="append", choices=_GRANTABLE, default=[])
        parser.add_argument(
            "--deny", action="append", default=[], metavar="CALL", help="name, glob or group"
        )
        parser.add_argument(
            "--env", action="append", default=[], metavar="NAME=VALUE", help="a variable"
        )
        parser.add_argument("--seed", type=int, help="of the random bytes")

    def configure(self, options: argparse.Namespace) -> Mapping[str, Mapping[str, Extern]]:
        """The imports; raises ValueError for a bad --deny or --env."""
        for entry in options.env:
            if "=" not in entry:
                raise ValueError(f"--env {entry}: write it as NAME=VALUE")
        self._wasi = Wasi(
            args=[str(options.file), *options.args],
            env=dict(entry.split("=", 1) for entry in options.env),
            stdin=_input(),
            policy=Policy(frozenset(options.allow), check_restrictions(options.deny, CALLS)),
            seed=options.seed,
            output=_print_to_stderr if options.report else _print,
        )
        return self._wasi.imports()

    def start(self, instance: Instance) -> int:
        """Run `_start` or `_initialize`."""
        return self._wasi.start(instance)

    def statistics(self) -> list[str]:
        """System calls by name and decision."""
        counts = Counter((event.name, event.decision.value) for event in self._wasi.events)
        return [
            f"system call: {name} {decision} {count}"
            for (name, decision), count in sorted(counts.items())
        ]


def _input() -> bytes | io.BufferedReader:
    """The process's standard input, which is None or a stand-in where there is none."""
    stream = getattr(sys.stdin, "buffer", None)
    return stream if isinstance(stream, io.BufferedReader) else b""


def _print(descriptor: int, data: bytes) -> None:
    stream = sys.stdout if descriptor == 1 else sys.stderr
    stream.buffer.write(data)
    stream.buffer.flush()


def _print_to_stderr(_: int, data: bytes) -> None:
    _print(2, data)


def main(arguments: Sequence[str] | None = None) -> int:
    """The console script."""
    try:
        return run_command(arguments, "wasm-vm", WasiSystem())
    except ProcessExit as exit_:
        # Out of a start function or of --invoke, where nothing waits for an exit.
        return guest_code(exit_.code)


if __name__ == "__main__":
    raise SystemExit(main())
