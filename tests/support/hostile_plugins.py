"""The hostile plugins of tests/plugins/hostile: each source becomes a module of its file's name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ferrite.plugins import encoder
from ferrite.plugins.manifest import SECTION_NAME
from tests.support.c_plugins import c_plugin, manifest_text
from tests.support.require import ROOT
from tests.support.wat import assemble

HOSTILE = ROOT / "tests" / "plugins" / "hostile"
_COMMAND = re.compile(r'FERRITE_COMMAND\((\w+)\)|\(export "([a-z]+_[a-z]+)"\)')


def hostile_plugin(
    folder: Path,
    name: str,
    *permissions: str,
    flags: Iterable[str] = ("write",),
    extra: str = "",
    manifest: str | None = None,
) -> Path:
    """The file of one of them, with a manifest that names its commands: THIEF.GET for thief_get."""
    source = next(HOSTILE.glob(f"{name}.*"))
    text = source.read_text()
    commands = [(a or b).replace("_", ".", 1).upper() for a, b in _COMMAND.findall(text)]
    if manifest is None:
        manifest = manifest_text(
            commands, permissions=permissions, flags=flags, extra=extra, name=name
        )
    if source.suffix == ".c":
        binary = c_plugin(text, manifest)
    else:
        binary = assemble(text) + encoder.custom_section(SECTION_NAME, manifest.encode())
    path = folder / f"{name}.wasm"
    path.write_bytes(binary)
    return path
