"""The frames of a recording, and the bytes of each: a RESP3 array of its name and its fields.

Rule: whatever is read back is judged: a frame has the fields that are declared here, each of its
type, or RecordError says what it has instead.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

from ferrite.errors import ProtocolError
from ferrite.protocol.encoder import encode
from ferrite.protocol.replies import BigNumber
from ferrite.protocol.reply_parser import ReplyParser
from wasm_vm import InstanceState, Limits

PROTOCOL = 3
NULL = -1
"""Stands for a null reference, of which no index and no bit pattern is negative."""
READ, WRITE = 0, 1
RETURNED = "return"
"""The kind of an end that is no failure."""
_I64_MIN, _I64_MAX = -(2**63), 2**63 - 1
_TABLE_ENTRY_BYTES = 8


class RecordError(Exception):
    """A recording cannot be written or read; the text says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class Header:
    """What all calls of a file have in common."""

    ferrite: str
    """Version of the server."""
    cost_model: int
    plugin: str
    version: str
    sha256: str
    """Of the module."""
    module: bytes
    """Deflated."""
    module_bytes: int
    start: str
    """The export that runs when an instance is made; "" for none."""
    value_bytes_max: int
    time_ms: int
    """When the recording was begun, in Unix milliseconds."""


@dataclass(frozen=True, slots=True)
class State:
    """The state of an instance that was there before: what follows goes on from it."""

    limits: dict[str, int]
    memories: list[bytes]
    """Deflated."""
    sizes: list[int]
    """Of the memories, in bytes."""
    tables: list[bytes]
    """Indices of functions, 8 bytes each, deflated."""
    lengths: list[int]
    """Of the tables, in elements."""
    globals: list[int]
    data: list[int]
    elements: list[int]

    @classmethod
    def of(cls, state: InstanceState, limits: Limits) -> State:
        """The frame of a state."""
        tables = [
            b"".join(
                (NULL if index is None else index).to_bytes(
                    _TABLE_ENTRY_BYTES, "little", signed=True
                )
                for index in table
            )
            for table in state.tables
        ]
        return cls(
            limits_as_data(limits),
            [zlib.compress(memory, 1) for memory in state.memories],
            [len(memory) for memory in state.memories],
            [zlib.compress(table, 1) for table in tables],
            [len(table) for table in state.tables],
            [NULL if value is None else value for value in state.globals],
            [int(there) for there in state.data],
            [int(there) for there in state.elements],
        )

    def state(self) -> InstanceState:
        """The state. Raises RecordError."""
        if len(self.memories) != len(self.sizes) or len(self.tables) != len(self.lengths):
            raise RecordError("a state's sizes are not those of its memories and tables")
        size = _TABLE_ENTRY_BYTES
        tables = []
        for packed, length in zip(self.tables, self.lengths, strict=True):
            data = inflated(packed, length * size)
            indices = (
                int.from_bytes(data[at : at + size], "little", signed=True)
                for at in range(0, len(data), size)
            )
            tables.append(tuple(None if index == NULL else index for index in indices))
        return InstanceState(
            tuple(inflated(*each) for each in zip(self.memories, self.sizes, strict=True)),
            tuple(tables),
            tuple(None if value == NULL else value for value in self.globals),
            tuple(map(bool, self.data)),
            tuple(map(bool, self.elements)),
        )


@dataclass(frozen=True, slots=True)
class Start:
    """A new instance is made. Host calls and the end follow."""

    limits: dict[str, int]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the guest. Host calls and the end follow."""

    number: int
    """Counted from 1 in each file."""
    origin: str
    """What called: "command", an event, the name of a method."""
    command: str
    export: str
    parameters: list[int]
    arguments: list[bytes]
    fuel: int
    """The limit, in units."""
    fresh: int
    """Whether it finds the instance as it was when it was made, and leaves it so."""
    hook: int
    """Whether it is a hook."""
    database: int
    """-1 where there is none."""
    user: str
    client: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class Host:
    """A call of the guest into the host."""

    function: str
    """Module and name."""
    arguments: list[int]
    """Unsigned bit patterns."""
    at: int
    """Units used when it was made, since its call began."""
    fuel: int
    """Units that it has charged."""
    results: list[int]
    effects: list[int | bytes]
    """What it did to the guest's memory, in order: READ or WRITE, the address, and the bytes
    written or the size and checksum of those read."""
    error: str
    """How it ended early: "trap", "fuel", "exit", "stop" or the kind of another error; "" where
    it has returned."""
    detail: str
    number: int
    """Of an exit its code, of "fuel" the units needed."""


@dataclass(frozen=True, slots=True)
class End:
    """How a call or a start ended."""

    kind: str
    """"return", or as PLUGIN.ERRORS names it."""
    text: str
    status: int
    """What the guest returned."""
    reply: bytes
    """RESP3."""
    said: list[bytes]
    """What a hook has said: refusal and replacement, each in RESP3."""
    fuel: int
    memory: int
    """Checksum of memory and globals; 0 where nothing follows from them."""


@dataclass(frozen=True, slots=True)
class Last:
    """Nothing follows."""

    reason: str


Frame = Header | State | Start | Call | Host | End | Last
KINDS: tuple[type[Any], ...] = (Header, State, Start, Call, Host, End, Last)
"""In the order in which they come."""
_BY_NAME = {kind.__name__.lower().encode(): kind for kind in KINDS}
_LIMITS = frozenset(each.name for each in fields(Limits))


def to_bytes(frame: Frame) -> bytes:
    """A frame as it stands in a file."""
    name = type(frame).__name__.lower().encode()
    values = [_plain(getattr(frame, each.name)) for each in fields(frame)]
    return encode([name, *values], PROTOCOL)


def _plain(value: Any) -> Any:
    """A field's value as a reply."""
    if type(value) is int:
        return value if _I64_MIN <= value <= _I64_MAX else BigNumber(value)
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, dict):
        return {key.encode(): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def from_bytes(data: bytes) -> Frame:
    """The frame that some bytes are. Raises RecordError."""
    parser = ReplyParser()
    try:
        replies = parser.feed(data)
    except (ProtocolError, ValueError, TypeError, RecursionError) as error:
        raise RecordError(f"is no frame: {error}") from error
    if len(replies) != 1 or not isinstance(replies[0], list) or not replies[0]:
        raise RecordError("is no frame: it is not one array")
    name, *values = replies[0]
    kind = _BY_NAME.get(name) if isinstance(name, bytes) else None
    if kind is None:
        raise RecordError(f"is a frame of unknown kind {name!r:.40}")
    declared = fields(kind)
    if len(declared) != len(values):
        raise RecordError(f"is a frame '{name.decode()}' of {len(values)} fields")
    found = {}
    for each, value in zip(declared, values, strict=True):
        try:
            found[each.name] = _TAKERS[str(each.type)](value)
        except (TypeError, ValueError) as error:
            what = f"is a frame '{name.decode()}' whose {each.name} is wrong: {error}"
            raise RecordError(what) from error
    frame: Frame = kind(**found)
    return frame


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"a {type(value).__name__} stands for an integer")
    return int(value)


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError(f"a {type(value).__name__} stands for bytes")
    return value


def _text(value: Any) -> str:
    return _bytes(value).decode("utf-8", "surrogateescape")


def _items(take: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise TypeError(f"a {type(value).__name__} stands for a list")
        return [take(item) for item in value]

    return read


def _numbers_by_name(value: Any) -> dict[str, int]:
    if not isinstance(value, dict):
        raise TypeError(f"a {type(value).__name__} stands for a map")
    return {_text(key): _integer(item) for key, item in value.items()}


_TAKERS: dict[str, Callable[[Any], Any]] = {
    "int": _integer,
    "str": _text,
    "bytes": _bytes,
    "list[int]": _items(_integer),
    "list[bytes]": _items(_bytes),
    "list[int | bytes]": _items(lambda v: v if isinstance(v, bytes) else _integer(v)),
    "dict[str, int]": _numbers_by_name,
}


def inflated(data: bytes, size: int) -> bytes:
    """Bytes of which it is known how many they are. Raises RecordError."""
    unpacker = zlib.decompressobj()
    try:
        found = unpacker.decompress(data, size + 1) if size >= 0 else b""
    except zlib.error as error:
        raise RecordError(f"packed bytes are damaged: {error}") from error
    if len(found) != size:
        raise RecordError(f"packed bytes are not the {size} that they should be")
    return found


def limits_as_data(limits: Limits) -> dict[str, int]:
    """Limits by name; one that is not set is left out."""
    return {name: value for name, value in asdict(limits).items() if value is not None}


def limits_from_data(data: dict[str, int]) -> Limits:
    """What `limits_as_data` has given. Raises RecordError."""
    unknown = [name for name, value in data.items() if name not in _LIMITS or value < 0]
    if unknown:
        raise RecordError(f"a limit '{unknown[0]}' is wrong")
    return Limits(**data)
