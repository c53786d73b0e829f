"""Programs for WASI by the compilers that are on this machine, each built once in a session."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from tests.support.guest_projects import NODE_MODULES
from tests.support.require import ROOT, require
from tests.support.waiting import BUILD_SECONDS_MAX

SOURCES = ROOT / "tests" / "differential" / "wasi_programs"


def _run(*command: str, folder: Path, **variables: str) -> None:
    environment = {**os.environ, **variables}
    subprocess.run(command, check=True, cwd=folder, env=environment, timeout=BUILD_SECONDS_MAX)


def _clang(source: Path, target: Path) -> None:
    options = ["--target=wasm32-wasi", "-O1", "-Wl,--strip-all", str(source), "-o", str(target)]
    _run("clang", *options, "-lm", folder=target.parent)


def _zig(source: Path, target: Path) -> None:
    options = ["-target", "wasm32-wasi", "-O2", "-s", str(source), "-o", str(target)]
    _run(sys.executable, "-m", "ziglang", "cc", *options, folder=target.parent)


def _rust(source: Path, target: Path) -> None:
    """Debian's compiler: its own standard library for WASI does not suit another's."""
    options = ["--target", "wasm32-wasi", "-O", "-C", "strip=symbols", "-o", str(target)]
    _run("/usr/bin/rustc", *options, str(source), folder=target.parent)


def _go(source: Path, target: Path) -> None:
    options = ["build", "-ldflags=-s -w", "-o", str(target), str(source)]
    _run("go", *options, folder=target.parent, GOOS="wasip1", GOARCH="wasm", GOTOOLCHAIN="local")


def _assemblyscript(source: Path, target: Path) -> None:
    options = ["--optimize", "--runtime", "incremental", "--use", "abort=", "-o", str(target)]
    local = target.parent / source.name
    local.write_bytes(source.read_bytes())
    _run(str(NODE_MODULES / ".bin" / "asc"), str(local), *options, folder=target.parent)


COMPILERS: dict[str, tuple[str, Callable[[Path, Path], None]]] = {
    "clang": ("report.c", _clang),
    "zig": ("report.c", _zig),
    "rust": ("report.rs", _rust),
    "go": ("report.go", _go),
    "assemblyscript": ("report.ts", _assemblyscript),
}
"""The source that each compiles, and how."""

_NEEDS = {
    "clang": ("clang", "wasi-libc"),
    "zig": ("zig",),
    "rust": ("rust-wasi",),
    "go": ("go",),
    "assemblyscript": ("assemblyscript",),
}


@cache
def _folder() -> Path:
    return Path(mkdtemp(prefix="wasi-programs-"))


@cache
def build(compiler: str) -> bytes:
    """The program as a module; skips where the compiler is not on this machine."""
    for need in _NEEDS[compiler]:
        require(need)
    source, compile_ = COMPILERS[compiler]
    folder = _folder() / compiler
    folder.mkdir()
    target = folder / "program.wasm"
    compile_(SOURCES / source, target)
    return target.read_bytes()
