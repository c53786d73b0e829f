"""Which system calls a guest may make, and what happens to those that it may not.

Nothing is permitted by default. Two lists decide:
  permitted   groups that were granted. Without "clock" and "random" a guest gets a frozen clock and
              a seeded stream instead (an errno there kills Go and Rust guests at their start), and
              the audit says `substituted`
  restricted  what is refused in any case: names, globs ("sock_*") and groups. The guest gets the
              errno NOTCAPABLE, or is stopped where `kill` is set
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


GIVEN = frozenset({"env"})
"""Groups that need no grant: the embedder has named each variable that the guest shall see."""


class UnknownRestriction(ValueError):
    """A restriction that names no group and no system call."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one guest."""

    permitted: frozenset[str] = frozenset()
    restricted: tuple[str, ...] = ()
    errno: Errno = Errno.NOTCAPABLE
    kill: bool = False

    @staticmethod
    def default() -> Policy:
        """Nothing permitted, nothing restricted beyond that."""
        return Policy()

    def refuses(self, name: str, group: str) -> bool:
        """True when a call is refused in any case."""
        return any(pattern == group or fnmatchcase(name, pattern) for pattern in self.restricted)

    def permits(self, group: str) -> bool:
        """True when a group was granted or needs no grant, as calls without a group."""
        return not group or group in self.permitted or group in GIVEN


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
