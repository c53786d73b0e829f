"""Commands on the bits of strings. https://redis.io/commands/?group=bitmap"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_, or_, xor
from typing import Annotated

from ferrite.commands.arguments import Argument, Grammar, IntText, Key, Keys, integer, word
from ferrite.commands.registry import Group, Tag
from ferrite.errors import CommandError
from ferrite.keyspace import bits
from ferrite.keyspace.values import parse_integer
from ferrite.state import Call

group = Group("bitmap", category="bitmap")
command = group.command

_UNIT = Argument("index-unit", "oneof", optional=True, arguments=(word("BYTE"), word("BIT")))
_BITCOUNT = Grammar(
    Argument(
        "index",
        "block",
        optional=True,
        arguments=(Argument("start", "integer"), Argument("end", "integer"), _UNIT),
    )
)
_END = Argument("end-index", "block", optional=True, arguments=(Argument("end", "integer"), _UNIT))
_BITPOS = Grammar(
    Argument("index", "block", optional=True, arguments=(Argument("start", "integer"), _END))
)
_OPERATIONS: dict[bytes, Callable[[int, int], int]] = {b"AND": and_, b"OR": or_, b"XOR": xor}


def bit_offset(call: Call, text: bytes, width: int = 0) -> int:
    """The place of a bit; where there is a width, `#N` is the place of the Nth field of that width.

    Raises CommandError.
    """
    counted = width > 0 and text.startswith(b"#")
    number = parse_integer(text[1:] if counted else text)
    offset = -1 if number is None else number * (width if counted else 1)
    if offset < 0 or offset >> 3 >= call.state.config.redis.proto_max_bulk_len:
        raise CommandError("ERR bit offset is not an integer or out of range")
    return offset


@command(Tag.WRITE | Tag.DENYOOM, since="2.2.0", access="RW access update")
def setbit(call: Call, key: Key, offset: IntText, value: IntText) -> int:
    """Set or clear a bit of the string at a key; return what it was."""
    place = bit_offset(call, offset)
    if value not in (b"0", b"1"):
        raise CommandError("ERR bit is not an integer or out of range")
    old = call.keyspace.string(key)
    data = bytearray(old or b"")
    data.extend(bytes(max((place >> 3) + 1 - len(data), 0)))
    was = bits.read(data, place, 1)
    if was != int(value) or len(data) != len(old or b""):
        bits.write(data, place, 1, int(value))
        call.keyspace.update(key, bytes(data))
    return was


@command(Tag.READONLY | Tag.FAST, since="2.2.0", access="RO access")
def getbit(call: Call, key: Key, offset: IntText) -> int:
    """Return a bit of the string at a key, 0 behind its end."""
    place = bit_offset(call, offset)
    return bits.read(call.keyspace.read_string(key) or b"", place, 1)


@command(
    Tag.READONLY,
    since="2.6.0",
    complexity="O(N) where N is the length of the range",
    access="RO access",
)
def bitcount(call: Call, key: Key, *index: Annotated[bytes, _BITCOUNT]) -> int:
    """Return how many bits of the string at a key, or of a part of it, are set."""
    data = call.keyspace.read_string(key)
    if data is None:
        return 0
    if not index:
        return bits.count_ones(data, 0, len(data) * 8 - 1)
    if len(index) not in (2, 3):
        raise CommandError.syntax()
    start, end = integer(index[0]), integer(index[1])
    if start < 0 and end < 0 and start > end:
        return 0
    return bits.count_ones(data, *_bit_range(data, start, end, _unit_bits(index[2:])))


def _unit_bits(unit: Sequence[bytes]) -> int:
    """Bits in a unit of range ends: 1 or 8. Raises CommandError."""
    if unit and unit[0].upper() not in (b"BYTE", b"BIT"):
        raise CommandError.syntax()
    return 1 if unit and unit[0].upper() == b"BIT" else 8


def _bit_range(data: bytes, start: int, end: int, scale: int) -> tuple[int, int]:
    """First and last bit between two units, negative ones counted from the end of `data`."""
    size = len(data) * 8 // scale
    first = max(start + size, 0) if start < 0 else start
    last = max(end + size, 0) if end < 0 else min(end, size - 1)
    if not size or first > last:
        return 0, -1
    return first * scale, (last + 1) * scale - 1


@command(
    Tag.READONLY,
    since="2.8.7",
    complexity="O(N) where N is the length of the range",
    access="RO access",
)
def bitpos(call: Call, key: Key, bit: IntText, *index: Annotated[bytes, _BITPOS]) -> int:
    """Return where the first bit is that is set or clear, -1 if there is none.

    Behind the end all bits are clear, unless the command names the end of the range.
    """
    wanted = integer(bit)
    if wanted not in (0, 1):
        raise CommandError("ERR The bit argument must be 1 or 0.")
    data = call.keyspace.read_string(key)
    if data is None:
        return -1 if wanted else 0
    if len(index) > 3:
        raise CommandError.syntax()
    start = integer(index[0]) if index else 0
    scale = _unit_bits(index[2:])
    end = integer(index[1]) if len(index) > 1 else -1
    first, last = _bit_range(data, start, end, scale)
    if first > last:
        return -1
    found = bits.find(data, wanted, first, last)
    if found is None:
        return len(data) * 8 if not wanted and len(index) < 2 else -1
    return found


@command(
    Tag.WRITE | Tag.DENYOOM,
    since="2.6.0",
    complexity="O(N) where N is the length of the longest string",
    access=("OW update", "RO access"),
)
def bitop(call: Call, operation: bytes, destkey: Key, *keys: Keys) -> int:
    """Combine strings bit by bit and store the result at a key; return its length."""
    name = operation.upper()
    if name not in _OPERATIONS and name != b"NOT":
        raise CommandError.syntax()
    if name == b"NOT" and len(keys) != 1:
        raise CommandError("ERR BITOP NOT must be called with a single source key.")
    keyspace = call.keyspace
    sources = [keyspace.read_string(key) or b"" for key in keys]
    size = max(map(len, sources))
    if not size:
        keyspace.delete(destkey)
        return 0
    numbers = [int.from_bytes(source, "little") for source in sources]
    if name == b"NOT":
        result = numbers[0] ^ ((1 << size * 8) - 1)
    else:
        result = reduce(_OPERATIONS[name], numbers)
    keyspace.set(destkey, result.to_bytes(size, "little"))
    return size
