"""What a plugin is before anything of it runs: PLUGIN.INSPECT and PLUGIN.LOAD .. DRYRUN.

Rule: read from the module's imports and exports, the manifest and the grant alone. A right is used
when an imported function needs it; where a function's arguments decide (`call`, `http`), those of
its possible rights count that the manifest asks for.
"""

from __future__ import annotations

from collections.abc import Iterable

import wasi
from ferrite.permissions import Grant, Right
from ferrite.plugins import host_api
from ferrite.plugins.functions import older_imports
from ferrite.plugins.manifest import Manifest
from ferrite.plugins.program import Program
from ferrite.plugins.rights import Rights
from ferrite.protocol.replies import Reply
from wasm_vm import ExternKind

SYSTEM_CALLS = {
    "clock_time_get": Right.SYSTEM_TIME,
    "poll_oneoff": Right.SYSTEM_TIME,
    "random_get": Right.SYSTEM_RANDOM,
    "environ_get": Right.SYSTEM_ENV,
    "path_open": Right.FILESYSTEM_READ,
}
"""Rights that system calls need for more than a substitute."""


def inspect(program: Program, rights: Rights, running: Program | None) -> dict[bytes, Reply]:
    """Everything that is known of a program, and what it changes where one of its name runs."""
    manifest, module = program.manifest, program.module.module
    used = rights_used(program, rights.asked)
    asked = [right for right in Right if rights.asked.allows(right)]
    imports = [f"{entry.module}.{entry.name}" for entry in module.imports]
    exports = [e.name for e in module.exports if e.kind is ExternKind.FUNCTION]
    found: dict[bytes, Reply] = {
        b"name": _bytes(program.name),
        b"package": _bytes(manifest.package.name),
        b"version": _bytes(manifest.package.version),
        b"sha256": program.sha256.encode(),
        b"source": _bytes(program.source),
        b"imports": _all(imports),
        b"exports": _all(exports),
        b"commands": _all(table.name for table in manifest.commands),
        b"hooks": _all(hook.event for hook in manifest.hooks),
        b"data_types": _all(table.name for table in manifest.data_types),
        b"permissions_asked": _all(rights.asked.describe()),
        b"permissions_granted": _all(rights.effective.describe()),
        b"permissions_used": _names(used),
        b"permissions_unused": _names(right for right in asked if right not in used),
        b"permissions_missing": _names(r for r in used if not rights.effective.allows(r)),
    }
    if running is not None:
        found[b"changes"] = _all(changes(running, program))
    return found


def rights_used(program: Program, asked: Grant) -> list[Right]:
    """The rights that the imported functions need, in the order of Right."""
    used: set[Right] = set()
    for entry in program.module.module.imports:
        call = host_api.FUNCTIONS.get(entry.name) if entry.module == host_api.MODULE else None
        if call is not None:
            used.update(call.needs)
            used.update(right for right in call.may_need if asked.allows(right))
        elif program.shape is not None and entry.module in older_imports.NAMES:
            used.update(older_imports.rights_of(entry.module, entry.name))
        elif entry.module == wasi.MODULE and entry.name in SYSTEM_CALLS:
            right = SYSTEM_CALLS[entry.name]
            used.update({right} if asked.allows(right) else ())
    return [right for right in Right if right in used]


def changes(old: Program, new: Program) -> list[str]:
    """How one program differs from another: "+" for what is new, "-" for what is gone."""
    lines = []
    before, after = old.manifest.package.version, new.manifest.package.version
    if before != after:
        lines.append(f"version {before} -> {after}")
    if old.sha256 != new.sha256:
        lines.append("the module's bytes")
    for what, names in (("command", _commands), ("hook", _hooks), ("permission", _permissions)):
        gone, come = (
            [name for name in names(one.manifest) if name not in names(other.manifest)]
            for one, other in ((old, new), (new, old))
        )
        lines += [f"+{what} {name}" for name in come] + [f"-{what} {name}" for name in gone]
    return lines


def _commands(manifest: Manifest) -> list[str]:
    return [table.name for table in manifest.commands]


def _hooks(manifest: Manifest) -> list[str]:
    return [f"{hook.event} {hook.filter}".rstrip() for hook in manifest.hooks]


def _permissions(manifest: Manifest) -> list[str]:
    return Grant(manifest.permissions).describe()


def _names(rights: Iterable[Right]) -> list[bytes]:
    return [right.value.encode() for right in rights]


def _all(texts: Iterable[str]) -> list[bytes]:
    return [_bytes(text) for text in texts]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
