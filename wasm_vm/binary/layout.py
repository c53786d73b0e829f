"""Where the sections of a binary module lie (spec 5.5.2), for those who look at one."""

from __future__ import annotations

from dataclasses import dataclass

from wasm_vm.binary.reader import Reader

_PREAMBLE_BYTES = 8

NAMES = (
    *("custom", "type", "import", "function", "table", "memory", "global", "export", "start"),
    *("element", "code", "data", "data count", "tag"),
)
"""What the specification calls a section, by its code."""


@dataclass(frozen=True, slots=True)
class SectionRange:
    """One section: the name of a custom one is its own. offset: of its content, in bytes."""

    code: int
    name: str
    offset: int
    size: int


def section_ranges(binary: bytes) -> list[SectionRange]:
    """The sections of a module that `decode` accepts, in their order; raises Malformed."""
    reader = Reader(binary, _PREAMBLE_BYTES, len(binary))
    found = []
    while reader.position < reader.end:
        code = reader.byte()
        size = reader.u32()
        start = reader.position
        name = reader.name(size) if code == 0 else NAMES[code]
        reader.position = start + size
        found.append(SectionRange(code, name, start, size))
    return found
