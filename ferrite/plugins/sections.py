"""The sections of a module, found and exchanged without decoding it.

Rule: for what is added to a finished module from outside: manifests, signatures, room in its
memory. What is no module passes through unharmed; decoding it says what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ferrite.plugins import encoder

_CUSTOM = 0
_COUNT_AND_FLAGS = 2
"""Bytes before the first memory's least size: the number of memories and that one's flags."""


class Section(NamedTuple):
    """A section, and where its bytes are in the module."""

    start: int
    end: int
    number: int
    name: str
    """"" for what is no custom section."""
    content: bytes
    """Of a custom section, behind its name."""


def sections(binary: bytes) -> Iterator[Section]:
    """The sections in order; stops at what is none."""
    position = len(encoder.PREAMBLE)
    while position < len(binary):
        start, number = position, binary[position]
        size, position = _unsigned(binary, position + 1)
        end = position + size
        if end > len(binary):
            return
        name, content = "", b""
        if number == _CUSTOM:
            length, at = _unsigned(binary, position)
            name = binary[at : at + length].decode("utf-8", "replace")
            content = binary[min(at + length, end) : end]
        yield Section(start, end, number, name, content)
        position = end


def with_custom_section(binary: bytes, name: str, content: bytes) -> bytes:
    """A module with this custom section at its end, in place of any that have its name."""
    kept, position = bytearray(), 0
    for section in sections(binary):
        if section.number == _CUSTOM and section.name == name:
            kept += binary[position : section.start]
            position = section.end
    return bytes(kept + binary[position:]) + encoder.custom_section(name, content)


def with_more_memory(binary: bytes, pages: int) -> bytes:
    """A module whose first memory begins with so many pages more; the same one without a memory.

    It has to fit under the memory's own maximum, if that has one.
    """
    for section in sections(binary):
        if section.number == encoder.MEMORY:
            _, start = _unsigned(binary, section.start + 1)
            limits = start + _COUNT_AND_FLAGS
            least, rest = _unsigned(binary, limits)
            content = binary[start:limits] + encoder.unsigned(least + pages)
            memory = encoder.section(encoder.MEMORY, content + binary[rest : section.end])
            return binary[: section.start] + memory + binary[section.end :]
    return binary


def _unsigned(binary: bytes, position: int) -> tuple[int, int]:
    """A LEB128 number and the position behind it."""
    value = shift = 0
    while position < len(binary) and shift < 35:
        byte = binary[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position
    return len(binary), position
