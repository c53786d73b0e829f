"""New projects in Go and TypeScript: they build, and their own tests pass."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import wasm_vm
from ferrite.plugins.cli import main
from ferrite.plugins.toolchains import build_binary, find_toolchain
from tests.support.guest_projects import NODE_MODULES
from tests.support.require import require
from tests.support.waiting import BUILD_SECONDS_MAX

TOOLS = {"go": "go", "ts": "assemblyscript"}


@pytest.mark.parametrize("language", TOOLS)
def test_a_new_project(language: str, tmp_path: Path) -> None:
    require(TOOLS[language])
    assert main(["new", "my-plugin", "--lang", language, "--into", str(tmp_path)]) == 0
    project = tmp_path / "my-plugin"
    generated = project / "ferrite_exports_wasm.go"
    before = generated.read_text() if language == "go" else ""
    if language == "ts":
        (project / "node_modules").symlink_to(NODE_MODULES)
    module = wasm_vm.load(build_binary(project)).module
    exports = {export.name for export in module.exports}
    assert {"MY_PLUGIN.WORLD", "MY_PLUGIN.COUNT"} <= exports or {
        "my_plugin_world",
        "my_plugin_count",
    } <= exports
    assert before == (generated.read_text() if language == "go" else "")
    command, environment = find_toolchain(project).unit_tests(project) or ([], {})
    done = subprocess.run(
        command,
        cwd=project,
        env={**os.environ, **environment},
        capture_output=True,
        timeout=BUILD_SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
