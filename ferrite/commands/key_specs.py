"""Where a command's keys and channels are. https://redis.io/docs/latest/develop/reference/key-specs/"""

from __future__ import annotations

from dataclasses import dataclass

from ferrite.commands.signature import KeyPositions, Positions

NOT_KEY = "not_key"
"""Flag of a key specification whose items only decide on a cluster's slot, as shard channels do."""


@dataclass(frozen=True, slots=True)
class KeySpec:
    """Where a command's keys are, and what it does with them ("RW access update")."""

    positions: Positions
    access: str


@dataclass(frozen=True, slots=True)
class Channels:
    """Where a command that publishes or subscribes has its channels."""

    positions: KeyPositions
    pattern: bool = False
    """Whether they are patterns, which a user has to be allowed literally."""
