"""The SDKs' own tests, in their own languages; and their format."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.support.require import ROOT, require
from tests.support.waiting import BUILD_SECONDS_MAX

GO = ROOT / "sdk" / "go"
PROJECTS_IN_GO = (
    GO,
    ROOT / "tests" / "sdk" / "projects" / "go",
    ROOT / "plugins" / "go-slugify",
)


def output(*command: str, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_go() -> None:
    require("go")
    assert "ok" in output("go", "test", "./...", folder=GO, GOTOOLCHAIN="local")


def test_go_is_vetted_and_formatted() -> None:
    require("go")
    for folder in PROJECTS_IN_GO:
        sources = [str(path) for path in folder.glob("*.go")]
        assert output("gofmt", "-l", *sources, folder=folder) == ""
        output("go", "vet", ".", folder=folder, GOTOOLCHAIN="local")
    output("go", "vet", ".", folder=GO, GOTOOLCHAIN="local", GOOS="wasip1", GOARCH="wasm")


def test_typescript() -> None:
    require("assemblyscript")
    tests = sorted(str(path) for path in (ROOT / "tests" / "sdk" / "node").glob("*.test.mjs"))
    assert len(tests) == 2
    assert "# fail 0" in output("node", "--test", *tests, folder=ROOT)
