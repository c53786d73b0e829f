"""What one plugin may use: memory, fuel, time, handles.

Rule: the configuration sets the bounds of all, PLUGIN.LIMITS and a command's own `timeout_ms` can
only narrow them: of two limits the stricter wins. Milliseconds of CPU time are fuel at the nominal
speed `instructions_per_ms`, so that the same call gets the same verdict on every machine.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from ferrite.config import Config
from ferrite.plugins.limits import LIMITS, MEBIBYTE
from wasm_vm import PAGE_SIZE, Limits


@dataclass(frozen=True, slots=True)
class Overrides:
    """What PLUGIN.LIMITS has set; None leaves the configuration's."""

    memory_bytes: int | None = None
    cpu_ms: int | None = None
    fuel: int | None = None
    timeout_ms: int | None = None
    handles: int | None = None

    def as_data(self) -> dict[str, int]:
        """Those that are set, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def changed(self, changes: dict[str, int]) -> Overrides:
        """With some of them set anew. Raises TypeError for a name that is none."""
        return replace(self, **changes)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Overrides:
        """What `as_data` has given. Raises ValueError for anything else."""
        names = cls.__slots__
        for name, value in data.items():
            if name not in names or type(value) is not int or value < 0:
                raise ValueError(f"limit {name!r} cannot be {value!r}")
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What holds for a plugin in the end."""

    memory_bytes: int
    fuel: int
    """Units of one call."""
    timeout_ms: int
    """Wall-clock time of one call."""
    handles: int
    """Files, connections and replies of `call` that are open at the same time."""


def bounds(config: Config, overrides: Overrides) -> Bounds:
    """The stricter of the configuration and the plugin's own."""
    sandbox = config.sandbox
    cpu_ms = stricter(sandbox.max_cpu_ms, overrides.cpu_ms)
    return Bounds(
        memory_bytes=stricter(sandbox.max_memory_mb * MEBIBYTE, overrides.memory_bytes),
        fuel=stricter(cpu_ms * sandbox.instructions_per_ms, overrides.fuel),
        timeout_ms=stricter(config.plugins.timeout_ms, overrides.timeout_ms),
        handles=stricter(sandbox.max_file_handles, overrides.handles),
    )


def instance_limits(config: Config, overrides: Overrides) -> Limits:
    """The bounds of an instance; its fuel is that for starting."""
    memory_bytes = bounds(config, overrides).memory_bytes
    return Limits(
        fuel=config.sandbox.load_fuel,
        slice=LIMITS.slice_units,
        total_bytes=memory_bytes,
        memory_pages=memory_bytes // PAGE_SIZE,
        module_bytes=LIMITS.module_bytes_max,
        fields=LIMITS.struct_fields_max,
        catch_clauses=LIMITS.catch_clauses_max,
    )


def stricter(most: int, own: int | None) -> int:
    """Of two bounds the one that holds; the own one may be none."""
    return most if own is None else min(most, own)
