"""Our C compiler against the machine's: random programs give the same checksum in our VM."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.c_programs import run_c
from tests.support.random_c import RandomProgram
from tests.support.waiting import SECONDS_MAX

PROGRAMS = 60
OPTIONS = ("-w", "-O0", "-fwrapv", "-fno-strict-aliasing", "-fsigned-char", "-shared", "-fPIC")


@pytest.fixture(scope="module")
def compiler() -> str:
    found = shutil.which("gcc") or shutil.which("clang")
    if found is None:
        pytest.skip("no C compiler is on this machine")
    return found


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_a_random_program(seed: int, compiler: str, tmp_path: Path) -> None:
    source = RandomProgram(seed).source
    path, library = tmp_path / "program.c", tmp_path / "program.so"
    path.write_text(source)
    subprocess.run(
        [compiler, *OPTIONS, str(path), "-o", str(library)], check=True, timeout=SECONDS_MAX
    )
    expected = ctypes.CDLL(str(library)).run
    expected.restype = ctypes.c_longlong
    assert run_c(tmp_path, source) == expected()
