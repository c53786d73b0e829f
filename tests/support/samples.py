"""The sample plugins below plugins/, as tests load them: as committed, or built anew by clang."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ferrite.plugins.manifest import SECTION_NAME, Manifest, parse_manifest
from tests.support.clang import build_by_clang
from tests.support.plugin_server import PluginServer, plugin_server
from tests.support.require import ROOT
from wasm_vm import load

FOLDER = ROOT / "plugins"
COMMITTED, CLANG = "committed", "clang"
BUILDS = (COMMITTED, CLANG)


def sample_file(name: str) -> Path:
    """The module of a sample, as it is committed."""
    return FOLDER / name / f"{name}.wasm"


def sample_manifest(name: str) -> Manifest:
    """Of plugin.toml, or of the section that an SDK has made of the source."""
    path = FOLDER / name / "plugin.toml"
    if path.exists():
        return parse_manifest(path.read_text(), name)
    section = load(sample_file(name).read_bytes()).module.custom(SECTION_NAME)
    return parse_manifest((section or b"").decode(), name)


def copy_sample(name: str, folder: Path, build: str = COMMITTED) -> Path:
    """A sample's module in a folder of its own, with its configuration and, where clang has built
    it, its manifest."""
    source, target = FOLDER / name, folder / name
    target.mkdir(parents=True)
    if (source / "config").exists():
        shutil.copytree(source / "config", target / "config")
    module = target / f"{name}.wasm"
    if build == CLANG:
        build_by_clang(source, module)
        shutil.copy(source / "plugin.toml", target / "plugin.toml")
    else:
        shutil.copy(sample_file(name), module)
    return module


@contextmanager
def sample_server(
    name: str,
    folder: Path,
    build: str = COMMITTED,
    *,
    settings: Mapping[str, str | int] | None = None,
    extra: str = "",
    arguments: tuple[str, ...] = (),
) -> Iterator[PluginServer]:
    """A server with one sample, which is given these settings; `extra` is more of ferrite.toml."""
    module = copy_sample(name, folder, build)
    text = extra
    if settings:
        lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
        text += "\n".join(["", f"[plugins.config.{name}]", *lines, ""])
    (folder / "ferrite.toml").write_text(text)
    started = ("--config", str(folder / "ferrite.toml"), "--plugin", str(module), *arguments)
    with plugin_server(*started) as server:
        yield server
