"""The arguments of PLUGIN.LOAD and PLUGIN.RELOAD: a source, and options in any order.

Rule: GRANT takes every word behind it up to the next option, so it needs no count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ferrite.commands.arguments import Argument, Grammar
from ferrite.errors import CommandError
from ferrite.permissions import Grant, grant_from_words
from ferrite.plugins.management.support import refused, text
from ferrite.plugins.program import LoadError
from ferrite.plugins.sources import INLINE, URL_SCHEMES, PluginSource

MANIFEST, SHA256, GRANT, DRYRUN = "MANIFEST", "SHA256", "GRANT", "DRYRUN"
OPTIONS = (MANIFEST, SHA256, GRANT, DRYRUN)
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")

_SOURCE = (
    Argument("path-or-url", "string"),
    Argument("data", "string", INLINE),
)
_REST = (
    Argument("manifest-path", "string", MANIFEST, optional=True),
    Argument("digest", "string", SHA256, optional=True),
    Argument("right", "string", GRANT, optional=True, multiple=True),
)
LOAD = Grammar(
    Argument("source", "oneof", arguments=_SOURCE),
    *_REST,
    Argument(DRYRUN.lower(), "pure-token", DRYRUN, optional=True),
)
RELOAD = Grammar(Argument("source", "oneof", arguments=_SOURCE, optional=True), *_REST)
INSPECT = Grammar(
    Argument("source", "oneof", arguments=_SOURCE, optional=True),
    Argument("manifest-path", "string", MANIFEST, optional=True),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the words ask for."""

    source: PluginSource | None
    manifest: str | None = None
    grant: Grant | None = None
    pin: str = ""
    dry_run: bool = False


def read_wanted(name: str, words: Sequence[bytes]) -> Wanted:
    """What stands behind a plugin's name. Raises CommandError."""
    rest = list(words)
    source = _source(name, rest)
    given: dict[str, list[str]] = {}
    while rest:
        option = text(rest.pop(0)).upper()
        if option not in OPTIONS or option in given:
            raise CommandError.syntax()
        given[option] = []
        while rest and text(rest[0]).upper() not in OPTIONS:
            if option == DRYRUN or (option != GRANT and given[option]):
                raise CommandError.syntax()
            given[option].append(text(rest.pop(0)))
        if option != DRYRUN and not given[option]:
            raise CommandError.syntax()
    return Wanted(
        source,
        given[MANIFEST][0] if MANIFEST in given else None,
        _grant(name, given[GRANT]) if GRANT in given else None,
        _digest(name, given[SHA256][0]) if SHA256 in given else "",
        DRYRUN in given,
    )


def _source(name: str, rest: list[bytes]) -> PluginSource | None:
    """Take the source off the head of the words; None where an option stands there."""
    if not rest or text(rest[0]).upper() in OPTIONS:
        return None
    first = text(rest.pop(0))
    if first.upper() == INLINE:
        if not rest:
            raise CommandError.syntax()
        try:
            return PluginSource.base64(rest.pop(0))
        except LoadError as error:
            raise refused(name, error) from error
    if first.lower().startswith(URL_SCHEMES):
        return PluginSource.url(first)
    return PluginSource.file(first)


def _grant(name: str, words: list[str]) -> Grant:
    try:
        return grant_from_words(words)
    except ValueError as error:
        raise CommandError(f"ERR plugin '{name}': GRANT: {error}") from error


def _digest(name: str, digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise CommandError(f"ERR plugin '{name}': SHA256 takes 64 hexadecimal digits")
    return digest.lower()
