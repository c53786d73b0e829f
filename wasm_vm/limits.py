"""Every bound of the VM in one frozen value: nothing a guest does or declares is unbounded.

Names end in what they count. A bound that is broken while a module is loaded raises LimitExceeded
with the field's name; memory.grow and table.grow past a bound answer -1, as the specification
allows (4.4.7, 4.4.6).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

UNITS = {"": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}


def parse_bytes(text: str) -> int:
    """A size such as 65536, 64KB or 16MB (powers of 1024), in bytes; raises ValueError."""
    found = re.fullmatch(r"(\d+)\s*(|KB|MB|GB)", text.strip().upper())
    if found is None:
        raise ValueError(f"{text!r} is no size; write it as in 65536, 64KB or 16MB")
    return int(found[1]) * UNITS[found[2]]


PAGE_SIZE = 65_536
"""Bytes of a memory page (spec 4.2.8)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one module, its instances and their store.

    fuel: units that the store's meter starts with; None counts without end.
    slice: units after which the embedder's checkpoint is called.
    call_stack: slots for all activations of a store: 16 + parameters + locals + greatest operand
        height for a guest function, 4,096 for a call into the host and back.
    fields, catch_clauses: of a struct, and of a function; making a struct and throwing cost one
        unit whatever their number, so it has to be small.
    """

    fuel: int | None = None
    slice: int = 16_384
    call_stack: int = 262_144
    host_reentries: int = 64
    total_bytes: int = 1 << 32
    memory_pages: int = 65_536
    table_elements: int = 10_000_000
    module_bytes: int = 64 << 20
    types: int = 1_000_000
    functions: int = 1_000_000
    imports: int = 100_000
    exports: int = 100_000
    globals: int = 1_000_000
    tables: int = 1_000
    memories: int = 1_000
    tags: int = 1_000_000
    fields: int = 1_000
    catch_clauses: int = 1_000
    subtyping_depth: int = 63
    element_segments: int = 100_000
    data_segments: int = 100_000
    segment_elements: int = 10_000_000
    parameters: int = 1_000
    results: int = 1_000
    locals: int = 50_000
    operands: int = 50_000
    function_bytes: int = 16 << 20
    nesting: int = 10_000
    branch_table: int = 1_000_000
    name_bytes: int = 100_000


ACTIVATION_SLOTS = 16
"""Slots that every guest activation weighs beside its values."""

HOST_CALL_SLOTS = 4_096
"""Slots of a call into the host, which may come back into the guest on Python's own stack."""

TABLE_ELEMENT_BYTES = 8
"""Bytes that one table element counts for in total_bytes: a reference of this process."""

MIXED_RUNS = 50
"""Runs of the reference engine that call into another one, at a time: they stand on the stack of
the process, as calls into the host do.
"""
