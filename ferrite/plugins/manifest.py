"""plugin.toml: what a plugin is and offers, and what it asks to be allowed.

Rule: a manifest is read whole and strictly, also where this server does not serve what it declares;
whether it does is the manager's question. What contradicts itself is an error here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ferrite.hooks import COMMAND_EVENTS, KEY_EVENTS, Event
from ferrite.options import Integer
from ferrite.permissions import Permission, Right
from ferrite.plugins.schema import (
    COMMAND_NAME,
    COUNT,
    EXPORT_NAME,
    FLAG,
    IDENTIFIER,
    TEXT,
    TEXTS,
    VERSION,
    OneOf,
    Several,
    read_table,
    read_tables,
)
from ferrite.plugins.schema import key as _key
from ferrite.toml_source import TomlSource

SECTION_NAME = "ferrite-manifest"
"""The custom section that holds a manifest's text, so that one file is a whole plugin."""
FILE_NAME = "plugin.toml"
ABI_VERSION = 1

COMMAND_FLAGS = (
    *("read", "write", "admin", "readonly", "denyoom", "loading", "stale", "fast", "slow"),
)
EVENTS = tuple(event.value for event in Event)
_SIGNED = Integer(-(2**31), 2**31 - 1)
_ACTIONS = tuple(dict.fromkeys(right.action for right in Right))
_RESOURCES = tuple(dict.fromkeys(right.resource for right in Right))


@dataclass(frozen=True, kw_only=True)
class FerriteTable:
    """[package.ferrite]: what the plugin expects of the server."""

    min_version: str = _key(VERSION, "Oldest server version it runs on.", "0.0.0")
    start: str = _key(
        OneOf(words=("auto", "none")),
        'What starts it: "auto" calls _initialize or else _start, "none" neither.',
        "auto",
    )
    abi: int = _key(Integer(ABI_VERSION, ABI_VERSION), "Version of the plugin ABI.", ABI_VERSION)
    instance: str = _key(
        OneOf(words=("persistent", "per-call")),
        'Whether its memory lives from call to call. With "per-call" each call, that of '
        "ferrite_on_load too, finds the guest as its start has left it.",
        "persistent",
    )
    on_failure: str = _key(
        OneOf(words=("closed", "open", "reload")), "What a failing hook does.", "closed"
    )


@dataclass(frozen=True, kw_only=True)
class Package:
    """[package]: what the plugin is."""

    name: str = _key(IDENTIFIER, "Its name.")
    version: str = _key(VERSION, "Its version.", "0.0.0")
    description: str = _key(TEXT, "What it is for.", "")
    author: str = _key(TEXT, "Who wrote it.", "")
    license: str = _key(TEXT, "Under which licence.", "")
    homepage: str = _key(TEXT, "Where to read more.", "")


@dataclass(frozen=True, kw_only=True)
class CommandTable:
    """[[commands]]: one command that clients may call."""

    name: str = _key(COMMAND_NAME, "Its name.")
    description: str = _key(TEXT, "What it does.", "")
    min_args: int | None = _key(COUNT, "Fewest arguments, the name excluded.", None)
    max_args: int | None = _key(COUNT, "Most arguments, the name excluded.", None)
    arity: int | None = _key(
        _SIGNED, "Arguments with the name, as COMMAND INFO has it; negative for a minimum.", None
    )
    flags: tuple[str, ...] = _key(Several(OneOf(words=COMMAND_FLAGS)), "What it is.", ())
    acl_categories: tuple[str, ...] = _key(TEXTS, "ACL categories it belongs to.", ())
    export: str = _key(EXPORT_NAME, "The function that answers it.", "")
    first_key: int = _key(COUNT, "Position of its first key; 0 for none.", 0)
    last_key: int = _key(_SIGNED, "Position of its last key; negative from the end.", 0)
    step: int = _key(COUNT, "Distance from one key to the next.", 0)
    complexity: str = _key(TEXT, "Its time complexity.", "")
    since: str = _key(TEXT, "The version that brought it.", "")
    tips: tuple[str, ...] = _key(TEXTS, "Hints for clients and proxies.", ())
    timeout_ms: int | None = _key(Integer(1), "Longest wall-clock time of a call.", None)

    @property
    def count_min(self) -> int:
        """Fewest items of a request, the name included."""
        if self.arity is not None:
            return abs(self.arity)
        return 1 + (self.min_args or 0)

    @property
    def count_max(self) -> int | None:
        """Most items of a request, the name included; None for any number."""
        if self.max_args is not None:
            return 1 + self.max_args
        return self.arity if self.arity is not None and self.arity > 0 else None


@dataclass(frozen=True, kw_only=True)
class DataTypeTable:
    """[[data_types]]: a type of value of the plugin's own."""

    name: str = _key(IDENTIFIER, "What TYPE answers.")
    description: str = _key(TEXT, "What it is.", "")
    encoding: str = _key(TEXT, "What OBJECT ENCODING answers.", "")
    version: int = _key(COUNT, "Version of its bytes.", 0)
    commands: tuple[str, ...] = _key(TEXTS, "Commands that work on it.", ())


@dataclass(frozen=True, kw_only=True)
class HookTable:
    """[[hooks]]: an event the plugin joins in."""

    event: str = _key(OneOf(words=EVENTS), "Which event.")
    priority: int = _key(_SIGNED, "Lower runs first.", 0)
    filter: str = _key(TEXT, "Command glob, @category or key glob it is for.", "")


@dataclass(frozen=True, kw_only=True)
class PermissionTable:
    """[[permissions]]: a right the plugin asks for."""

    resource: str = _key(OneOf(words=_RESOURCES), "On what.")
    action: str = _key(OneOf(words=_ACTIONS), "To do what.")
    keys: tuple[str, ...] = _key(TEXTS, "Key patterns; `!` denies.", ())
    hosts: tuple[str, ...] = _key(TEXTS, "Hosts, as name or name:port.", ())
    paths: tuple[str, ...] = _key(TEXTS, "Directories.", ())


@dataclass(frozen=True, kw_only=True)
class DependencyTable:
    """[[dependencies]]: another plugin this one needs."""

    name: str = _key(IDENTIFIER, "Its load name or package name.")
    version: str = _key(TEXT, "Versions that do, as Cargo writes them.", "*")
    optional: bool = _key(FLAG, "Whether it may be missing.", False)


@dataclass(frozen=True, kw_only=True)
class TransformerTable:
    """[[transformers]]: rewrites values on their way in or out."""

    name: str = _key(IDENTIFIER, "Its name; exports NAME_in and NAME_out.")
    keys: tuple[str, ...] = _key(TEXTS, "Key patterns it is for.", ())
    direction: str = _key(OneOf(words=("in", "out", "both")), "Which way.", "both")
    priority: int = _key(_SIGNED, "Lower runs first.", 0)


@dataclass(frozen=True, kw_only=True)
class StorageBackendTable:
    """[[storage_backends]]: serves the keys of a prefix."""

    name: str = _key(IDENTIFIER, "Its name; exports NAME_get, NAME_set and so on.")
    prefix: str = _key(TEXT, "Prefix of the keys it serves.")


_ARRAYS: dict[str, type[Any]] = {
    "commands": CommandTable,
    "data_types": DataTypeTable,
    "hooks": HookTable,
    "permissions": PermissionTable,
    "dependencies": DependencyTable,
    "transformers": TransformerTable,
    "storage_backends": StorageBackendTable,
}


@dataclass(frozen=True)
class Manifest:
    """A whole manifest."""

    package: Package
    ferrite: FerriteTable = field(default_factory=FerriteTable)
    commands: tuple[CommandTable, ...] = ()
    data_types: tuple[DataTypeTable, ...] = ()
    hooks: tuple[HookTable, ...] = ()
    permissions: tuple[Permission, ...] = ()
    dependencies: tuple[DependencyTable, ...] = ()
    transformers: tuple[TransformerTable, ...] = ()
    storage_backends: tuple[StorageBackendTable, ...] = ()
    source: TomlSource | None = None
    """Where it was read from, for later errors about its keys; None for an implied one."""

    def problem(self, place: tuple[str | int, ...], what: str) -> ValueError:
        """An error about a key of this manifest."""
        if self.source is None:
            return ValueError(f"manifest: {place[0]} {what}")
        return self.source.problem(place, what)


def parse_manifest(text: str, name: str) -> Manifest:
    """Read a plugin.toml; `name` is what messages call it.

    Raises ValueError that names file, line and key.
    """
    source = TomlSource(text, name)
    data = source.data
    for unknown in data.keys() - {"package", *_ARRAYS}:
        known = ", ".join(("package", *_ARRAYS))
        raise source.problem((unknown,), f"is no known table (known are {known})")
    if "package" not in data:
        raise ValueError(f"{name}: needs a table [package]")
    package = data["package"]
    if not isinstance(package, dict):
        raise source.problem(("package",), "must be a table")
    ferrite = package.pop("ferrite", {})
    arrays = {array: read_tables(source, array, kind) for array, kind in _ARRAYS.items()}
    _check_commands(source, arrays["commands"])
    for index, hook in enumerate(arrays["hooks"]):
        if hook.filter and Event(hook.event) not in COMMAND_EVENTS | KEY_EVENTS:
            raise source.problem(("hooks", index, "filter"), f"means nothing to {hook.event}")
    arrays["permissions"] = tuple(
        _permission(source, index, table) for index, table in enumerate(arrays["permissions"])
    )
    return Manifest(
        package=read_table(source, ("package",), package, Package),
        ferrite=read_table(source, ("package", "ferrite"), ferrite, FerriteTable),
        source=source,
        **arrays,
    )


def implied_manifest(name: str, commands: tuple[CommandTable, ...]) -> Manifest:
    """For a module that brings none: its own exports as commands, and no permissions."""
    return Manifest(Package(name=name), commands=commands)


def parse_version(text: str) -> tuple[int, int, int]:
    """The three numbers of a version; what follows a `-` or `+` does not count."""
    major, minor, patch = text.replace("-", "+").partition("+")[0].split(".")
    return int(major), int(minor), int(patch)


def _check_commands(source: TomlSource, commands: tuple[CommandTable, ...]) -> None:
    seen: set[str] = set()
    for index, command in enumerate(commands):
        place = ("commands", index)
        if command.name.upper() in seen:
            raise source.problem((*place, "name"), f"{command.name!r} is declared twice")
        seen.add(command.name.upper())
        _check_arity(source, place, command)
        if "write" in command.flags and "readonly" in command.flags:
            raise source.problem((*place, "flags"), "has both write and readonly")
        if "fast" in command.flags and "slow" in command.flags:
            raise source.problem((*place, "flags"), "has both fast and slow")
        for name in ("last_key", "step"):
            if getattr(command, name) and not command.first_key:
                raise source.problem((*place, name), "means nothing without first_key")


def _check_arity(source: TomlSource, place: tuple[str, int], command: CommandTable) -> None:
    low, high = command.min_args, command.max_args
    if low is not None and high is not None and low > high:
        raise source.problem((*place, "max_args"), f"is {high}, less than min_args = {low}")
    arity = command.arity
    if arity is None:
        return
    if arity == 0:
        raise source.problem((*place, "arity"), "counts the command's name and cannot be 0")
    fixed = arity - 1 if arity > 0 else None
    if low not in (None, abs(arity) - 1) or (fixed is not None and high not in (None, fixed)):
        raise source.problem((*place, "arity"), f"is {arity}, which min_args and max_args deny")
    if high is not None and high < abs(arity) - 1:
        raise source.problem((*place, "arity"), f"is {arity}, more than max_args = {high}")


_NARROWED_BY = {"storage": "keys", "network": "hosts", "filesystem": "paths"}


def _permission(source: TomlSource, index: int, table: PermissionTable) -> Permission:
    place = ("permissions", index)
    spelling = f"{table.resource}.{table.action}"
    try:
        right = Right(spelling)
    except ValueError:
        actions = ", ".join(r.action for r in Right if r.resource == table.resource)
        what = f"{table.action!r} is none of {table.resource} (known are {actions})"
        raise source.problem((*place, "action"), what) from None
    for name in ("keys", "hosts", "paths"):
        if getattr(table, name) and _NARROWED_BY.get(table.resource) != name:
            raise source.problem((*place, name), f"does not belong to {table.resource}")
    try:
        return Permission(right, table.keys, table.hosts, table.paths)
    except ValueError as error:
        raise source.problem((*place, "keys"), str(error)) from error
