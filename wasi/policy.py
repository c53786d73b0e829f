"""Which system calls a guest may make, and what happens to those that it may not.

Nothing is permitted by default. The first of these that knows the call decides:
  rules       patterns with an action each: allow it, refuse it with an errno, stop the guest
  restricted  patterns of what is refused in any case, with the policy's errno, or by stopping the
              guest where `kill` is set
  permitted   groups that were granted. Without "clock" and "random" a guest gets a frozen clock and
              a seeded stream instead (an errno there kills Go and Rust guests at their start), and
              the audit says `substituted`
A pattern is a name, a glob ("sock_*") or a group. Directories, listeners and variables need no
grant: the embedder has named each that the guest shall see.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase

from wasi.abi import Errno


class Decision(Enum):
    """What the door decided."""

    ALLOWED = "allowed"
    SUBSTITUTED = "substituted"
    DENIED = "denied"
    KILLED = "killed"


GROUPS = frozenset({"clock", "env", "exec", "filesystem", "fork", "network", "random"})
"""exec and fork do not exist in WASI: restricting them is accepted and has always been true."""


GIVEN = frozenset({"env", "filesystem", "network"})
"""Groups that need no grant."""

FILE_HANDLES_MAX = 256

Action = Errno | Decision
"""What a rule does: an errno refuses; of the decisions ALLOWED and KILLED."""

Rule = tuple[str, Action]


class UnknownRestriction(ValueError):
    """A restriction that names no group, no system call or no action."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one guest.

    max_file_handles: descriptors that it may have open beside those it was started with.
    write_bytes_max: bytes by which it may fill files in all; None is without end.
    """

    permitted: frozenset[str] = frozenset()
    restricted: tuple[str, ...] = ()
    errno: Errno = Errno.NOTCAPABLE
    kill: bool = False
    rules: tuple[Rule, ...] = ()
    max_file_handles: int = FILE_HANDLES_MAX
    write_bytes_max: int | None = None

    @staticmethod
    def default() -> Policy:
        """Nothing permitted, nothing restricted beyond that."""
        return Policy()

    def verdict(self, name: str, group: str) -> Action:
        """What is to happen to a call: an errno, or any of the decisions but DENIED."""
        for pattern, action in self.rules:
            if _matches(pattern, name, group):
                return action
        if any(_matches(pattern, name, group) for pattern in self.restricted):
            return Decision.KILLED if self.kill else self.errno
        permitted = not group or group in self.permitted or group in GIVEN
        return Decision.ALLOWED if permitted else Decision.SUBSTITUTED


def _matches(pattern: str, name: str, group: str) -> bool:
    return pattern == group or fnmatchcase(name, pattern)


def check_restrictions(patterns: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """The patterns, each of which must be a group, a system call or a glob that matches one.

    Raises UnknownRestriction naming the pattern.
    """
    known = tuple(names)
    checked = tuple(patterns)
    for pattern in checked:
        if pattern not in GROUPS and not any(fnmatchcase(name, pattern) for name in known):
            raise UnknownRestriction(
                f"restricted_syscalls: {pattern!r} is no system call and no group "
                f"({', '.join(sorted(GROUPS))})"
            )
    return checked


def parse_rule(text: str, names: Iterable[str]) -> Rule:
    """A rule written as PATTERN, PATTERN=ERRNO, PATTERN=kill or PATTERN=allow.

    Raises UnknownRestriction.
    """
    pattern, _, word = text.partition("=")
    check_restrictions([pattern], names)
    actions: dict[str, Action] = {
        "": Errno.NOTCAPABLE,
        "kill": Decision.KILLED,
        "allow": Decision.ALLOWED,
        **{name: errno for name, errno in Errno.__members__.items() if errno},
    }
    if word not in actions:
        raise UnknownRestriction(f"{text}: {word!r} is no errno of WASI, and not kill or allow")
    return pattern, actions[word]
