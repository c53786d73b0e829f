"""`wasm-vm`: the VM's commands, with WASI preview 1 for the guest.

Nothing is permitted unless an option says so: time stands still and random bytes are a seeded
stream without --allow clock and --allow random.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from wasi.abi import ProcessExit
from wasi.audit import AuditFile, Event
from wasi.directory import Dir
from wasi.door import CALLS
from wasi.policy import Policy, parse_rule
from wasi.system import Wasi
from wasm_vm import Extern, Instance
from wasm_vm.cli import main as run_command
from wasm_vm.commands.guest import guest_code
from wasm_vm.limits import parse_bytes

_GRANTABLE = ("clock", "random")
_READ_ONLY = ":ro"


class WasiSystem:
    """WASI as the system around the commands that run a guest."""

    def __init__(self) -> None:
        self._opened = ExitStack()
        self._wasi = Wasi()
        self._counts: Counter[tuple[str, str]] = Counter()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """What the guest is given, and what it is refused."""
        parser.add_argument("--allow", action="append", choices=_GRANTABLE, default=[])
        parser.add_argument(
            "--deny",
            action="append",
            default=[],
            metavar="CALL[=ERRNO|kill]",
            help="name, glob or group",
        )
        parser.add_argument(
            "--dir",
            action="append",
            default=[],
            metavar="HOST::GUEST[:ro]",
            help="a directory that the guest sees",
        )
        parser.add_argument(
            "--env", action="append", default=[], metavar="NAME=VALUE", help="a variable"
        )
        parser.add_argument("--seed", type=int, help="of the random bytes")
        parser.add_argument("--quota", metavar="SIZE", help="bytes that it may write to files")
        parser.add_argument("--audit", type=Path, metavar="FILE", help="system calls as JSON lines")

    def configure(self, options: argparse.Namespace) -> Mapping[str, Mapping[str, Extern]]:
        """The imports; raises ValueError for a bad option, OSError for a file that is not there."""
        for entry in options.env:
            if "=" not in entry:
                raise ValueError(f"--env {entry}: write it as NAME=VALUE")
        audit = None
        if options.audit is not None:
            audit = AuditFile(
                self._opened.enter_context(options.audit.open("w", encoding="utf-8", buffering=1))
            )

        def on_event(event: Event) -> None:
            self._counts[event.name, event.decision.value] += 1
            if audit is not None:
                audit(event)

        self._wasi = self._opened.enter_context(
            Wasi(
                args=[str(options.file), *options.args],
                env=dict(entry.split("=", 1) for entry in options.env),
                dirs=_directories(options.dir),
                stdin=_input(),
                policy=Policy(
                    frozenset(options.allow),
                    rules=tuple(parse_rule(text, CALLS) for text in options.deny),
                    write_bytes_max=None if options.quota is None else parse_bytes(options.quota),
                ),
                seed=options.seed,
                output=_print_to_stderr if options.report else _print,
                on_event=on_event,
            )
        )
        return self._wasi.imports()

    def start(self, instance: Instance) -> int:
        """Run `_start` or `_initialize`."""
        return self._wasi.start(instance)

    def statistics(self) -> list[str]:
        """System calls by name and decision."""
        return [
            f"system call: {name} {decision} {count}"
            for (name, decision), count in sorted(self._counts.items())
        ]

    def close(self) -> None:
        """Close all that was opened."""
        self._opened.close()


def _directories(texts: Iterable[str]) -> dict[str, Dir]:
    """Directories by the guest's names; raises ValueError for what is not HOST::GUEST[:ro]."""
    found = {}
    for text in texts:
        host, _, guest = text.removesuffix(_READ_ONLY).partition("::")
        if not host or "\0" in text:
            raise ValueError(f"--dir {text}: write it as HOST::GUEST or HOST::GUEST:ro")
        found[guest or host] = Dir(host, read_only=text.endswith(_READ_ONLY))
    return found


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
    system = WasiSystem()
    try:
        return run_command(arguments, "wasm-vm", system)
    except ProcessExit as exit_:
        # Out of a start function or of --invoke, where nothing waits for an exit.
        return guest_code(exit_.code)
    finally:
        system.close()


if __name__ == "__main__":
    raise SystemExit(main())
