"""What the runner wants of a WebAssembly engine, so that it can be tried against more than one.

Rule: a refusal is an engine's word that it turned something down, and says in which phase. Any
other exception is an accident of the engine, and the runner never takes it for a refusal: a crash
is no trap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol

from values import Value


class Phase(StrEnum):
    """Where an engine refused."""

    MALFORMED = "malformed"
    INVALID = "invalid"
    UNLINKABLE = "unlinkable"
    TRAP = "trap"
    EXHAUSTION = "exhaustion"
    EXCEPTION = "exception"
    OTHER = "refused"  # no outcome that an assertion may want: a limit, fuel, a bad call


class Refusal(Exception):
    """An engine refused on purpose; its own error is the cause."""

    def __init__(self, phase: Phase, message: str) -> None:
        super().__init__(f"{phase}: {message}")
        self.phase = phase
        self.message = message


class Engine(Protocol):
    """One engine in one script; instances of different scripts never meet.

    Modules and instances are opaque to the runner. Every method raises Refusal.
    """

    def load(self, binary: bytes) -> Any:
        """Decode and validate a module."""

    def imported_modules(self, module: Any) -> Iterable[str]:
        """Return the first names of the module's imports."""

    def instantiate(self, module: Any, registered: Mapping[str, Any]) -> Any:
        """Link a module to "spectest" and to registered instances by name; run its start."""

    def invoke(self, instance: Any, name: str, arguments: Sequence[Value]) -> tuple[Value, ...]:
        """Call an exported function."""

    def get(self, instance: Any, name: str) -> Value:
        """Read an exported global."""
