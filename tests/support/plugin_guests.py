"""Plugins for tests: a few lines of the text format and a manifest become one module."""

from __future__ import annotations

from collections.abc import Iterable

from ferrite.plugins import encoder
from ferrite.plugins.host_api import FUNCTIONS, MODULE
from ferrite.plugins.manifest import SECTION_NAME
from tests.support.wat import assemble

ALL_STORAGE = ("storage.read", "storage.write", "storage.delete")


def manifest(
    *commands: str,
    permissions: Iterable[str] = ALL_STORAGE,
    flags: Iterable[str] = ("write",),
    extra: str = "",
) -> str:
    """A manifest with some commands; a permission is "storage.read" or "storage.read key*"."""
    text = '[package]\nname = "test"\nversion = "1.2.3"\n'
    listed = ", ".join(f'"{flag}"' for flag in flags)
    for command in commands:
        text += f'[[commands]]\nname = "{command}"\nflags = [{listed}]\n'
    for permission in permissions:
        right, *keys = permission.split()
        resource, action = right.split(".")
        text += f'[[permissions]]\nresource = "{resource}"\naction = "{action}"\n'
        if keys:
            text += f"keys = [{', '.join(repr(key) for key in keys)}]\n"
    return text + extra


def imports(*names: str) -> str:
    """Import host functions: `get` becomes $get."""
    lines = []
    for name in names:
        kind = FUNCTIONS[name].type
        parameters = " ".join(map(str, kind.parameters))
        lines.append(
            f'(import "{MODULE}" "{name}" (func ${name} (param {parameters}) (result i32)))'
        )
    return "\n".join(lines)


def module(fields: str, *used: str, memory: str = "1") -> bytes:
    """A module with a memory that imports the host functions named."""
    return assemble(f'{imports(*used)} (memory (export "memory") {memory}) {fields}')


def with_manifest(binary: bytes, text: str) -> bytes:
    return binary + encoder.custom_section(SECTION_NAME, text.encode())


def guest(
    body: str, *used: str, name: str = "T.RUN", memory: str = "1", **options: object
) -> bytes:
    """A plugin of one command whose function has this body (of type [] -> [i32])."""
    code = module(f'(func (export "{name}") (result i32) {body})', *used, memory=memory)
    return with_manifest(code, manifest(name, **options))  # type: ignore[arg-type]


def data(address: int, text: str) -> str:
    """A data segment."""
    return f'(data (i32.const {address}) "{text}")'
