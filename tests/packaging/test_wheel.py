"""What a wheel carries: the SDKs with their templates, file by file as in the source tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.support.require import ROOT
from tests.support.waiting import BUILD_SECONDS_MAX

LEFT_OUT = shutil.ignore_patterns(
    ".*", "__pycache__", "node_modules", "target", "build", "*.egg-info", "tests"
)
KEPT = {".gitignore"}
DATA = "data/share/ferrite/"


def copy(target: Path) -> Path:
    """The source tree, without what is no source of a wheel; a build leaves files where it runs."""

    def left_out(folder: str, names: list[str]) -> set[str]:
        return LEFT_OUT(folder, names) - KEPT if folder != str(ROOT) else LEFT_OUT(folder, names)

    return Path(shutil.copytree(ROOT, target, ignore=left_out))


def test_the_sdks_are_in_it(tmp_path: Path) -> None:
    source = copy(tmp_path / "source")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    subprocess.run(
        [*command, "--no-build-isolation", "--wheel-dir", str(tmp_path), str(source)],
        check=True,
        timeout=BUILD_SECONDS_MAX,
        env={**os.environ, "CC": "/bin/false"},
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        carried = {
            name.partition(DATA)[2]: archive.read(name)
            for name in archive.namelist()
            if DATA in name
        }
    files = [path for path in (source / "sdk").rglob("*") if path.is_file()]
    wanted = {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in files
        if path.suffix != ".wasm"
    }
    assert carried == wanted
    assert "sdk/c/ferrite.h" in carried
    assert "sdk/c/template/.gitignore" in carried
