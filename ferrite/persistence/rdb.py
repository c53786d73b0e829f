"""Whole snapshots in Redis's RDB format: all databases, keys, values and deadlines.

Rule: we write version 10, which Redis 7.0 and all later ones load, and read what Redis 7.2 and
earlier ones write. A file is taken whole or not at all: a wrong checksum, a key twice, a value of
a type that we do not have refuse it, and the error names key and place. Lua functions and what
modules put beside the keys are no keys: they are left out, and `Loaded.left_out` says so.
Source: Redis's rdb.c (rdbSaveRio, rdbLoadRio) of 7.0.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.values import Value
from ferrite.persistence.checksum import crc64
from ferrite.persistence.cursor import BadFormat, Cursor
from ferrite.persistence.payloads import VERSION, VERSION_MAX
from ferrite.persistence.value_reader import Unsupported, read_value
from ferrite.persistence.value_writer import length, type_code, write_string, write_value

FUNCTION, FUNCTION_OLD, MODULE_AUX, IDLE, FREQUENCY = 245, 246, 247, 248, 249
AUX, RESIZE, EXPIRE_MS, EXPIRE_S, SELECT, END = 250, 251, 252, 253, 254, 255
"""Codes of what is no key."""

CHECKSUM_SINCE = 5
PIECE_PARTS = 8_192
"""Parts that a piece of a written file is joined from, or a few more."""

_MAGIC = re.compile(rb"REDIS(\d{4})")
_END, _SELECT, _RESIZE, _AUX = (bytes((code,)) for code in (END, SELECT, RESIZE, AUX))
_EXPIRE_MS = bytes((EXPIRE_MS,))
_CODES = tuple(bytes((code,)) for code in range(256))


def write(
    databases: Iterable[Keyspace], notes: dict[bytes, bytes], key_microseconds: int = 0
) -> Iterator[bytes]:
    """A snapshot in pieces; `notes` are its auxiliary fields. `key_microseconds` makes each key
    take that long, for tests of what happens meanwhile."""
    crc = 0
    for piece in _pieces(databases, notes, key_microseconds):
        crc = crc64(piece, crc)
        yield piece
    yield crc.to_bytes(8, "little")


def _pieces(
    databases: Iterable[Keyspace], notes: dict[bytes, bytes], key_microseconds: int
) -> Iterator[bytes]:
    parts = [b"REDIS%04d" % VERSION]
    for name, text in notes.items():
        parts.append(_AUX)
        write_string(parts, name)
        write_string(parts, text)
    for database in databases:
        if not len(database):
            continue
        parts += (_SELECT, length(database.index))
        parts += (_RESIZE, length(len(database)), length(database.volatile_keys))
        for key, value, deadline in database.entries():
            if deadline is not None:
                parts += (_EXPIRE_MS, deadline.to_bytes(8, "little"))
            parts.append(_CODES[type_code(value)])
            write_string(parts, key)
            write_value(parts, value)
            if key_microseconds:
                time.sleep(key_microseconds / 1_000_000)
            if len(parts) > PIECE_PARTS:
                yield b"".join(parts)
                parts.clear()
    parts.append(_END)
    yield b"".join(parts)


@dataclass(slots=True)
class Loaded:
    """What loading a snapshot has come to."""

    keys: int = 0
    expired: int = 0
    """Keys that were past their deadline and were not taken."""
    left_out: list[str] = field(default_factory=list)
    notes: dict[bytes, bytes] = field(default_factory=dict)
    """The auxiliary fields."""
    end: int = 0
    """Bytes of the snapshot."""


def load(data: bytes, databases: Iterable[Keyspace]) -> Loaded:
    """Fill empty databases from a snapshot; on an error they are emptied again.

    Raises BadFormat.
    """
    databases = list(databases)
    loaded = load_preamble(data, databases)
    if loaded.end < len(data):
        for database in databases:
            database.flush()
        raise BadFormat("there is more behind the end", loaded.end)
    return loaded


def load_preamble(data: bytes, databases: Iterable[Keyspace]) -> Loaded:
    """As `load`, from a snapshot with something else behind it, which `Loaded.end` tells."""
    targets = {database.index: database for database in databases}
    try:
        return _Loader(data, targets).run()
    except BadFormat:
        for database in targets.values():
            database.flush()
        raise


class _Loader:
    """One file being loaded."""

    __slots__ = ("_cursor", "_data", "_database", "_deadline", "_targets", "loaded")

    def __init__(self, data: bytes, targets: dict[int, Keyspace]) -> None:
        self._data = data
        self._targets = targets
        self._cursor = Cursor(data)
        self._database = targets[0]
        self._deadline: int | None = None
        self.loaded = Loaded()

    def run(self) -> Loaded:
        """Raises BadFormat."""
        version = self._version()
        cursor = self._cursor
        while (code := cursor.byte()) != END:
            if code >= FUNCTION:
                self._note(code)
            else:
                self._key(code)
        end = cursor.position
        if version >= CHECKSUM_SINCE:
            expected = cursor.unsigned(8)
            if expected and crc64(self._data[:end], 0) != expected:
                raise BadFormat("the checksum is wrong: the file is damaged")
        self.loaded.end = cursor.position
        return self.loaded

    def _version(self) -> int:
        match = _MAGIC.fullmatch(self._data[:9])
        if match is None:
            raise BadFormat("this is no RDB file: it does not begin with REDIS and a version")
        self._cursor.position = 9
        version = int(match[1])
        if not 0 < version <= VERSION_MAX:
            raise BadFormat(f"this is RDB version {version}; read are versions up to {VERSION_MAX}")
        return version

    def _note(self, code: int) -> None:
        """What is no key."""
        cursor = self._cursor
        if code == EXPIRE_MS:
            self._deadline = cursor.signed(8)
        elif code == EXPIRE_S:
            self._deadline = cursor.signed(4) * 1000
        elif code == SELECT:
            index = cursor.length()
            if index not in self._targets:
                raise cursor.error(f"there is no database {index} (option databases)")
            self._database = self._targets[index]
        elif code == RESIZE:
            cursor.length()
            cursor.length()
        elif code == AUX:
            name = cursor.string()
            self.loaded.notes[name] = cursor.string()
        elif code == IDLE:
            cursor.length()
        elif code == FREQUENCY:
            cursor.byte()
        elif code == FUNCTION:
            cursor.string()
            self.loaded.left_out.append("a library of Lua functions")
        else:
            kind = "module data" if code == MODULE_AUX else "functions of a preview of Redis 7"
            raise cursor.error(f"{kind} cannot be read")

    def _key(self, code: int) -> None:
        cursor, database = self._cursor, self._database
        key = cursor.string()
        value = self._value(code, key)
        if key in database:
            raise cursor.error(f"the key {key!r} is there twice")
        deadline, self._deadline = self._deadline, None
        if deadline is not None and deadline <= database.now():
            self.loaded.expired += 1
            return
        database.set(key, value)
        if deadline is not None:
            database.expire_at(key, deadline)
        self.loaded.keys += 1

    def _value(self, code: int, key: bytes) -> Value:
        try:
            return read_value(code, self._cursor, self._database.thresholds)
        except Unsupported as error:
            raise Unsupported(f"the key {key!r} holds {error}") from error
        except BadFormat as error:
            raise BadFormat(f"the value of the key {key!r}: {error}") from error
