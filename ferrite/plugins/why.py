"""PLUGIN.WHY: one decision about rights, step by step.

Rule: the steps are those that a host call takes, asked of the same objects in the same order
(`HostContext.require` and `require_key`); the first "no" is what refuses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ferrite.access.selector import Access, Reason
from ferrite.access.user import User
from ferrite.permissions import WRITING, Grant, Right
from ferrite.plugins.plugin import Plugin
from ferrite.plugins.rights import Rights
from ferrite.state import ServerState

CALLING = {"WASM.CALL": True, "WASM.CALL_RO": False}
"""The commands that functions are called by, and whether they may write."""


@dataclass(frozen=True, slots=True)
class Step:
    """One question and its answer."""

    holds: bool
    text: str

    def __str__(self) -> str:
        """The step as a line."""
        return f"{'yes' if self.holds else 'no'}: {self.text}"


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a plugin may do something to a key for a user, and why."""

    right: Right
    steps: tuple[Step, ...]

    @property
    def allowed(self) -> bool:
        """Whether every step holds."""
        return all(step.holds for step in self.steps)


def decide(
    state: ServerState, plugin: Plugin, user: User | None, command: str, key: bytes
) -> list[Decision]:
    """The decisions about reading, writing and deleting a key while a command of the plugin runs.

    `user` is None for an unknown one.
    """
    rights = (Right.STORAGE_READ, Right.STORAGE_WRITE, Right.STORAGE_DELETE)
    first = (_state_step(plugin), *_command_steps(state, plugin, user, command, key))
    shown = key[:128].decode("utf-8", "backslashreplace")
    return [
        Decision(
            right,
            (
                *first,
                *_grant_steps(plugin, right, key, shown),
                *_flag_step(plugin, right, command),
                *_key_step(user, right, key, shown),
            ),
        )
        for right in rights
    ]


def _state_step(plugin: Plugin) -> Step:
    return Step(plugin.enabled, f"{plugin.title} is {plugin.state.value}")


def _command_steps(
    state: ServerState, plugin: Plugin, user: User | None, command: str, key: bytes
) -> Iterator[Step]:
    found = state.registry.get(command)
    own = found is not None and found in plugin.commands
    if plugin.is_function:
        own = command.upper() in CALLING
    what = "is one" if own else "is none"
    yield Step(own, f"{command.upper()} {what} of the commands of {plugin.title}")
    if user is None:
        yield Step(False, "there is no such user")
        return
    name = user.name.decode("utf-8", "backslashreplace")
    yield Step(user.enabled, f"user '{name}' is {'on' if user.enabled else 'off'}")
    if found is not None:
        denial = user.denial(found, [command.encode(), key])
        may = denial is None or denial.reason is not Reason.COMMAND
        yield Step(may, f"user '{name}' may {'' if may else 'not '}run {command.upper()}")


def _grant_steps(plugin: Plugin, right: Right, key: bytes, shown: str) -> Iterator[Step]:
    rights: Rights = plugin.version.rights
    asker = "PERMISSIONS asks for" if plugin.is_function else "the manifest asks for"
    yield _reach(asker, rights.asked, right, key, shown)
    if rights.given is None:
        yield Step(True, "no grant of the operator narrows what the manifest asks")
    else:
        yield _reach(f"{rights.given_by} gives", rights.given, right, key, shown)
    most = ", ".join(rights.most)
    kept = Grant(entry for r in Right for entry in rights.asked.entries(r)).narrowed(rights.most)
    within = kept.allows(right) or not rights.asked.allows(right)
    yield Step(within, f"default_grant is {most or 'nothing'}")


def _reach(who: str, grant: Grant, right: Right, key: bytes, shown: str) -> Step:
    if not grant.allows(right):
        return Step(False, f"{who} {right.value}")
    texts = [" ".join(entry.narrowings) or "every key" for entry in grant.entries(right)]
    reached = grant.reaches(right, key)
    verb = "reaches" if reached else "does not reach"
    return Step(reached, f"{who} {right.value} for {' and '.join(texts)}, which {verb} '{shown}'")


def _flag_step(plugin: Plugin, right: Right, command: str) -> Iterator[Step]:
    if right in WRITING and plugin.is_function:
        terms = plugin.version.files.function
        writes = CALLING.get(command.upper(), False) and not (terms and terms.read_only)
        yield Step(writes, f"{command.upper()} may {'' if writes else 'not '}write with it")
    elif right in WRITING:
        tables = plugin.program.manifest.commands
        table = next((t for t in tables if t.name.lower() == command.lower()), None)
        writes = table is not None and "write" in table.flags
        yield Step(writes, f"the command has {'the' if writes else 'no'} flag write")


def _key_step(user: User | None, right: Right, key: bytes, shown: str) -> Iterator[Step]:
    if user is not None:
        access = Access.WRITE if right in WRITING else Access.READ
        may = user.unrestricted or user.may_access_key(key, access)
        name = user.name.decode("utf-8", "backslashreplace")
        yield Step(
            may, f"user '{name}' may {'' if may else 'not '}{right.action} the key '{shown}'"
        )
