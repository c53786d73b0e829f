"""Plugins for tests in C: a source of tests/plugins/sources and a manifest become one module."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ferrite.plugins import encoder
from ferrite.plugins.ccompiler import compile_files
from ferrite.plugins.exports import entry_point_names
from ferrite.plugins.manifest import SECTION_NAME, parse_manifest
from ferrite.plugins.toolchains import sdk_folder
from tests.support.require import ROOT

SOURCES = ROOT / "tests" / "plugins" / "sources"
ALL_STORAGE = ("storage.read", "storage.write", "storage.delete")


def manifest_text(
    commands: Iterable[str],
    *,
    version: str = "1.0.0",
    permissions: Iterable[str] = ALL_STORAGE,
    flags: Iterable[str] = ("write",),
    extra: str = "",
    name: str = "test",
) -> str:
    """A manifest; a permission is "storage.read" or "storage.read PATTERN ..."."""
    text = f'[package]\nname = "{name}"\nversion = "{version}"\n'
    listed = ", ".join(f'"{flag}"' for flag in flags)
    for command in commands:
        text += f'[[commands]]\nname = "{command}"\nflags = [{listed}]\n'
    for permission in permissions:
        right, *narrowings = permission.split()
        resource, action = right.split(".")
        text += f'[[permissions]]\nresource = "{resource}"\naction = "{action}"\n'
        if narrowings:
            kind = {"storage": "keys", "network": "hosts", "filesystem": "paths"}[resource]
            text += f"{kind} = [{', '.join(repr(each) for each in narrowings)}]\n"
    return text + extra


def c_plugin(source: str, manifest: str) -> bytes:
    """The module of a C source: its file's name, or its text."""
    if source.endswith(".c"):
        source = (SOURCES / source).read_text()
    return compiled(source, manifest) + encoder.custom_section(SECTION_NAME, manifest.encode())


@cache
def compiled(source: str, manifest: str) -> bytes:
    names = entry_point_names(parse_manifest(manifest, "manifest"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "plugin.c")
        path.write_text('#include "ferrite.h"\n' + source)
        return compile_files([path], [sdk_folder("c")], names)


def write_plugin(path: Path, source: str, manifest: str) -> Path:
    """A module in a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(c_plugin(source, manifest))
    return path
