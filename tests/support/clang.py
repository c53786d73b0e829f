"""C to WebAssembly by clang and zig, for tests of what a real toolchain emits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.require import ROOT, require

SECONDS_MAX = 60


def build_by_clang(source: Path, target: Path) -> None:
    """Compile a file, or all *.c of a folder, against ferrite.h with no C library; warnings are
    errors."""
    require("clang")
    options = ["--target=wasm32", "-O2", "-nostdlib", "-mbulk-memory", "-std=c11"]
    warnings = ["-Wall", "-Wextra", "-Werror"]
    link = ["-Wl,--no-entry", "-Wl,-z,stack-size=65536"]
    command = ["clang", *options, *warnings, *link, *_files(source, target)]
    subprocess.run(command, check=True, timeout=SECONDS_MAX)


def build_by_zig(source: Path, target: Path) -> None:
    """The same by zig's clang, which pip installs as ziglang."""
    require("zig")
    options = ["-target", "wasm32-freestanding", "-O2", "-nostdlib", "-std=c11"]
    warnings = ["-Wall", "-Wextra", "-Werror"]
    link = ["-Wl,--no-entry", "-Wl,-z,stack-size=65536"]
    command = [
        sys.executable,
        "-m",
        "ziglang",
        "cc",
        *options,
        *warnings,
        *link,
        *_files(source, target),
    ]
    subprocess.run(command, check=True, timeout=SECONDS_MAX)


def _files(source: Path, target: Path) -> list[str]:
    sources = sorted(map(str, source.glob("*.c"))) if source.is_dir() else [str(source)]
    return ["-I", str(ROOT / "sdk" / "c"), *sources, "-o", str(target)]
