"""The arrows of the architecture: who may import whom.

stdlib only <- wasm_vm <- wasi <- ferrite.plugins <- ferrite.app, and finer ones inside of the
packages. An import below `if TYPE_CHECKING` names a type and runs nothing: it is no arrow between
the parts of one package, and it is one between packages.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.sources import PACKAGES, python_files, read

PACKAGE_ARROWS = {
    "wasm_vm": set(),
    "wasi": {"wasm_vm"},
    "ferrite": {"wasm_vm", "wasi"},
}
STANDARD_LIBRARY_ONLY = ("wasm_vm", "wasi")

_NUMBERS = {"errors", "types", "limits"}
_MODULE = {*_NUMBERS, "numeric", "vectors", "instructions"}
_PHASE = {*_MODULE, "module", "matching"}
_RUNTIME = {*_PHASE, "validation"}
_ENGINE = {*_RUNTIME, "runtime"}
_TOP = {*_ENGINE, "binary", "interpreter", "compiler", "host", "engines"}

WASM_VM = {
    "errors": set(),
    "types": set(),
    "limits": set(),
    "numeric": _NUMBERS,
    "vectors": {*_NUMBERS, "numeric"},
    "instructions": {*_NUMBERS, "numeric", "vectors"},
    "matching": {"types"},
    "module": _MODULE,
    "binary": _PHASE,
    "validation": _PHASE,
    "runtime": _RUNTIME,
    "interpreter": _ENGINE,
    "compiler": _ENGINE,
    "host": _ENGINE,
    "engines": {*_ENGINE, "binary", "interpreter", "compiler"},
    "commands": _TOP,
    "document": _TOP,
    "cli": {*_TOP, "commands"},
    "__init__": _TOP,
    "__main__": {"cli"},
}

_BASE = {"errors", "limits"}
_DATA = {
    *_BASE,
    "protocol",
    "keyspace",
    "options",
    "memory_options",
    "toml_source",
    "redis_conf",
    "option_tables",
    "plugin_options",
    "config",
    "config_rewrite",
    "pending",
    "persistence",
}
_STATE = {*_DATA, "access", "permissions", "hooks", "turn", "blocked"}
_SESSION = {*_DATA, "session"}
_PARTS = {
    "client_memory", "eviction", "latency", "memory", "monitors", "notifications", "pause",
    "propagation", "pubsub", "session", "slow_log", "stats", "tracking", "transaction", "usage",
    "watches",
}  # fmt: skip
_COMMANDS = {*_STATE, *_PARTS, "state", "execution", "replay"}
_DISPATCH = {*_COMMANDS, "commands"}

FERRITE = {
    "__init__": set(),
    "errors": set(),
    "limits": set(),
    "toml_source": set(),
    "protocol": _BASE,
    "native": {*_BASE, "protocol"},
    "keyspace": _BASE,
    "options": {*_BASE, "keyspace"},
    "persistence": {*_BASE, "keyspace", "protocol"},
    "propagation": {"keyspace", "persistence", "protocol"},
    "persistence_options": {*_BASE, "options"},
    "replay": {*_DATA, "session", "state"},
    "redis_conf": {*_BASE, "options", "protocol"},
    "memory_options": {"options"},
    "operation_options": {"options"},
    "option_tables": {"options", "toml_source"},
    "plugin_options": {*_BASE, "option_tables", "options", "permissions", "toml_source"},
    "config": {
        *_BASE,
        "memory_options",
        "operation_options",
        "option_tables",
        "options",
        "permissions",
        "persistence_options",
        "plugin_options",
        "redis_conf",
        "toml_source",
    },
    "config_rewrite": {*_BASE, "config", "options", "protocol", "redis_conf"},
    "pending": {*_BASE, "protocol"},
    "blocked": {*_BASE, "protocol", "keyspace", "pending"},
    "permissions": {*_BASE, "keyspace"},
    "access": {*_BASE, "keyspace", "protocol"},
    "hooks": _BASE,
    "turn": {*_BASE, "protocol", "pending", "config"},
    "session": _STATE,
    "transaction": set(),
    "stats": set(),
    "usage": set(),
    "latency": set(),
    "watches": _DATA,
    "notifications": _DATA,
    "pause": {*_DATA, "turn"},
    "monitors": _SESSION,
    "slow_log": _SESSION,
    "pubsub": _SESSION,
    "tracking": _SESSION,
    "eviction": {"keyspace"},
    "client_memory": {*_SESSION, "watches"},
    "memory": {*_SESSION, "client_memory", "eviction", "tracking"},
    "state": {*_STATE, *_PARTS},
    "execution": {*_STATE, *_PARTS, "state"},
    "commands": _COMMANDS,
    "dispatch": _DISPATCH,
    "server": {*_DISPATCH, "dispatch", "native"},
    "plugins": {*_DISPATCH, "dispatch", "native", "client"},
    "client": {*_BASE, "protocol"},
    "logs": set(),
    "metrics": _DISPATCH,
    "app": {*_DISPATCH, "dispatch", "server", "native", "plugins", "metrics", "replay"},
    "__main__": {*_BASE, "config", "app", "logs", "plugins", "client"},
}
AREAS = {"wasm_vm": WASM_VM, "ferrite": FERRITE}

SEES_WEBASSEMBLY = {"plugins", "app"}
SEES_PLUGINS = {"app", "plugins", "__main__"}
"""`__main__` hands the command line of `ferrite plugin ...` over; the server's parts never look."""

IO_MODULES = {
    "asyncio", "io", "os", "pathlib", "random", "select", "selectors", "signal", "socket", "ssl",
    "subprocess", "sys", "tempfile", "threading", "time", "uvloop",
}  # fmt: skip
WITHOUT_IO = {("ferrite", "protocol"): IO_MODULES, ("ferrite", "commands"): {"asyncio", "socket"}}


class Use(NamedTuple):
    """An import: the module named, and whether it is for annotations only."""

    module: str
    types_only: bool


def uses(path: Path) -> Iterator[Use]:
    """All imports of a file, those inside of functions included."""
    yield from _uses(ast.parse(read(path)), False)


def _uses(node: ast.AST, types_only: bool) -> Iterator[Use]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Use(alias.name, types_only)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute"
            for alias in child.names:
                yield Use(f"{child.module}.{alias.name}", types_only)
        else:
            guarded = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            yield from _uses(child, types_only or guarded)


def module_of(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def existing(module: str) -> str:
    """The module that an imported name is or lies in."""
    known = {module_of(path) for path in python_files(*PACKAGES)}
    while module not in known:
        module, _, rest = module.rpartition(".")
        assert rest, "an import of this project names a module that does not exist"
    return module


def area(module: str) -> str:
    """The part of its package that a module belongs to."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


@pytest.mark.parametrize("package", PACKAGES)
def test_packages(package: str) -> None:
    wrong = [
        f"{path} imports {use.module}"
        for path in python_files(package)
        for use in uses(path)
        if (top := use.module.split(".")[0]) in PACKAGES
        and top != package
        and top not in PACKAGE_ARROWS[package]
    ]
    assert not wrong


@pytest.mark.parametrize("package", STANDARD_LIBRARY_ONLY)
def test_the_virtual_machine_needs_the_standard_library_alone(package: str) -> None:
    wrong = [
        f"{path} imports {use.module}"
        for path in python_files(package)
        for use in uses(path)
        if (top := use.module.split(".")[0]) not in sys.stdlib_module_names and top not in PACKAGES
    ]
    assert not wrong


@pytest.mark.parametrize("package", AREAS)
def test_parts_of_a_package(package: str) -> None:
    arrows = AREAS[package]
    wrong = []
    for path in python_files(package):
        own = area(module_of(path))
        assert own in arrows, f"{path}: give {own} its place among the arrows"
        for use in uses(path):
            if use.module.split(".")[0] != package or use.types_only:
                continue
            other = area(existing(use.module))
            if other not in (own, *arrows[own]):
                wrong.append(f"{path} imports {use.module}")
    assert not wrong


def test_who_sees_webassembly_and_plugins() -> None:
    wrong = []
    for path in python_files("ferrite"):
        own = area(module_of(path))
        for use in uses(path):
            webassembly = use.module.split(".")[0] in ("wasm_vm", "wasi")
            if webassembly and own not in SEES_WEBASSEMBLY:
                wrong.append(f"{path} imports {use.module}")
            if use.module.startswith("ferrite.plugins") and own not in SEES_PLUGINS:
                wrong.append(f"{path} imports {use.module}")
    assert not wrong


def test_protocol_and_commands_do_no_io() -> None:
    wrong = [
        f"{path} imports {use.module}"
        for (package, part), forbidden in WITHOUT_IO.items()
        for path in python_files(package)
        if area(module_of(path)) == part
        for use in uses(path)
        if use.module.split(".")[0] in forbidden
    ]
    assert not wrong


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph: dict[str, set[str]] = {}
    for path in python_files(*PACKAGES):
        own = module_of(path)
        targets = {
            existing(use.module)
            for use in uses(path)
            if not use.types_only and use.module.split(".")[0] in PACKAGES
        }
        # What a package re-exports comes from modules that do not import the package itself.
        graph[own] = targets - {own}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_tables_name_nothing_that_is_gone() -> None:
    """A part that is planned may stand in the tables; a misspelt one may not."""
    planned = {"wasm_vm": {"compiler"}, "ferrite": {"hooks"}}
    for package, arrows in AREAS.items():
        present = {area(module_of(path)) for path in python_files(package)}
        assert set(arrows) - present <= planned[package]
