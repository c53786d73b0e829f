"""A new project, built by its language's own command, as its README has it; a server takes it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from ferrite.plugins.programs.new import make_project
from ferrite.plugins.toolchains import build_plugin
from tests.support.plugin_server import plugin_server
from tests.support.require import ROOT, require
from tests.support.waiting import BUILD_SECONDS_MAX

NODE_MODULES = ROOT / ".cache" / "assemblyscript" / "node_modules"
BUILDS = {
    "rust": ("rust-wasi", "cargo build .*", "target/wasm32-wasi/release/greeter.wasm"),
    "go": ("go", "GOOS=wasip1 .* go build .*", "greeter.wasm"),
    "ts": ("assemblyscript", "npm run asbuild.*", "build/greeter.wasm"),
    "c": ("clang", r"clang --target=wasm32 (?:.*\\\n)?.*", "greeter.wasm"),
}


@pytest.mark.parametrize("language", BUILDS)
def test_the_command_of_the_readme_builds_it(language: str, tmp_path: Path) -> None:
    tool, pattern, module = BUILDS[language]
    require(tool)
    project = tmp_path / "greeter"
    make_project("greeter", language, project)
    if language == "ts":  # what `npm install` would fetch
        (project / "node_modules").symlink_to(NODE_MODULES)
    if language == "go":
        build_plugin(project)  # writes the file of exports, as the README says
        (project / module).unlink()
    found = re.search(rf"^    ({pattern})$", (project / "README.md").read_text(), re.MULTILINE)
    assert found is not None
    search = "/usr/bin:" + os.environ["PATH"] if language == "rust" else os.environ["PATH"]
    environment = {**os.environ, "PATH": search, "CARGO_NET_OFFLINE": "true"}
    subprocess.run(
        ["sh", "-c", re.sub(r"\s+#.*", "", found[1])],
        cwd=project,
        env=environment,
        check=True,
        timeout=BUILD_SECONDS_MAX,
    )
    manifest = project / "plugin.toml"
    with plugin_server() as server:
        client = server.client()
        given = ["MANIFEST", str(manifest)] if manifest.exists() else []
        assert client.ask("PLUGIN.LOAD", "greeter", str(project / module), *given) == "OK"
        assert client.ask("GREETER.WORLD", "Alice") == b"Hello, Alice!"
        assert [client.ask("GREETER.COUNT", "k") for _ in range(2)] == [1, 2]
