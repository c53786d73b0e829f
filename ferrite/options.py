"""Kinds of configuration options, and how an option is declared: once, as a dataclass field.

Rule: a kind knows the two spellings of a value and nothing else: text, as in redis.conf, CONFIG SET
and on the command line, and TOML, as in ferrite.toml. Errors of the text spelling are Redis's own,
because CONFIG SET answers them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ferrite.keyspace.values import parse_integer

INTEGER_MAX = 2**63 - 1
PERCENTILE_MAX = 100

_MEMORY = re.compile(r"(\d+)([a-z]*)", re.IGNORECASE | re.ASCII)
_MEMORY_UNITS = {
    "": 1,
    "b": 1,
    "k": 1000,
    "kb": 1 << 10,
    "m": 1000**2,
    "mb": 1 << 20,
    "g": 1000**3,
    "gb": 1 << 30,
}


class Kind(Protocol):
    """A type of option values."""

    @property
    def name(self) -> str:
        """What a value is, for messages and documentation: "an integer"."""

    def from_text(self, text: str) -> Any:
        """The value; raises ValueError with Redis's reason."""

    def from_toml(self, value: object) -> Any:
        """The value; raises ValueError that says what was expected."""

    def to_text(self, value: Any) -> str:
        """The spelling CONFIG GET answers."""


def _expected(kind: Kind, value: object) -> ValueError:
    toml_names = {str: "a string", bool: "a boolean", int: "an integer", float: "a float"}
    toml_names |= {list: "an array", dict: "a table"}
    return ValueError(f"must be {kind.name}, not {toml_names.get(type(value), 'a date')}")


@dataclass(frozen=True)
class Integer:
    """A whole number from `low` to `high`, both included."""

    low: int = 0
    high: int = INTEGER_MAX
    name = "an integer"

    def from_text(self, text: str) -> int:
        """As CONFIG SET: decimal digits, a minus allowed."""
        number = parse_integer(text.encode("utf-8", "surrogateescape"))
        if number is None:
            raise ValueError("argument couldn't be parsed into an integer")
        return self._in_range(number)

    def from_toml(self, value: object) -> int:
        """A TOML integer."""
        if type(value) is not int:
            raise _expected(self, value)
        return self._in_range(value)

    def to_text(self, value: int) -> str:
        """Decimal."""
        return str(value)

    def _in_range(self, number: int) -> int:
        if not self.low <= number <= self.high:
            raise ValueError(f"argument must be between {self.low} and {self.high} inclusive")
        return number


@dataclass(frozen=True)
class Memory(Integer):
    """A number of bytes, also with a unit: 1k is 1000, 1kb is 1024."""

    name = "a memory size"

    def from_text(self, text: str) -> int:
        """As in redis.conf: "512mb"."""
        match = _MEMORY.fullmatch(text)
        unit = _MEMORY_UNITS.get(match[2].lower()) if match else None
        if match is None or unit is None:
            raise ValueError("argument must be a memory value")
        return self._in_range(int(match[1]) * unit)

    def from_toml(self, value: object) -> int:
        """A TOML integer of bytes, or text with a unit."""
        return self.from_text(value) if isinstance(value, str) else super().from_toml(value)


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    name = "a boolean"

    def from_text(self, text: str) -> bool:
        """As in redis.conf."""
        if text.lower() not in ("yes", "no"):
            raise ValueError("argument must be 'yes' or 'no'")
        return text.lower() == "yes"

    def from_toml(self, value: object) -> bool:
        """A TOML boolean."""
        if type(value) is not bool:
            raise _expected(self, value)
        return value

    def to_text(self, value: bool) -> str:
        """As in redis.conf."""
        return "yes" if value else "no"


@dataclass(frozen=True)
class Text:
    """Any text."""

    name = "a string"

    def from_text(self, text: str) -> str:
        """As it is."""
        return text

    def from_toml(self, value: object) -> str:
        """A TOML string."""
        if not isinstance(value, str):
            raise _expected(self, value)
        return self.from_text(value)

    def to_text(self, value: str) -> str:
        """As it is."""
        return value


@dataclass(frozen=True)
class Folder(Text):
    """The whole path of a folder."""

    def from_text(self, text: str) -> str:
        """A path that does not begin at the root begins where the server was started."""
        return os.path.abspath(text)


@dataclass(frozen=True)
class FileName(Text):
    """The name of a file, without a path."""

    option: str = "dbfilename"

    def from_text(self, text: str) -> str:
        """As it is."""
        if not text or os.path.basename(text) != text:
            raise ValueError(f"{self.option} can't be a path, just a filename")
        return text


@dataclass(frozen=True)
class SavePoints(Text):
    """Pairs of seconds and changes; empty for none."""

    def from_text(self, text: str) -> str:
        """As in redis.conf: "3600 1 300 100"."""
        numbers = [parse_integer(word.encode("utf-8", "surrogateescape")) for word in text.split()]
        good = [number for number in numbers if number is not None and number >= 0]
        if len(good) != len(numbers) or len(good) % 2 or 0 in good[::2]:
            raise ValueError("Invalid save parameters")
        return " ".join(text.split())


@dataclass(frozen=True)
class Choice(Text):
    """One of several words."""

    words: tuple[str, ...] = ()

    def from_text(self, text: str) -> str:
        """The word in lower case."""
        if text.lower() not in self.words:
            words = ", ".join(self.words)
            raise ValueError(f"argument(s) must be one of the following: {words}")
        return text.lower()


@dataclass(frozen=True)
class Words:
    """Several words."""

    name = "an array of strings"

    def from_text(self, text: str) -> tuple[str, ...]:
        """Separated by spaces."""
        return tuple(text.split())

    def from_toml(self, value: object) -> tuple[str, ...]:
        """A TOML array of strings."""
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise _expected(self, value)
        return tuple(value)

    def to_text(self, value: Sequence[str]) -> str:
        """Separated by spaces."""
        return " ".join(value)


EVENT_CLASSES = "g$lshzxetd"
"""What "A" stands for in notify-keyspace-events."""
EVENT_LETTERS = EVENT_CLASSES + "nKEm"


@dataclass(frozen=True)
class Percentiles(Words):
    """Numbers from 0 to 100."""

    def from_text(self, text: str) -> tuple[str, ...]:
        """Each without zeros that say nothing."""
        try:
            numbers = [float(word) for word in text.split()]
        except ValueError:
            raise ValueError("Invalid latency-tracking-info-percentiles parameters") from None
        if not all(0 <= number <= PERCENTILE_MAX for number in numbers):
            raise ValueError(
                "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"
            )
        return tuple(f"{number:.10g}" for number in numbers)


@dataclass(frozen=True)
class EventClasses(Text):
    """Classes of keyspace events, a letter each; kept with "A" spelled out."""

    def from_text(self, text: str) -> str:
        """As in redis.conf: "KEA"."""
        if not set(text) <= {*EVENT_LETTERS, "A"}:
            raise ValueError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
        wanted = set(text.replace("A", EVENT_CLASSES))
        return "".join(letter for letter in EVENT_LETTERS if letter in wanted)

    def to_text(self, value: str) -> str:
        """With "A" where it fits."""
        return value.replace(EVENT_CLASSES, "A") if value.startswith(EVENT_CLASSES) else value


@dataclass(frozen=True)
class OutputLimit:
    """How many bytes a client may leave unread."""

    hard_bytes: int = 0
    """Closed at once beyond it; 0 for no limit."""
    soft_bytes: int = 0
    soft_seconds: int = 0
    """Closed when it was beyond `soft_bytes` for that long."""


CLIENT_CLASSES = ("normal", "slave", "pubsub")


@dataclass(frozen=True)
class OutputLimits:
    """client-output-buffer-limit: four words for each class of clients."""

    name = "a string"

    def from_text(self, text: str) -> tuple[tuple[str, OutputLimit], ...]:
        """As in redis.conf: "normal 0 0 0 pubsub 32mb 8mb 60"; classes left out keep theirs."""
        words = text.split()
        if not words or len(words) % 4:
            raise ValueError("Wrong number of arguments in buffer limit configuration.")
        found: dict[str, OutputLimit] = {}
        for name, *sizes in zip(*[iter(words)] * 4, strict=True):
            known = "slave" if name.lower() == "replica" else name.lower()
            if known not in CLIENT_CLASSES:
                raise ValueError("Invalid client class specified in buffer limit configuration.")
            try:
                hard, soft = (Memory().from_text(size) for size in sizes[:2])
                found[known] = OutputLimit(hard, soft, Integer().from_text(sizes[2]))
            except ValueError:
                raise ValueError(
                    "Error in hard, soft or soft_seconds setting in buffer limit configuration."
                ) from None
        return tuple(found.items())

    def from_toml(self, value: object) -> tuple[tuple[str, OutputLimit], ...]:
        """A TOML string."""
        if not isinstance(value, str):
            raise _expected(self, value)
        return self.from_text(value)

    def merged(self, value: Any, present: Any) -> Any:
        """The classes that `value` leaves out as they are in `present`."""
        limits = {**dict(present), **dict(value)}
        return tuple((name, limits[name]) for name in CLIENT_CLASSES)

    def to_text(self, value: Any) -> str:
        """All classes, in bytes."""
        return " ".join(
            f"{name} {limit.hard_bytes} {limit.soft_bytes} {limit.soft_seconds}"
            for name, limit in value
        )


@dataclass(frozen=True)
class Option:
    """The declaration of one option."""

    kind: Kind
    effect: str
    """What it does, one sentence."""
    immutable: bool = False
    """Only read at the start: CONFIG SET refuses it."""
    kept: bool = False
    """CONFIG SET takes the value it has and no other: Redis could change it, we cannot."""
    constant: bool = False
    """Only its default is possible; there because clients ask for it."""
    directives: tuple[str, ...] = ()
    """Further names it has among the redis.conf directives."""

    def checked(self, value: Any, default: Any) -> Any:
        """The value itself; raises ValueError when it is none this server can have."""
        if self.constant and value != default:
            raise ValueError(f"only '{self.kind.to_text(default)}' is supported")
        return value


@dataclass(frozen=True, slots=True)
class Directive:
    """An option under a redis.conf name."""

    name: str
    names: tuple[str, ...]
    """All its names; the first is the one it is written under."""
    option: Option
    holder: Any
    """The instance of the class that declares the option."""
    attribute: str
    listeners: list[Callable[[], None]]

    @property
    def main_name(self) -> str:
        """The name it is written under."""
        return self.names[0]

    @property
    def value(self) -> Any:
        """Its value now."""
        return getattr(self.holder, self.attribute)

    def text(self) -> str:
        """Its value now, as CONFIG GET answers it."""
        return self.option.kind.to_text(self.value)

    def parse(self, text: str) -> Any:
        """A value for `set`; raises ValueError with the reason CONFIG SET answers."""
        default = type(self.holder).__dataclass_fields__[self.attribute].default
        return self.option.checked(self.option.kind.from_text(text), default)

    def assign(self, value: Any) -> None:
        """Give it a value that `parse` has made; nobody is told."""
        merged = getattr(self.option.kind, "merged", None)
        setattr(self.holder, self.attribute, merged(value, self.value) if merged else value)

    def set(self, value: Any) -> None:
        """Give it a value that `parse` has made, and tell those who follow it. Raises ValueError
        when one of them refuses."""
        self.assign(value)
        for listener in self.listeners:
            listener()


def option(kind: Kind, default: Any, effect: str, **properties: Any) -> Any:
    """A dataclass field that is an option; `properties` are those of Option."""
    declared = Option(kind, effect, **properties)
    return field(default=default, metadata={"option": declared})
