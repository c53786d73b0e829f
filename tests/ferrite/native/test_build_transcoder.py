"""The C sources by themselves: no warnings, and every function declared to cffi exists."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.support.require import ROOT, require
from tests.support.waiting import SECONDS_MAX

NATIVE = ROOT / "ferrite" / "native"


@pytest.mark.parametrize("source", sorted(NATIVE.glob("[a-z]*.c")), ids=lambda path: path.name)
def test_c_compiles_without_a_warning(source: Path, tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler on this machine")
    flags = "-std=c11 -O2 -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion -Werror"
    headers = ["-isystem", sysconfig.get_path("include")]
    command = [compiler, *flags.split(), *headers, "-c", str(source), "-o", f"{tmp_path}/out.o"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=SECONDS_MAX)
    assert done.returncode == 0, done.stderr


def test_every_declared_function_is_there() -> None:
    require("native")
    from ferrite.native._transcoder import lib

    from ferrite.native.build_transcoder import DECLARATIONS

    names = re.findall(r"(\w+)\(", DECLARATIONS)
    assert len(names) > 10
    assert all(hasattr(lib, name) for name in names)


def test_a_failed_build_is_no_failure(tmp_path: Path) -> None:
    """Without a compiler the package builds all the same, with nothing native in it."""
    pytest.importorskip("setuptools", minversion="77")  # what pyproject.toml needs
    source = tmp_path / "source"
    shutil.copytree(
        ROOT,
        source,
        ignore=shutil.ignore_patterns(".*", "*.so", "tests", "docs", "spec-tests", "__pycache__"),
    )
    done = subprocess.run(
        [sys.executable, "setup.py", "-q", "build_ext", "--build-lib", str(tmp_path / "lib")],
        check=False,
        cwd=source,
        env={**os.environ, "CC": "/bin/false"},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
    )
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.rglob("*.so"))
