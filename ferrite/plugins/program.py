"""Program: a plugin's module and manifest, read and checked, before anything of it has run.

Rule: pure and thread-safe; a worker thread makes it. Whatever can be found wrong without running
the guest is found here, so that nothing half loaded is ever seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ferrite.permissions import Grant, Right
from ferrite.plugins import assemblyscript, host_api
from ferrite.plugins.exports import (
    INITIALIZE,
    START,
    Entry,
    EntryKind,
    find_entries,
    find_hook_entries,
    find_method_entries,
    function_exports,
    manifest_of_exports,
)
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.manifest import SECTION_NAME, Manifest, parse_manifest, parse_version
from ferrite.state import FERRITE_VERSION
from wasi import CALLS
from wasi import MODULE as WASI_MODULE
from wasm_vm import (
    I64,
    ExternKind,
    FunctionType,
    Limits,
    MemoryType,
    Module,
    ValidModule,
    WasmError,
    load,
)

if TYPE_CHECKING:
    from ferrite.plugins.functions.shape import Shape

NAMES_SHOWN = 8


class LoadError(Exception):
    """A plugin cannot be loaded; the text says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class ManifestText:
    """A manifest that was found: its text, and what messages call it."""

    text: str
    name: str


@dataclass(frozen=True, slots=True)
class Program:
    """Everything about a plugin that does not change while it is loaded."""

    name: str
    """Its load name, by which it is managed."""
    manifest: Manifest
    module: ValidModule
    entries: dict[str, Entry]
    """The entry of each command, by the command's name."""
    hook_entries: tuple[Entry, ...]
    """The entry of each hook, in the manifest's order."""
    methods: dict[tuple[EntryKind, int, str], Entry]
    """The entries of transformers, storage backends and data types."""
    exports: frozenset[str]
    """Names of the exported functions."""
    source: str
    """A path, or "BASE64"."""
    sha256: str
    shape: Shape | None = None
    """What a function takes and gives; None for a plugin."""

    @property
    def is_per_call(self) -> bool:
        """Whether each call is to find the guest as it was after its start."""
        return self.manifest.ferrite.instance == "per-call"

    @property
    def start_export(self) -> str:
        """The function that runs when an instance is made; "" for none."""
        if self.manifest.ferrite.start == "none":
            return ""
        return next((name for name in (INITIALIZE, START) if name in self.exports), "")


def make_program(
    name: str, binary: bytes, source: str, manifest: ManifestText | None, limits: Limits
) -> Program:
    """Decode, validate and check a plugin. Raises LoadError."""
    module = read_module(binary, source, limits)
    exports = function_exports(module.module)
    try:
        found = _read_manifest(name, module.module, exports, manifest)
        check_supported(found)
        entries = find_entries(found, exports)
        hooks = find_hook_entries(found, exports)
        methods = find_method_entries(found, exports)
    except ValueError as error:
        raise LoadError(str(error)) from error
    check_imports(module.module)
    check_memory(module.module)
    digest = hashlib.sha256(binary).hexdigest()
    return Program(name, found, module, entries, hooks, methods, frozenset(exports), source, digest)


def read_module(binary: bytes, source: str, limits: Limits) -> ValidModule:
    """Decode and validate. Raises LoadError."""
    if len(binary) > LIMITS.module_bytes_max:
        raise LoadError(f"the module has more than {LIMITS.module_bytes_max} bytes")
    try:
        return load(binary, limits=limits)
    except WasmError as error:
        raise LoadError(f"{source}: {type(error).__name__.lower()} module: {error}") from error


def _read_manifest(
    name: str, module: Module, exports: dict[str, FunctionType], given: ManifestText | None
) -> Manifest:
    if given is None:
        section = module.custom(SECTION_NAME)
        if section is None:
            return manifest_of_exports(name, exports)
        given = ManifestText(decode_text(section, SECTION_NAME), f"section {SECTION_NAME}")
    return parse_manifest(given.text, given.name)


def decode_text(data: bytes, name: str) -> str:
    """A manifest's bytes as text. Raises ValueError for too many, and for what is no UTF-8."""
    if len(data) > LIMITS.manifest_bytes_max:
        raise ValueError(f"{name}: a manifest may have {LIMITS.manifest_bytes_max} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{name}: is no UTF-8 text (byte {error.start})") from error


def check_supported(manifest: Manifest) -> None:
    """Raises ValueError naming what this server cannot serve."""
    readable = Grant(manifest.permissions).paths(Right.FILESYSTEM_READ)
    for index, permission in enumerate(manifest.permissions):
        right = permission.right
        if right.resource == "filesystem" and not permission.paths:
            raise manifest.problem(("permissions", index), f"{right.value} needs paths")
        for path in permission.paths if right is Right.FILESYSTEM_WRITE else ():
            if path not in readable:
                what = f"{right.value} of {path} needs {Right.FILESYSTEM_READ.value} of it"
                raise manifest.problem(("permissions", index), what)
    wanted = manifest.ferrite.min_version
    if parse_version(wanted) > parse_version(FERRITE_VERSION):
        what = f"is {wanted}, newer than this server ({FERRITE_VERSION})"
        raise manifest.problem(("package", "ferrite", "min_version"), what)


def check_imports(
    module: Module, older: Callable[[str, str], FunctionType | None] = lambda _module, _name: None
) -> None:
    """Raises LoadError naming every import this server does not offer, or offers otherwise.

    `older` gives the type of an import that is offered besides.
    """
    offered = {
        host_api.MODULE: host_api.FUNCTIONS.keys(),
        WASI_MODULE: CALLS.keys(),
        assemblyscript.MODULE: assemblyscript.NAMES,
    }
    unknown = [
        f"{entry.module}.{entry.name}"
        for entry in module.imports
        if entry.kind is not ExternKind.FUNCTION
        or (
            entry.name not in offered.get(entry.module, ())
            and older(entry.module, entry.name) is None
        )
    ]
    if unknown:
        raise LoadError(f"unknown import {_shown(unknown)}; offered are {_shown(offered)}")
    for entry in module.imported(ExternKind.FUNCTION):
        call = host_api.FUNCTIONS.get(entry.name) if entry.module == host_api.MODULE else None
        wanted = older(entry.module, entry.name) if call is None else call.type
        if wanted is not None and isinstance(entry.description, int):
            found = module.function_type(entry.description)
            if found != wanted:
                name = f"{entry.module}.{entry.name}"
                raise LoadError(f"import {name} has type {found}, and should have {wanted}")


def check_memory(module: Module) -> None:
    """Raises LoadError for a 64-bit memory, which host functions could not reach into, and when
    host functions are imported and no memory is exported for them."""
    imported = [entry.description for entry in module.imported(ExternKind.MEMORY)]
    for memory in (*imported, *module.memories):
        if isinstance(memory, MemoryType) and memory.address is I64:
            raise LoadError("the module has a 64-bit memory (memory64): a plugin's has 32 bits")
    exported = any(e.name == "memory" and e.kind is ExternKind.MEMORY for e in module.exports)
    if not exported and module.imports:
        raise LoadError("the module exports no memory named 'memory'")


def _shown(names: Iterable[str]) -> str:
    names = list(names)
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
