"""C to WebAssembly by clang and zig, for tests of what a real toolchain emits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.require import ROOT, require
from tests.support.waiting import SECONDS_MAX


def build_by_clang(source: Path, target: Path) -> None:
    """Compile a file, or all *.c of a folder, against ferrite.h with no C library; warnings are
    errors."""
    require("clang")
    _build(["clang", "--target=wasm32", "-mbulk-memory"], source, target)


def build_by_zig(source: Path, target: Path) -> None:
    """The same by zig's clang, which pip installs as ziglang."""
    require("zig")
    _build(
        [sys.executable, "-m", "ziglang", "cc", "-target", "wasm32-freestanding"], source, target
    )


def _build(compiler: list[str], source: Path, target: Path) -> None:
    options = ["-O2", "-nostdlib", "-std=c11", "-Wall", "-Wextra", "-Werror"]
    link = ["-Wl,--no-entry", "-Wl,-z,stack-size=65536"]
    sources = sorted(map(str, source.glob("*.c"))) if source.is_dir() else [str(source)]
    files = ["-I", str(ROOT / "sdk" / "c"), *sources, "-o", str(target)]
    subprocess.run([*compiler, *options, *link, *files], check=True, timeout=SECONDS_MAX)
