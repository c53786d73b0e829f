"""The arguments of WASM.*: a module and its terms, keys and arguments of a call.

Rule: options come in any order; PERMISSIONS, COMMANDS and DENY_COMMANDS take every word behind
them up to the next option. Keys of a call stand behind KEYS, up to ARGS, or behind their number as
in FCALL; a key that is the word ARGS needs the second form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ferrite.commands.arguments import Argument, Grammar
from ferrite.errors import CommandError
from ferrite.keyspace.values import parse_integer
from ferrite.permissions import grant_from_words
from ferrite.plugins.bounds import Overrides
from ferrite.plugins.functions.terms import PERMISSIONS_READ_ONLY, Terms
from ferrite.plugins.management.limiting import read_amount
from ferrite.plugins.management.support import text
from ferrite.plugins.sources import PluginSource

PATH, REPLACE, READ_ONLY = "PATH", "REPLACE", "READ_ONLY"
PERMISSIONS, COMMANDS, DENY_COMMANDS = "PERMISSIONS", "COMMANDS", "DENY_COMMANDS"
KEYS, ARGS = b"KEYS", b"ARGS"
_LISTS = (PERMISSIONS, COMMANDS, DENY_COMMANDS)
_LIMITS = {"MAX_MEMORY": "memory_bytes", "TIMEOUT": "timeout_ms", "MAX_FUEL": "fuel"}
_ALONE = (REPLACE, READ_ONLY)
_OPTIONS = (*_ALONE, *_LISTS, *_LIMITS)

_TERMS = (
    Argument(
        "rights",
        "oneof",
        optional=True,
        arguments=(
            Argument("right", "string", PERMISSIONS, multiple=True),
            Argument("read-only", "pure-token", READ_ONLY),
        ),
    ),
    Argument("command", "string", COMMANDS, optional=True, multiple=True),
    Argument("denied-command", "string", DENY_COMMANDS, optional=True, multiple=True),
    Argument("bytes", "string", "MAX_MEMORY", optional=True),
    Argument("timeout-milliseconds", "string", "TIMEOUT", optional=True),
    Argument("units", "integer", "MAX_FUEL", optional=True),
)
_SOURCE = Argument(
    "source",
    "oneof",
    arguments=(Argument("module", "string"), Argument("path", "string", PATH)),
)
_REPLACE = Argument("replace", "pure-token", REPLACE, optional=True)
LOAD = Grammar(_SOURCE, _REPLACE, *_TERMS)
UPDATE = Grammar(_SOURCE, *_TERMS)
DEFINE = Grammar(Argument("text", "string"), _REPLACE, *_TERMS)
CALL = Grammar(
    Argument(
        "arguments",
        "oneof",
        optional=True,
        arguments=(
            Argument(
                "counted",
                "block",
                arguments=(
                    Argument("numkeys", "integer"),
                    Argument("key", "key", optional=True, multiple=True, key_spec=0),
                    Argument("arg", "string", optional=True, multiple=True),
                ),
            ),
            Argument(
                "named",
                "block",
                arguments=(
                    Argument("key", "key", "KEYS", optional=True, multiple=True, key_spec=0),
                    Argument("arg", "string", "ARGS", optional=True, multiple=True),
                ),
            ),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the words behind a function's name ask for."""

    data: bytes = b""
    """The module, or the text of DEFINE."""
    path: Path | None = None
    replace: bool = False
    terms: dict[str, Any] = field(default_factory=dict)
    """Fields of Terms that were given."""
    limits: dict[str, int] = field(default_factory=dict)
    """Fields of Overrides that were given."""

    def source(self, terms: Terms, data: bytes | None = None) -> PluginSource:
        """Where the function comes from, with its terms on top of these."""
        terms = replace(terms, **self.terms)
        return PluginSource(self.path, self.data if data is None else data, function=terms)

    def overrides(self, overrides: Overrides) -> Overrides:
        """The limits on top of these."""
        return overrides.changed(self.limits)


def read_source(words: Sequence[bytes]) -> Wanted:
    """`<bytes>|PATH p`, and options. Raises CommandError; ValueError for a bad option."""
    if not words:
        raise CommandError.syntax()
    if words[0].upper() != PATH.encode():
        return _read_options(Wanted(words[0]), words[1:])
    if len(words) == 1:
        raise CommandError.syntax()
    return _read_options(Wanted(path=Path(text(words[1]))), words[2:])


def read_text(words: Sequence[bytes]) -> Wanted:
    """The text of DEFINE, and options. Raises CommandError; ValueError for a bad option."""
    if not words:
        raise CommandError.syntax()
    return _read_options(Wanted(words[0]), words[1:])


def _read_options(wanted: Wanted, words: Sequence[bytes]) -> Wanted:
    given: dict[str, list[str]] = {}
    rest = [text(word) for word in words]
    while rest:
        option = rest.pop(0).upper()
        if option not in _OPTIONS or option in given:
            raise CommandError.syntax()
        values = given[option] = []
        while rest and rest[0].upper() not in _OPTIONS:
            values.append(rest.pop(0))
        fits = not values if option in _ALONE else len(values) == 1 or (values and option in _LISTS)
        if not fits:
            raise CommandError.syntax()
    if READ_ONLY in given and PERMISSIONS in given:
        raise CommandError.syntax()
    terms: dict[str, Any] = {}
    if READ_ONLY in given:
        terms |= {"permissions": PERMISSIONS_READ_ONLY, "read_only": True}
    if PERMISSIONS in given:
        grant_from_words(given[PERMISSIONS])
        terms |= {"permissions": tuple(given[PERMISSIONS]), "read_only": False}
    for option, name in ((COMMANDS, "commands"), (DENY_COMMANDS, "deny_commands")):
        if option in given:
            terms[name] = tuple(word.lower() for word in given[option])
    limits = {
        name: read_amount(option, given[option][0])
        for option, name in _LIMITS.items()
        if option in given
    }
    return replace(wanted, replace=REPLACE in given, terms=terms, limits=limits)


def split_call(words: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Keys and arguments of a call, from what stands behind the function's name.

    Raises CommandError.
    """
    keys, rest = _split(words)
    return list(words[keys.start : keys.stop]), list(words[rest:])


def key_indexes(request: Sequence[bytes]) -> Sequence[int]:
    """The indexes of keys in a whole request; none where it is no call."""
    try:
        keys, _ = _split(request[2:])
    except CommandError:
        return ()
    return range(keys.start + 2, keys.stop + 2)


def _split(words: Sequence[bytes]) -> tuple[range, int]:
    """The indexes of keys, and where the arguments begin."""
    if not words:
        return range(0), 0
    first = words[0].upper()
    if first == ARGS:
        return range(0), 1
    if first == KEYS:
        ends = (index for index, word in enumerate(words) if word.upper() == ARGS)
        end = next(ends, len(words))
        return range(1, end), min(end + 1, len(words))
    count = parse_integer(words[0])
    if count is None:
        raise CommandError("ERR Bad number of keys provided")
    if count < 0:
        raise CommandError("ERR Number of keys can't be negative")
    if count >= len(words):
        raise CommandError("ERR Number of keys can't be greater than number of args")
    return range(1, 1 + count), 1 + count
