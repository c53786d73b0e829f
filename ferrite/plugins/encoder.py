"""The WebAssembly binary format, written (core specification, chapter 5).

Rule: writing only. Whatever is written here is read back by wasm_vm before anyone runs it, so
these functions trust their callers and stay one line each.
"""

from __future__ import annotations

from collections.abc import Iterable

PREAMBLE = b"\0asm\x01\0\0\0"

CUSTOM, TYPE, IMPORT, FUNCTION, TABLE, MEMORY, GLOBAL, EXPORT = range(8)
ELEMENT, CODE, DATA = 9, 10, 11

I32, I64, F32, F64, FUNCREF = b"\x7f", b"\x7e", b"\x7d", b"\x7c", b"\x70"
EMPTY_BLOCK = b"\x40"


def unsigned(value: int) -> bytes:
    """An unsigned LEB128 integer (5.2.2)."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value: int) -> bytes:
    """A signed LEB128 integer (5.2.2)."""
    out = bytearray()
    while not -0x40 <= value < 0x40:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value & 0x7F)
    return bytes(out)


def vector(items: Iterable[bytes]) -> bytes:
    """A count and the items (5.1.3)."""
    items = list(items)
    return unsigned(len(items)) + b"".join(items)


def sized(content: bytes) -> bytes:
    """A length in bytes and the content, as sections, bodies and byte vectors have it."""
    return unsigned(len(content)) + content


def name(text: str) -> bytes:
    """A UTF-8 name (5.2.4)."""
    return sized(text.encode())


def section(number: int, content: bytes) -> bytes:
    """A section (5.5.2)."""
    return bytes((number,)) + sized(content)


def custom_section(title: str, content: bytes) -> bytes:
    """A custom section (5.5.3)."""
    return section(CUSTOM, name(title) + content)


def function_type(parameters: Iterable[bytes], results: Iterable[bytes]) -> bytes:
    """A function type (5.3.6)."""
    return b"\x60" + vector(parameters) + vector(results)
