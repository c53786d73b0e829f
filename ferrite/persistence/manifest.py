"""The manifest of a multi-part append-only file: which files it has, in which order.

Rule: byte for byte Redis 7's: a line `file NAME seq N type T` for each file, T being b (base), h
(history, to be removed) or i (incremental), in this order. Keys behind those three may follow.
A manifest is a value: a change makes another one, which counts once it is in place on the disk.
Source: Redis's aof.c of 7.0 (aofLoadManifestFromFile, getAofManifestAsString).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ferrite.protocol.inline import split_inline

LINE_BYTES_MAX = 1024
BASE, HISTORY, INCREMENTAL = "b", "h", "i"
_ESCAPES = {
    0x5C: b"\\\\", 0x22: b'\\"', 0x0A: b"\\n", 0x0D: b"\\r", 0x09: b"\\t", 0x07: b"\\a",
    0x08: b"\\b",
}  # fmt: skip


class BadManifest(Exception):
    """A line that is none of a manifest; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file."""

    name: str
    sequence: int
    kind: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of one append-only file whose own name is `name` ("appendonly.aof")."""

    name: str
    base: Part | None = None
    history: tuple[Part, ...] = ()
    """Files that are in no use any more, the last one first."""
    increments: tuple[Part, ...] = ()
    base_sequence: int = 0
    """The greatest there has been."""
    increment_sequence: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to load."""
        return self.base is None and not self.increments

    @property
    def parts(self) -> tuple[Part, ...]:
        """The files to load, in order."""
        return (*([] if self.base is None else [self.base]), *self.increments)

    def with_base(self, *, rdb: bool) -> Manifest:
        """With another base file, the present one being history."""
        sequence = self.base_sequence + 1
        name = f"{self.name}.{sequence}.base.{'rdb' if rdb else 'aof'}"
        history = self.history
        if self.base is not None:
            history = (replace(self.base, kind=HISTORY), *history)
        base = Part(name, sequence, BASE)
        return replace(self, base=base, base_sequence=sequence, history=history)

    def with_increment(self) -> Manifest:
        """With one incremental file more."""
        sequence = self.increment_sequence + 1
        part = Part(f"{self.name}.{sequence}.incr.aof", sequence, INCREMENTAL)
        increments = (*self.increments, part)
        return replace(self, increments=increments, increment_sequence=sequence)

    def without_increments(self, *, keep_last: bool) -> Manifest:
        """With the incremental files, or all but the last, being history."""
        old = self.increments[:-1] if keep_last else self.increments
        history = tuple(replace(part, kind=HISTORY) for part in reversed(old))
        kept = self.increments[len(old) :]
        return replace(self, history=history + self.history, increments=kept)

    def without_history(self) -> Manifest:
        """With nothing to remove."""
        return replace(self, history=())

    def to_bytes(self) -> bytes:
        """The text of the file."""
        parts = (*self.parts[: self.base is not None], *self.history, *self.increments)
        return b"".join(
            b"file %b seq %d type %b\n" % (_quoted(part.name), part.sequence, part.kind.encode())
            for part in parts
        )


def read_manifest(text: bytes, name: str) -> Manifest:
    """The manifest of the append-only file `name`. Raises BadManifest."""
    found = Manifest(name)
    history: list[Part] = []
    if not text:
        raise BadManifest("Found an empty AOF manifest")
    for number, line in _lines(text):
        part = _part(number, line)
        if part.kind == BASE:
            if found.base is not None:
                raise BadManifest(f"line {number}: Found duplicate base file information")
            found = replace(found, base=part, base_sequence=part.sequence)
        elif part.kind == HISTORY:
            history.append(part)
        else:
            if part.sequence <= found.increment_sequence:
                raise BadManifest(f"line {number}: Found a non-monotonic sequence number")
            increments = (*found.increments, part)
            found = replace(found, increments=increments, increment_sequence=part.sequence)
    return replace(found, history=tuple(history))


def _lines(text: bytes) -> Iterator[tuple[int, bytes]]:
    *lines, rest = text.split(b"\n")
    for number, line in enumerate([*lines, rest] if rest else lines, 1):
        if len(line) >= LINE_BYTES_MAX or (rest and number > len(lines)):
            raise BadManifest(f"line {number}: The AOF manifest file contains too long line")
        if not line.startswith(b"#"):
            yield number, line.strip(b" \t\r\n")


def _part(number: int, line: bytes) -> Part:
    invalid = BadManifest(f"line {number}: Invalid AOF manifest file format")
    words = split_inline(line) or []
    if len(words) < 6 or len(words) % 2:
        raise invalid
    known = {key.lower(): value for key, value in zip(words[::2], words[1::2], strict=True)}
    name = known.get(b"file", b"").decode("utf-8", "surrogateescape")
    sequence, kind = known.get(b"seq", b""), known.get(b"type", b"").decode("latin-1")
    if not name or not sequence.isdigit() or not int(sequence) or not kind:
        raise invalid
    if os.path.basename(name) != name:
        raise BadManifest(f"line {number}: File can't be a path, just a filename")
    if kind not in (BASE, HISTORY, INCREMENTAL):
        raise BadManifest(f"line {number}: Unknown AOF file type")
    return Part(name, int(sequence), kind)


def _quoted(name: str) -> bytes:
    """A name as Redis spells it: in quotes where it could not be read back otherwise."""
    raw = name.encode("utf-8", "surrogateescape")
    if raw and all(0x20 < byte < 0x7F and byte not in b"\\\"'" for byte in raw):
        return raw
    parts = [
        _ESCAPES.get(byte) or (bytes((byte,)) if 0x20 <= byte < 0x7F else b"\\x%02x" % byte)
        for byte in raw
    ]
    return b'"' + b"".join(parts) + b'"'
