"""Optional tools of the tests: absent means skip, unless FERRITE_REQUIRE says they must be there.

FERRITE_REQUIRE is a comma-separated list of the names below. CI sets it, so that a test which
quietly stopped running there is a failure and never a green skip.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _program(*names: str) -> Callable[[], bool]:
    return lambda: all(shutil.which(name) is not None for name in names)


def _package(name: str) -> Callable[[], bool]:
    return lambda: importlib.util.find_spec(name) is not None


def _suites() -> bool:
    places = (ROOT.parent / "shared" / "spec", ROOT / ".cache" / "spec")
    return any((place / "wg-1.0.tar.xz").exists() for place in places)


def _redis_suite() -> bool:
    cache = ROOT / ".cache" / "redis-suite"
    return shutil.which("tclsh") is not None and any(cache.glob("redis-*"))


def _assemblyscript() -> bool:
    """Node, and the compiler where `make .cache/assemblyscript` puts it."""
    compiler = ROOT / ".cache" / "assemblyscript" / "node_modules" / "assemblyscript"
    return shutil.which("node") is not None and compiler.exists()


TOOLS: dict[str, Callable[[], bool]] = {
    "spec": _suites,
    "wasmtime": _package("wasmtime"),
    "redis": _program("redis-server", "redis-cli", "redis-benchmark"),
    "clang": _program("clang", "wasm-ld"),
    "wasi-libc": lambda: Path("/usr/lib/wasm32-wasi/libc.a").exists(),
    "zig": _package("ziglang"),
    "rust-wasi": lambda: any(Path("/usr/lib/rustlib").glob("wasm32-wasi*")),
    "go": _program("go"),
    "assemblyscript": _assemblyscript,
    "tcl": _redis_suite,
    "arena": lambda: hasattr(os, "memfd_create"),
    "native": lambda: importlib.util.find_spec("ferrite.native._transcoder") is not None,
}


def required() -> frozenset[str]:
    """Names that FERRITE_REQUIRE lists."""
    names = os.environ.get("FERRITE_REQUIRE", "").split(",")
    return frozenset(name.strip() for name in names if name.strip())


def require(name: str) -> None:
    """Go on when the tool is here; else skip, or fail when FERRITE_REQUIRE names it."""
    if TOOLS[name]():
        return
    if name in required():
        pytest.fail(f"{name} is required by FERRITE_REQUIRE and is not on this machine")
    pytest.skip(f"{name} is not on this machine")
