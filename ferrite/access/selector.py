"""Selector: one set of rules about commands, keys and channels. A user has one or more.

Rule: the command rules themselves are what is kept, in their order, and the last one that fits a
command decides. So a rule means the same for commands that come later, and ACL GETUSER gives back
what was set, without what later rules have made void.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from ferrite.access.vocabulary import Ruled, Vocabulary, is_known
from ferrite.keyspace.patterns import matcher

VERDICTS_KEPT_MAX = 4_096
_ALL = "@all"
_SPACES = frozenset(b" \t\n\v\f\r\0")


class RuleError(ValueError):
    """A rule that cannot be; the text is Redis's reason."""

    SYNTAX = "Syntax error"
    UNKNOWN_NAME = "Unknown command or category name in ACL"

    @property
    def is_unknown_name(self) -> bool:
        """Whether all that is wrong is that no command or category has the name."""
        return str(self) == self.UNKNOWN_NAME


class Access(IntFlag):
    """What a key pattern allows, and what a command does with a key."""

    NONE = 0
    READ = 1
    WRITE = 2
    ALL = 3


class Reason(IntEnum):
    """Why a request is refused; among several the greatest counts."""

    COMMAND = 1
    KEY = 2
    AUTH = 3
    CHANNEL = 4


@dataclass(frozen=True, slots=True)
class Denial:
    """A request that is refused: why, and which of its items is to blame."""

    reason: Reason
    index: int = 0


@dataclass(frozen=True, slots=True)
class CommandRule:
    """`+name`, `-name`, `+@category`, `-@category` or `+name|argument`."""

    allows: bool
    name: str
    argument: str = ""
    """First argument the command has to have; "" for any."""

    def __str__(self) -> str:
        bar = f"|{self.argument}" if self.argument else ""
        return f"{'+' if self.allows else '-'}{self.name}{bar}"

    def fits(self, command: Ruled) -> bool:
        """Whether it says something about a command."""
        if self.name.startswith("@"):
            return self.name == _ALL or self.name[1:] in command.categories
        return command.name == self.name or command.name.startswith(f"{self.name}|")


def access_of(flags: str) -> Access:
    """What the flags of a key specification ("RW access update") come to."""
    words = flags.split()
    reads = Access.READ if "access" in words else Access.NONE
    writes = not {"insert", "update", "delete"}.isdisjoint(words)
    return reads | Access.WRITE if writes else reads


def has_spaces(text: bytes) -> bool:
    """Whether blanks or NULs are in it, which no user name and no pattern may have."""
    return not _SPACES.isdisjoint(text)


class Selector:
    """What its rules allow."""

    def __init__(self, vocabulary: Vocabulary, *, all_channels: bool) -> None:
        """Allows nothing but, where `all_channels`, every channel."""
        self._vocabulary = vocabulary
        self.rules: list[CommandRule] = []
        """Behind what every selector begins with, "-@all"."""
        self.all_keys = False
        self.keys: dict[bytes, Access] = {}
        """Key patterns in the order they came."""
        self.all_channels = all_channels
        self.channels: dict[bytes, None] = {}
        """Channel patterns in the order they came."""
        self._verdicts: dict[Ruled, tuple[bool, frozenset[str]]] = {}

    def copy(self) -> Selector:
        """One of its own with the same rules."""
        copied = Selector(self._vocabulary, all_channels=self.all_channels)
        copied.rules = self.rules.copy()
        copied.all_keys, copied.keys = self.all_keys, self.keys.copy()
        copied.channels = self.channels.copy()
        return copied

    @property
    def all_commands(self) -> bool:
        """Whether every command is allowed, those to come included."""
        return len(self.rules) == 1 and self.rules[0] == CommandRule(True, _ALL)

    @property
    def unrestricted(self) -> bool:
        """Whether nothing can ever be refused."""
        return self.all_keys and self.all_channels and self.all_commands

    # --- rules --------------------------------------------------------------------------------

    def apply(self, rule: bytes) -> None:
        """Change by a rule of ACL SETUSER. Raises RuleError."""
        word = rule.lower()
        if word in (b"allkeys", b"~*"):
            self.all_keys = True
            self.keys.clear()
        elif word == b"resetkeys":
            self.all_keys = False
            self.keys.clear()
        elif word in (b"allchannels", b"&*"):
            self.all_channels = True
            self.channels.clear()
        elif word == b"resetchannels":
            self.all_channels = False
            self.channels.clear()
        elif word == b"allcommands":
            self._add_command_rule("+@all")
        elif word == b"nocommands":
            self._add_command_rule("-@all")
        elif rule[:1] in (b"~", b"%"):
            self._add_keys(rule)
        elif rule[:1] == b"&":
            self._add_channels(rule[1:])
        elif rule[:1] in (b"+", b"-"):
            self._add_command_rule(word.decode("utf-8", "surrogateescape"))
        else:
            raise RuleError(RuleError.SYNTAX)

    def _add_keys(self, rule: bytes) -> None:
        if self.all_keys:
            raise _after_all("allkeys", "patterns")
        access, pattern = Access.ALL, rule[1:]
        if rule[:1] == b"%":
            # Without "~" the letters are all there is, and the pattern is empty.
            letters, _, pattern = rule[1:].partition(b"~")
            access = Access.NONE
            for letter in letters.upper():
                added = {ord("R"): Access.READ, ord("W"): Access.WRITE}.get(letter, Access.ALL)
                if added & access or added is Access.ALL:
                    raise RuleError(RuleError.SYNTAX)
                access |= added
            if not access:
                raise RuleError(RuleError.SYNTAX)
        if has_spaces(pattern):
            raise RuleError(RuleError.SYNTAX)
        self.keys[pattern] = self.keys.get(pattern, Access.NONE) | access

    def _add_channels(self, pattern: bytes) -> None:
        if self.all_channels:
            raise _after_all("allchannels", "channels")
        if has_spaces(pattern):
            raise RuleError(RuleError.SYNTAX)
        self.channels[pattern] = None

    def _add_command_rule(self, text: str) -> None:
        rule = self._command_rule(text[0] == "+", text[1:])
        self._verdicts.clear()
        if rule.name == _ALL:
            self.rules = [rule] if rule.allows else []
            return
        if rule.argument:
            void = [rule]
        else:
            void = [
                each
                for each in self.rules
                if each.name == rule.name or each.name.startswith(f"{rule.name}|")
            ]
        self.rules = [each for each in self.rules if each not in void]
        if not self._says_nothing_new(rule):
            self.rules.append(rule)
        self._verdicts.clear()

    def _command_rule(self, allows: bool, name: str) -> CommandRule:
        """The rule of its text. Raises RuleError for what it names in vain."""
        if name == _ALL:
            return CommandRule(allows, name)
        parent, bar, last = name.rpartition("|")
        if not name.startswith("@") and bar and allows:
            command = self._vocabulary.get(parent)
            if command is None and not is_known(name, self._vocabulary):
                raise RuleError(RuleError.UNKNOWN_NAME)
            if "|" in parent:
                raise RuleError("Allowing first-arg of a subcommand is not supported")
            if not last:
                raise RuleError(RuleError.SYNTAX)
            if command is not None and not command.subcommands:
                return CommandRule(True, parent, last)
        if not is_known(name, self._vocabulary):
            raise RuleError(RuleError.UNKNOWN_NAME)
        return CommandRule(allows, name)

    def _says_nothing_new(self, rule: CommandRule) -> bool:
        """Whether every command of its name is allowed or refused already as it would have it."""
        if rule.name.startswith("@"):
            return False
        command = self._vocabulary.get(rule.name)
        if command is None:
            return False
        same = (rule.allows, frozenset[str]())
        every = (command, *command.subcommands.values())
        return all(self._verdict(each) == same for each in every)

    # --- verdicts -----------------------------------------------------------------------------

    def _verdict(self, command: Ruled) -> tuple[bool, frozenset[str]]:
        """Whether a command is allowed, and with which first arguments if it is not."""
        verdict = self._verdicts.get(command)
        if verdict is None:
            allowed, first_arguments = False, frozenset[str]()
            for rule in self.rules:
                if rule.argument:
                    if rule.name == command.name and not allowed:
                        first_arguments |= {rule.argument}
                elif rule.fits(command):
                    allowed, first_arguments = rule.allows, frozenset()
            if len(self._verdicts) >= VERDICTS_KEPT_MAX:
                self._verdicts.clear()
            verdict = self._verdicts[command] = allowed, first_arguments
        return verdict

    def may_run(self, command: Ruled, request: Sequence[bytes]) -> bool:
        """Whether the command rules allow a request."""
        allowed, first_arguments = self._verdict(command)
        if allowed or command.no_auth:
            return True
        if not first_arguments or len(request) < 2:
            return False
        return request[1].lower().decode("utf-8", "surrogateescape") in first_arguments

    def may_access_key(self, key: bytes, access: Access) -> bool:
        """Whether this may be done to a key; with Access.NONE any pattern will do."""
        return self.all_keys or any(
            allowed & access == access and matcher(pattern)(key)
            for pattern, allowed in self.keys.items()
        )

    def may_access_every_key(self, access: Access) -> bool:
        """Whether this may be done to all keys there can be."""
        return self.all_keys or self.keys.get(b"*", Access.NONE) & access == access != Access.NONE

    def may_access_channel(self, channel: bytes, *, pattern: bool) -> bool:
        """Whether a channel may be used. A pattern to subscribe to has to be allowed literally."""
        if self.all_channels:
            return True
        if pattern:
            return channel in self.channels
        return any(matcher(allowed)(channel) for allowed in self.channels)

    def denial(
        self,
        command: Ruled,
        request: Sequence[bytes],
        keys: Sequence[tuple[int, Access]],
        channels: Sequence[tuple[int, bool]],
    ) -> Denial | None:
        """Why it refuses a request with these keys and channels; None when it allows it."""
        if not self.may_run(command, request):
            return Denial(Reason.COMMAND)
        for index, access in keys:
            if not self.may_access_key(request[index], access):
                return Denial(Reason.KEY, index)
        for index, is_pattern in channels:
            if not self.may_access_channel(request[index], pattern=is_pattern):
                return Denial(Reason.CHANNEL, index)
        return None

    # --- description --------------------------------------------------------------------------

    def describe_commands(self) -> bytes:
        """The command rules, as ACL GETUSER has them."""
        everything = CommandRule(True, _ALL)
        start = [] if everything in self.rules[:1] else [CommandRule(False, _ALL)]
        words = " ".join(str(rule) for rule in (*start, *self.rules))
        return words.encode("utf-8", "surrogateescape")

    def describe_keys(self) -> bytes:
        """The key patterns, as ACL GETUSER has them."""
        if self.all_keys:
            return b"~*"
        marks = {Access.READ: b"%R~", Access.WRITE: b"%W~", Access.ALL: b"~"}
        return b" ".join(marks[access] + pattern for pattern, access in self.keys.items())

    def describe_channels(self) -> bytes:
        """The channel patterns, as ACL GETUSER has them."""
        return b"&*" if self.all_channels else b" ".join(b"&" + each for each in self.channels)

    def describe(self) -> bytes:
        """All rules, as ACL LIST and the ACL file have them."""
        reset = () if self.all_channels else (b"resetchannels",)
        parts = (self.describe_keys(), *reset, self.describe_channels(), self.describe_commands())
        return b" ".join(part for part in parts if part)


def _after_all(flag: str, what: str) -> RuleError:
    reset = {"patterns": "resetkeys", "channels": "resetchannels"}[what]
    return RuleError(
        f"Adding a pattern after the * pattern (or the '{flag}' flag) is not valid and does not "
        f"have any effect. Try '{reset}' to start with an empty list of {what}"
    )
