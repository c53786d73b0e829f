"""What a call costs, in microseconds: of an exported function, and of a host function.

    python bench/calls.py [--rounds N]

Both on this VM and on pwasm, with arguments and results checked as the public interface does.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measure import fastest, table

import wasm_vm

TURNS = 5000
LIMIT = 1 << 60
TEXT = """(module (import "host" "next" (func $next (param i32) (result i32)))
  (func (export "sum") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "loop") (param i32) (result i32) (local i32)
    (loop $again
      (local.set 1 (call $next (local.get 1)))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)))"""


@wasm_vm.host_function
def following(value: wasm_vm.i32) -> wasm_vm.i32:
    """The host function."""
    return value + 1


def exports() -> dict[str, Any]:
    """The exported functions, by engine."""
    import wasmtime

    binary = bytes(wasmtime.wat2wasm(TEXT))
    limits = wasm_vm.Limits(fuel=LIMIT)
    instance = wasm_vm.instantiate(
        wasm_vm.load(binary), {"host": {"next": following}}, limits=limits
    )
    instance.prepare()
    found: dict[str, Any] = {"wasm_vm": instance.exports}
    if importlib.util.find_spec("pwasm") is not None:
        import pwasm
        from pwasm.runtime import Limits

        imports = {"host": {"next": lambda value: value + 1}}
        for name, options in (("pwasm", {}), ("pwasm, limits", {"limits": Limits(fuel=LIMIT)})):
            module = pwasm.decode_module(binary)
            found[name] = pwasm.instantiate(module, imports, mode="compile", **options).exports
    return found


def report(rounds: int) -> str:
    """The table."""
    found = exports()

    def exported(function: Callable[[int, int], int]) -> Callable[[], None]:
        def run() -> None:
            for _ in range(TURNS):
                function(3, 4)

        return run

    def host(function: Callable[[int], int]) -> Callable[[], int]:
        return lambda: function(TURNS)

    first = fastest({name: exported(each["sum"]) for name, each in found.items()}, rounds)
    second = fastest({name: host(each["loop"]) for name, each in found.items()}, rounds)
    rows = [
        [what, *(seconds / TURNS * 1e6 for seconds in times.values())]
        for what, times in (("an exported function", first), ("a host function", second))
    ]
    return table(["microseconds a call", *found], rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    print(report(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
