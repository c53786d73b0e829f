"""C sources for tests of the C compiler: compiled, then run in our VM."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import wasm_vm
from ferrite.plugins.ccompiler import compile_files

FUEL = 50_000_000


def compile_c(folder: Path, *sources: str, exports: str = "run") -> bytes:
    """One module of these sources."""
    paths = []
    for number, source in enumerate(sources):
        path = folder / f"source{number}.c"
        path.write_text(source)
        paths.append(path)
    return compile_files(paths, [], set(exports.split()))


def run_c(folder: Path, source: str, *arguments: Any) -> Any:
    """What the function `run` of a source answers."""
    module = wasm_vm.load(compile_c(folder, source))
    limits = wasm_vm.Limits(fuel=FUEL)
    return wasm_vm.instantiate(module, limits=limits).invoke("run", *arguments)
