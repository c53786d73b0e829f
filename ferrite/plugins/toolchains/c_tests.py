"""Unit tests in C, run by our own compiler and VM: `python -m ferrite.plugins.toolchains.c_tests`.

Rule: each file tests/*.c of a project is a module, each FERRITE_TEST in it runs in an instance of
its own, and what stands in for the server is sdk/c/ferrite_test.h. A trap fails its test alone.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import wasm_vm
from ferrite.plugins import host_api
from ferrite.plugins.ccompiler import CompileError, compile_files
from ferrite.plugins.host_api import ErrorCode
from ferrite.plugins.toolchains.sdk import sdk_folder
from wasm_vm import Caller, ExternKind, HostFunction, Limits, ValidModule, WasmError

FOLDER = "tests"
FUEL = 100_000_000
MEMORY_PAGES = 1024
_TEST = re.compile(r"^\s*FERRITE_TEST\((\w+)\)", re.MULTILINE)


def test_files(folder: Path) -> list[Path]:
    """The files of tests of a project."""
    return sorted((folder / FOLDER).glob("*.c"))


def run_tests(folder: Path) -> int:
    """Run all tests of a project and print what fails; how many have failed."""
    count = failed = 0
    for path in test_files(folder):
        names = _TEST.findall(path.read_text("latin-1"))
        try:
            module = compile_test(path, names)
        except (CompileError, WasmError) as error:
            print(error)
            failed += 1
            continue
        for name in names:
            complaints = run_test(module, f"test_{name}")
            count += 1
            failed += bool(complaints)
            print(f"{path.name}: {name}: {'failed' if complaints else 'ok'}")
            for complaint in complaints:
                print(f"  {complaint}")
    print(f"{count} tests, {failed} failed")
    return failed


def compile_test(path: Path, names: list[str]) -> ValidModule:
    """The module of a file of tests. Raises CompileError, WasmError."""
    exports = {f"test_{name}" for name in names}
    return wasm_vm.load(compile_files([path], [sdk_folder("c")], exports))


def run_test(module: ValidModule, export: str) -> list[str]:
    """Run one test; what it complains of."""
    complaints: list[str] = []

    def failed(caller: Caller | None, arguments: list[int]) -> tuple[()]:
        if caller is not None and caller.memory is not None:
            complaints.append(caller.memory.read(*arguments).decode("utf-8", "replace"))
        return ()

    def unavailable(_caller: Caller | None, _arguments: list[int]) -> tuple[int]:
        return (ErrorCode.UNAVAILABLE & 0xFFFF_FFFF,)

    functions: dict[str, HostFunction] = {}
    for entry in module.module.imported(ExternKind.FUNCTION):
        code = failed if entry.name == "test_failed" else unavailable
        if isinstance(entry.description, int):
            kind = module.module.function_type(entry.description)
            functions[entry.name] = HostFunction(kind, entry.name, code, code)
    limits = Limits(fuel=FUEL, memory_pages=MEMORY_PAGES)
    try:
        instance = wasm_vm.instantiate(module, {host_api.MODULE: functions}, limits=limits)
        instance.invoke(export)
    except WasmError as error:
        complaints.append(f"{export}: {error}")
    return complaints


if __name__ == "__main__":
    sys.exit(1 if run_tests(Path(sys.argv[1])) else 0)
