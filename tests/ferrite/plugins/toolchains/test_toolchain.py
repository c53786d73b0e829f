"""Compilers are found and run, and what goes wrong is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ferrite.plugins.toolchains.toolchain import BuildError, find_program, run


def test_find_program() -> None:
    assert Path(find_program("sh", "")).name == "sh"
    with pytest.raises(BuildError, match=r"^no-such-cc is not installed: apt-get install no-such$"):
        find_program("no-such-cc", "apt-get install no-such")


def test_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = "import os, sys; print(os.getcwd(), os.environ['X_Y'], os.environ['PATH'] != '')"
    run([sys.executable, "-c", code], tmp_path, {"X_Y": "1"})
    assert capfd.readouterr() == ("", f"{tmp_path} 1 True\n")
    with pytest.raises(BuildError, match=r"^sh failed with exit code 3$"):
        run(["/bin/sh", "-c", "exit 3"], tmp_path, {})
    with pytest.raises(BuildError, match=r"^/no/cc: No such file or directory$"):
        run(["/no/cc"], tmp_path, {})
