"""How the bytes of a request become the arguments of a command.

Rule: the annotation of a parameter is its grammar. `Key`, `Int` and the like are ordinary types to
the reader and the type checker, and carry what the registry needs: how to convert, whether it is a
key, what COMMAND DOCS calls it. Options with tokens (EX 10, NX) are declared as `Options`, which
parse themselves and describe themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeAlias

from ferrite.errors import CommandError
from ferrite.keyspace.values import parse_integer


@dataclass(frozen=True, slots=True)
class Positional:
    """What an annotation says of a parameter."""

    type: str
    """The word of COMMAND DOCS: string, key, integer, double, pattern, unix-time."""
    convert: Callable[[bytes], Any] | None = None
    """Makes the value; raises CommandError. None: the bytes as they are."""
    repeat: int = 0
    """Of `*parameters`: how many belong together (1 keys, 2 key and value); at least one such
    group has to be there. 0: any number, none included."""
    counts_keys: bool = False
    """Whether it is the number of keys that stand behind it."""

    @property
    def is_key(self) -> bool:
        """Whether it names a key."""
        return self.type == "key"


def integer(text: bytes) -> int:
    """A signed 64-bit decimal. Raises CommandError for anything else."""
    number = parse_integer(text)
    if number is None:
        raise CommandError.not_an_integer()
    return number


def count(text: bytes) -> int:
    """A number of things from 0 on. Raises CommandError for anything else."""
    number = parse_integer(text)
    if number is None or number < 0:
        raise CommandError.not_positive()
    return number


def double(text: bytes) -> float:
    """A floating-point number, infinities included. Raises CommandError for anything else."""
    try:
        number = float(text)
    except ValueError:
        raise CommandError.not_a_float() from None
    if math.isnan(number) or text != text.strip() or b"_" in text:
        raise CommandError.not_a_float()
    return number


Key: TypeAlias = Annotated[bytes, Positional("key")]
Int: TypeAlias = Annotated[int, Positional("integer", integer)]
Float: TypeAlias = Annotated[float, Positional("double", double)]
Pattern: TypeAlias = Annotated[bytes, Positional("pattern")]
IntText: TypeAlias = Annotated[bytes, Positional("integer")]
"""A number that the command converts itself, because other errors come before its own."""
FloatText: TypeAlias = Annotated[bytes, Positional("double")]
UnixTimeText: TypeAlias = Annotated[bytes, Positional("unix-time")]

KeyCount: TypeAlias = Annotated[bytes, Positional("integer", counts_keys=True)]
"""How many of the arguments behind it are keys; the command takes them apart (`split_keys`)."""

Keys: TypeAlias = Annotated[bytes, Positional("key", repeat=1)]
"""For `*keys`: one or more."""
Pairs: TypeAlias = Annotated[bytes, Positional("key", repeat=2)]
"""For `*pairs`: one or more of key and value, one behind the other."""
Settings: TypeAlias = Annotated[bytes, Positional("string", repeat=2)]
"""For `*settings`: one or more of parameter and value, one behind the other."""
Several: TypeAlias = Annotated[bytes, Positional("string", repeat=1)]
"""For `*arguments`: one or more."""


def split_keys(count: bytes, arguments: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The keys at the head of `arguments` and the rest, by the number before them; all are keys
    where it is larger. Raises CommandError for what is no number of keys."""
    number = parse_integer(count)
    if number is None or number < 1:
        raise CommandError("ERR numkeys should be greater than 0")
    return list(arguments[:number]), list(arguments[number:])


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as COMMAND DOCS describes it."""

    name: str
    type: str
    token: str | None = None
    """The word that introduces it, or all of it for a pure-token."""
    optional: bool = False
    multiple: bool = False
    multiple_token: bool = False
    """Whether what is repeated begins with the token each time."""
    arguments: tuple[Argument, ...] = ()
    """The alternatives of a oneof, the parts of a block."""
    key_spec: int | None = None
    """Index of the key specification it falls under."""


def word(token: str) -> Argument:
    """An option that is only a word: NX."""
    return Argument(token.lower(), "pure-token", token)


def value(token: str, name: str, type: str = "string") -> Argument:
    """An option of a word and a value: EX seconds."""
    return Argument(name, type, token)


def one_of(name: str, *alternatives: Argument) -> Argument:
    """Options that exclude each other."""
    return Argument(name, "oneof", arguments=alternatives)


class Grammar:
    """What `*arguments` may be, described; the command reads them itself."""

    def __init__(self, *arguments: Argument) -> None:
        self.arguments = arguments


class Options(Grammar):
    """The options of a command, which stand behind its other arguments in any order."""

    def __init__(self, *arguments: Argument) -> None:
        super().__init__(*(replace(argument, optional=True) for argument in arguments))
        self._by_token: dict[bytes, tuple[Argument, Argument]] = {}
        for argument in self.arguments:
            for member in argument.arguments or (argument,):
                if member.token is None:
                    raise ValueError(f"option {member.name} has no token")
                self._by_token[member.token.encode()] = (member, argument)

    def parse(self, request: Sequence[bytes]) -> dict[str, bytes]:
        """Token in upper case -> value, b"" for a pure token. The last of equal ones counts.

        Raises CommandError (syntax error) for an unknown word, a missing value, and two different
        alternatives of one group.
        """
        given: dict[str, bytes] = {}
        chosen: dict[str, Argument] = {}
        rest = iter(request)
        for token in rest:
            member, group = self._by_token.get(token.upper(), (None, None))
            if member is None or group is None or member.token is None:
                raise CommandError.syntax()
            if chosen.setdefault(group.name, member) is not member:
                raise CommandError.syntax()
            argument = b"" if member.type == "pure-token" else next(rest, None)
            if argument is None:
                raise CommandError.syntax()
            given[member.token] = argument
        return given


def syntax(arguments: Sequence[Argument]) -> str:
    """The grammar as the Redis manual writes it: `key [NX | XX] [EX seconds]`."""
    return " ".join(_syntax(argument) for argument in arguments)


def _syntax(argument: Argument) -> str:
    if argument.type == "oneof":
        members = (replace(member, optional=False) for member in argument.arguments)
        text = " | ".join(_syntax(member) for member in members)
        if argument.token:
            text = f"{argument.token} ({text})"
        elif not argument.optional:
            text = f"({text})"
    else:
        text = _bare_syntax(argument)
    if argument.multiple:
        repeated = text if argument.multiple_token or not argument.token else argument.name
        text += f" [{repeated} ...]"
    return f"[{text}]" if argument.optional else text


def _bare_syntax(argument: Argument) -> str:
    if argument.type == "pure-token":
        return str(argument.token)
    inner = syntax(argument.arguments) if argument.type == "block" else argument.name
    return f"{argument.token} {inner}" if argument.token else inner
