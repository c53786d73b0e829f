"""Runtime adapter by which the public wasi-testsuite runs its programs on wasm_vm.

    git clone --branch prod/testsuite-base https://github.com/WebAssembly/wasi-testsuite
    wasi-testsuite/run-tests --runtime-adapter spec-tests/wasi_adapter.py

The names of the functions and their parameters are the suite's. WASM_VM_ENGINE chooses the engine,
WASM_VM_PYTHON the Python that has this package, where the suite's runner needs another one.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import PackageNotFoundError, version

Setting = tuple[list[str], dict[str, str], "str | None"]
"""Arguments, variables and the folder that the program sees as its root."""


def _engine() -> str:
    return os.environ.get("WASM_VM_ENGINE", "reference")


def get_name() -> str:
    """What the report calls us."""
    return f"wasm-vm ({_engine()})"


def get_version() -> str:
    """The version of the package, where it is installed for this Python."""
    try:
        return version("ferrite-server")
    except PackageNotFoundError:
        return "unknown"


def get_wasi_versions() -> list[str]:
    """What of WASI there is."""
    return ["wasm32-wasip1"]


def get_wasi_worlds() -> list[str]:
    """Programs, and nothing else."""
    return ["wasi:cli/command"]


def compute_argv(
    test_path: str,
    args_env_root: Setting,
    proposals: list[str],  # noqa: ARG001
    wasi_world: str,  # noqa: ARG001
    wasi_version: str,  # noqa: ARG001
) -> list[str]:
    """The command line of one program."""
    arguments, variables, root = args_env_root
    python = os.environ.get("WASM_VM_PYTHON", sys.executable)
    command = [python, "-m", "wasi", "run", test_path, "--engine", _engine()]
    command += ["--allow", "clock", "--allow", "random"]
    for name, value in variables.items():
        command += ["--env", f"{name}={value}"]
    if root is not None:
        command += ["--dir", f"{root}::/"]
    return [*command, "--", *arguments] if arguments else command
