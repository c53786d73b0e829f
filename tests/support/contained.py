"""A module in a process of its own, for what it may cost: run as `python -m`, binary on stdin.

Loads, instantiates, and calls every export with zeros. Prints JSON: the outcome ("result" or the
error's class), seconds of CPU time, and megabytes by which the process has grown.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import wasm_vm

ROOT = Path(__file__).resolve().parents[2]
WATCHDOG_SECONDS = 300
ADDRESS_SPACE_BYTES = 2 << 30


@dataclass(frozen=True)
class Report:
    outcome: str
    seconds: float
    megabytes: float


def contained(binary: bytes, **limits: int | None) -> Report:
    """Run a module with these limits in a new process."""
    found = subprocess.run(
        [sys.executable, "-m", "tests.support.contained", json.dumps(limits)],
        input=binary,
        cwd=ROOT,
        capture_output=True,
        timeout=WATCHDOG_SECONDS,
        check=False,
    )
    assert found.returncode == 0, found.stderr.decode()
    return Report(**json.loads(found.stdout))


@wasm_vm.host_function
def again(caller: wasm_vm.Caller) -> None:
    """Call the guest's first exported function: recursion by way of the host."""
    name = caller.instance.module.module.exports[0].name
    caller.instance.invoke(name)


IMPORTS: dict[str, dict[str, Any]] = {"env": {"again": again}}


def attempt(
    binary: bytes, limits: wasm_vm.Limits, imports: dict[str, dict[str, Any]] | None = None
) -> str:
    """Use a module as an embedder does; what became of it. Only WasmError is caught."""
    try:
        module = wasm_vm.load(binary, limits=limits)
        instance = wasm_vm.instantiate(module, IMPORTS if imports is None else imports)
    except wasm_vm.WasmError as error:
        return type(error).__name__
    outcome = "result"
    for extern in instance.exports.values():
        if isinstance(extern, wasm_vm.Function):
            try:
                extern.invoke_bits(
                    *(0 if kind.is_number else None for kind in extern.type.parameters)
                )
            except wasm_vm.WasmError as error:
                outcome = type(error).__name__
    return outcome


def peak_bytes() -> int:
    """The greatest resident size of this process so far."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) << 10
    except (OSError, IndexError):
        import resource

        unit = 1 if sys.platform == "darwin" else 1 << 10
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    import resource

    binary = sys.stdin.buffer.read()
    limits = wasm_vm.Limits(**json.loads(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
    size, start = peak_bytes(), time.process_time()
    outcome = attempt(binary, limits)
    seconds = time.process_time() - start
    megabytes = (peak_bytes() - size) / (1 << 20)
    print(json.dumps({"outcome": outcome, "seconds": seconds, "megabytes": megabytes}))


if __name__ == "__main__":
    main()
