"""From a project folder in some language to one .wasm file that is a whole plugin.

In order: `toolchain` (what a language must offer, and how a compiler is run), one module a
language, `building` (the languages in a row, and what is checked whatever the language is).
A module runs its compiler and nothing else; `sdk` says where the guest's side of each is.
"""

from __future__ import annotations

from ferrite.plugins.toolchains.building import (
    TOOLCHAINS,
    build_binary,
    build_plugin,
    find_toolchain,
)
from ferrite.plugins.toolchains.sdk import sdk_folder
from ferrite.plugins.toolchains.toolchain import BuildError, Toolchain

__all__ = [
    "TOOLCHAINS",
    "BuildError",
    "Toolchain",
    "build_binary",
    "build_plugin",
    "find_toolchain",
    "sdk_folder",
]
