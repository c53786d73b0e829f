"""BITFIELD: numbers of any width at any place of a string. https://redis.io/commands/bitfield/"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from ferrite.commands.arguments import Argument, Grammar, Key, integer, word
from ferrite.commands.bitmaps import bit_offset
from ferrite.commands.registry import Group, Tag
from ferrite.errors import CommandError
from ferrite.keyspace import bits
from ferrite.keyspace.values import parse_integer
from ferrite.state import Call

group = Group("bitmap", category="bitmap")
command = group.command

_WIDTH_MAX = 64
_ENCODING, _OFFSET = Argument("encoding", "string"), Argument("offset", "integer")
_OVERFLOW = Argument(
    "wrap-sat-fail",
    "oneof",
    "OVERFLOW",
    optional=True,
    arguments=(word("WRAP"), word("SAT"), word("FAIL")),
)
_WRITES = Argument(
    "write-operation",
    "oneof",
    arguments=(
        Argument(
            "encoding-offset-value",
            "block",
            "SET",
            arguments=(_ENCODING, _OFFSET, Argument("value", "integer")),
        ),
        Argument(
            "encoding-offset-increment",
            "block",
            "INCRBY",
            arguments=(_ENCODING, _OFFSET, Argument("increment", "integer")),
        ),
    ),
)
_BITFIELD = Grammar(
    Argument(
        "operation",
        "oneof",
        optional=True,
        multiple=True,
        arguments=(
            Argument("encoding-offset", "block", "GET", arguments=(_ENCODING, _OFFSET)),
            Argument("write", "block", arguments=(_OVERFLOW, _WRITES)),
        ),
    )
)
_BITFIELD_RO = Grammar(
    Argument(
        "encoding-offset",
        "block",
        "GET",
        optional=True,
        multiple=True,
        multiple_token=True,
        arguments=(_ENCODING, _OFFSET),
    )
)
_ARGUMENTS = {b"GET": 2, b"SET": 3, b"INCRBY": 3}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation on one field."""

    name: bytes
    signed: bool
    width: int
    offset: int
    value: int
    overflow: bytes
    """WRAP, SAT or FAIL."""

    def read(self, data: bytes | bytearray) -> int:
        """The field's number."""
        number = bits.read(data, self.offset, self.width)
        return number - (1 << self.width) if self.signed and number >> (self.width - 1) else number

    def write(self, data: bytearray, number: int) -> None:
        """Put a number that fits into the field."""
        bits.write(data, self.offset, self.width, number & ((1 << self.width) - 1))

    def fitted(self, number: int) -> int | None:
        """What becomes of a number in this field; None when it overflows and must not."""
        low = -(1 << (self.width - 1)) if self.signed else 0
        high = low + (1 << self.width) - 1
        if low <= number <= high:
            return number
        if self.overflow == b"WRAP":
            return (number - low) % (1 << self.width) + low
        if self.overflow == b"SAT":
            return high if number > high else low
        return None


def _parse(call: Call, arguments: Sequence[bytes]) -> list[Operation]:
    """Raises CommandError."""
    operations: list[Operation] = []
    overflow = b"WRAP"
    rest = list(reversed(arguments))
    while rest:
        name = rest.pop().upper()
        if name == b"OVERFLOW" and rest:
            overflow = rest.pop().upper()
            if overflow not in (b"WRAP", b"SAT", b"FAIL"):
                raise CommandError("ERR Invalid OVERFLOW type specified")
            continue
        if len(rest) < _ARGUMENTS.get(name, len(rest) + 1):
            raise CommandError.syntax()
        signed, width = _encoding(rest.pop())
        offset = bit_offset(call, rest.pop(), width)
        value = 0 if name == b"GET" else integer(rest.pop())
        if name == b"SET" and not signed:
            value %= 1 << 64
        operations.append(Operation(name, signed, width, offset, value, overflow))
    return operations


def _encoding(text: bytes) -> tuple[bool, int]:
    """Whether a type such as i16 is signed, and its width. Raises CommandError."""
    width = parse_integer(text[1:])
    signed = text[:1] == b"i"
    if text[:1] not in (b"i", b"u") or width is None or not 0 < width < _WIDTH_MAX + signed:
        raise CommandError(
            "ERR Invalid bitfield type. Use something like i16 u8. "
            "Note that u64 is not supported but i64 is."
        )
    return signed, width


_ARGUMENTS_BEHIND = {b"GET": 2, b"OVERFLOW": 1}


def _access_of_bitfield(request: Sequence[bytes]) -> str:
    """As Redis judges: only GETs read; one that writes, or is none, makes it write."""
    rest = list(request[2:])
    while rest:
        behind = _ARGUMENTS_BEHIND.get(rest[0].upper())
        if behind is None or len(rest) <= behind:
            return "RW access update"
        del rest[: behind + 1]
    return "RO access"


@command(
    Tag.WRITE | Tag.DENYOOM,
    since="3.2.0",
    complexity="O(1) for each operation",
    access="RW access update variable_flags",
    varying_access=_access_of_bitfield,
)
def bitfield(call: Call, key: Key, *operations: Annotated[bytes, _BITFIELD]) -> list[int | None]:
    """Read and change numbers in the string at a key; return what each operation answers."""
    parsed = _parse(call, operations)
    writes = [each for each in parsed if each.name != b"GET"]
    if not writes:
        return _read_all(call, key, parsed)
    old = call.keyspace.string(key) or b""
    size = max((each.offset + each.width + 7) >> 3 for each in writes)
    data = bytearray(old)
    data.extend(bytes(max(size - len(old), 0)))
    answers = [_apply(each, data) for each in parsed]
    if data != old:
        call.keyspace.update(key, bytes(data))
    return answers


def _apply(operation: Operation, data: bytearray) -> int | None:
    present = operation.read(data)
    if operation.name == b"GET":
        return present
    increment = operation.name == b"INCRBY"
    number = operation.fitted(operation.value + present if increment else operation.value)
    if number is None:
        return None
    operation.write(data, number)
    return number if increment else present


@command(
    Tag.READONLY | Tag.FAST,
    since="6.0.0",
    complexity="O(1) for each operation",
    access="RO access",
)
def bitfield_ro(
    call: Call, key: Key, *operations: Annotated[bytes, _BITFIELD_RO]
) -> list[int | None]:
    """Read numbers in the string at a key."""
    parsed = _parse(call, operations)
    if any(each.name != b"GET" for each in parsed):
        raise CommandError("ERR BITFIELD_RO only supports the GET subcommand")
    return _read_all(call, key, parsed)


def _read_all(call: Call, key: bytes, operations: Sequence[Operation]) -> list[int | None]:
    data = call.keyspace.read_string(key) or b""
    return [each.read(data) for each in operations]
