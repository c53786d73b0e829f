"""Binary modules written by hand: for what no assembler would write."""

from __future__ import annotations

from collections.abc import Iterable

PREAMBLE = b"\0asm\1\0\0\0"
I32, I64, F32, F64, V128, FUNCREF, EXTERNREF = 0x7F, 0x7E, 0x7D, 0x7C, 0x7B, 0x70, 0x6F
END = b"\x0b"


def leb(value: int) -> bytes:
    """Unsigned LEB128."""
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*found, value))


def sleb(value: int) -> bytes:
    """Signed LEB128."""
    found = bytearray()
    while not -0x40 <= value < 0x40:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*found, value & 0x7F))


def vector(items: Iterable[bytes]) -> bytes:
    listed = list(items)
    return leb(len(listed)) + b"".join(listed)


def name(text: str) -> bytes:
    data = text.encode()
    return leb(len(data)) + data


def section(code: int, *items: bytes) -> bytes:
    """A section that is a vector of items."""
    return raw_section(code, vector(items))


def raw_section(code: int, content: bytes) -> bytes:
    return bytes((code,)) + leb(len(content)) + content


def custom(title: str, content: bytes = b"") -> bytes:
    return raw_section(0, name(title) + content)


def function_type(parameters: Iterable[int] = (), results: Iterable[int] = ()) -> bytes:
    return (
        b"\x60"
        + vector(bytes((code,)) for code in parameters)
        + vector(bytes((code,)) for code in results)
    )


def body(code: bytes, locals_: Iterable[tuple[int, int]] = ()) -> bytes:
    """An entry of the code section; the END is added."""
    inner = vector(leb(count) + bytes((kind,)) for count, kind in locals_) + code + END
    return leb(len(inner)) + inner


def export(title: str, kind: int = 0, index: int = 0) -> bytes:
    return name(title) + bytes((kind,)) + leb(index)


def module(*sections: bytes) -> bytes:
    return PREAMBLE + b"".join(sections)


def one_function(
    code: bytes,
    parameters: Iterable[int] = (),
    results: Iterable[int] = (),
    locals_: Iterable[tuple[int, int]] = (),
    sections: Iterable[bytes] = (),
) -> bytes:
    """A module whose function 0 is exported as "f"; sections 4 to 6 may come before the export."""
    return module(
        section(1, function_type(parameters, results)),
        section(3, leb(0)),
        *sections,
        section(7, export("f")),
        section(10, body(code, locals_)),
    )
