"""Plugin projects of the tree for tests: copied out of it, and built once per run.

AssemblyScript is installed once, by `make .cache/assemblyscript`, and linked into each copy.
"""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from functools import cache
from pathlib import Path

from ferrite.plugins.toolchains import build_binary, sdk_folder
from tests.support.require import ROOT, require

NODE_MODULES = ROOT / ".cache" / "assemblyscript" / "node_modules"
API_TOOLS = {"go": "go", "typescript": "assemblyscript", "rust": "rust-wasi"}
"""The languages that tests/sdk has every part of an SDK in, and what builds them."""
_LEFT_OUT = shutil.ignore_patterns("node_modules", "build", "target", "*.wasm")


def copied(source: Path, target: Path, manifest: Path | None = None) -> Path:
    """A copy of a project that finds its SDK and its compiler; with another manifest, if given."""
    shutil.copytree(source, target, ignore=_LEFT_OUT)
    if manifest is not None:
        shutil.copy(manifest, target / "plugin.toml")
    module = target / "go.mod"
    if module.exists():
        text = re.sub(r"=> \S+", f"=> {sdk_folder('go')}", module.read_text())
        module.write_text(text)
    project = target / "Cargo.toml"
    if project.exists():
        path = f'path = "{sdk_folder("rust")}/ferrite_plugin_sdk"'
        project.write_text(re.sub(r'path = "\S+/ferrite_plugin_sdk"', path, project.read_text()))
    if (target / "package.json").exists():
        (target / "node_modules").symlink_to(NODE_MODULES)
    return target


@cache
def built(source: Path, manifest: Path | None = None) -> bytes:
    """The plugin of a project of the tree."""
    return build_binary(copied(source, _place() / source.name, manifest))


def api_plugin(language: str) -> bytes:
    """The plugin with every part of an SDK; skips where its language cannot be built."""
    require(API_TOOLS[language])
    folder = ROOT / "tests" / "sdk"
    return built(folder / "projects" / language, folder / "api.toml")


def _place() -> Path:
    place = tempfile.mkdtemp(prefix="ferrite-projects-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return Path(place)
