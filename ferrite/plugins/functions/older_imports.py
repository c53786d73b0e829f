"""What functions made for other servers import: module `ferrite`, or `env` with a prefix.

Rule: each does what its namesake of `ferrite_v1` does, through the same door (rights, patterns,
audit, payment), and differs in types and codes alone: i32 results are a length, 1 or 0, -1 absent,
-2 any error; i64 results have the least integer for an error, which none of them can be otherwise;
`ttl` and `expire` count in seconds, as TTL and EXPIRE do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ferrite.permissions import Right
from ferrite.plugins.host_api import FUNCTIONS, ErrorCode, HostCall, HostContext
from ferrite.plugins.host_api.declaration import Answer, enter
from wasm_vm import I32, I64, Caller, FunctionType, HostFunction, ValueType

MODULE, OTHER_MODULE, PREFIX = "ferrite", "env", "ferrite_"
ABSENT, FAILED = -1, -2
FAILED_LONG = -(1 << 63)
NO_KEY, NO_EXPIRY = -2, -1
"""What `ttl` says of a key that is not there, and of one that does not expire."""
MILLISECONDS = 1000
_I32_MASK, _I64_MASK = 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF

Narrow = Callable[[HostCall], HostCall]


@dataclass(frozen=True, slots=True)
class OlderFunction:
    """One function of the older modules."""

    type: FunctionType
    namesake: str
    """Of `ferrite_v1`."""
    convert: Callable[[int, int], int]
    """From the namesake's result and what it stored."""
    stores: bool = False
    """Whether the namesake stores a number, which is the result here."""
    seconds: bool = False
    """Whether the last argument is a time in seconds."""


def _length(result: int, _stored: int) -> int:
    if result >= 0:
        return result
    return ABSENT if result == ErrorCode.ABSENT else FAILED


def _done(result: int, _stored: int) -> int:
    return result if result >= 0 else FAILED


def _expired(result: int, _stored: int) -> int:
    """As EXPIRE: 1, or 0 when there is no key."""
    if result >= 0:
        return 1
    return 0 if result == ErrorCode.ABSENT else FAILED


def _number(result: int, stored: int) -> int:
    return stored if result >= 0 else FAILED_LONG


def _seconds_left(result: int, stored: int) -> int:
    if result == ErrorCode.ABSENT:
        return NO_KEY
    if result < 0:
        return FAILED_LONG
    return stored if stored == NO_EXPIRY else (stored + MILLISECONDS // 2) // MILLISECONDS


def _type(count: int, result: ValueType | None, *last: ValueType) -> FunctionType:
    return FunctionType((*(I32,) * count, *last), () if result is None else (result,))


OLDER: dict[str, OlderFunction] = {
    "get": OlderFunction(_type(4, I32), "get", _length),
    "set": OlderFunction(_type(4, I32), "set", _done),
    "del": OlderFunction(_type(2, I32), "delete", _done),
    "exists": OlderFunction(_type(2, I32), "exists", _done),
    "incr": OlderFunction(_type(2, I64), "incr_by", _number, stores=True),
    "hget": OlderFunction(_type(6, I32), "hget", _length),
    "hset": OlderFunction(_type(6, I32), "hset", _done),
    "expire": OlderFunction(_type(2, I32, I64), "expire", _expired, seconds=True),
    "ttl": OlderFunction(_type(2, I64), "ttl", _seconds_left, stores=True),
    "log": OlderFunction(_type(3, None), "log", _done),
    "time_millis": OlderFunction(_type(0, I64), "time_ms", _number, stores=True),
    "random": OlderFunction(_type(2, I32), "random", _done),
}
NAMES = {
    MODULE: {name: name for name in OLDER},
    OTHER_MODULE: {PREFIX + name: name for name in OLDER},
}
"""What each module offers, and which function that is."""


def older_function(module: str, name: str) -> OlderFunction | None:
    """What an import asks for; None where it is none of these."""
    found = NAMES.get(module, {}).get(name)
    return None if found is None else OLDER[found]


def imports(context: HostContext, module: str, narrow: Narrow) -> dict[str, HostFunction]:
    """The functions of one module for one guest; `narrow` gives the namesakes it may use."""
    return {
        name: _bind(context, f"{module}.{name}", OLDER[own], narrow)
        for name, own in NAMES[module].items()
    }


def _bind(context: HostContext, title: str, older: OlderFunction, narrow: Narrow) -> HostFunction:
    call, stored = narrow(FUNCTIONS[older.namesake]), [0]
    taken = _storing(call, stored) if older.stores else call
    mask = _I64_MASK if older.type.results == (I64,) else _I32_MASK

    def code(caller: Caller | None, arguments: list[Any]) -> Sequence[int]:
        context.called_by(caller)
        raw = [*arguments[:-1], _milliseconds(arguments[-1])] if older.seconds else arguments
        result = older.convert(enter(context, taken, raw), stored[0])
        return (result & mask,) if older.type.results else ()

    return HostFunction(older.type, title, code, call.body)


def _milliseconds(seconds: int) -> int:
    """A time, both as unsigned 64-bit patterns; what does not fit is the most there can be."""
    signed = seconds - (1 << 64) if seconds >> 63 else seconds
    return max(-(1 << 63), min(signed * MILLISECONDS, (1 << 63) - 1)) & _I64_MASK


def _storing(call: HostCall, stored: list[int]) -> HostCall:
    """The namesake, storing its number here and not in the guest; INCR's step is 1."""

    def store(_context: HostContext, number: int, _raw: Sequence[Any]) -> int:
        stored[0] = number
        return 0

    if call.name == "incr_by":
        body = call.body
        call = call.doing(lambda context, key: body(context, key, 1), call.kinds[:1])
    return replace(call, answer=Answer((), store))


def rights_of(module: str, name: str) -> tuple[Right, ...]:
    """The rights an import needs."""
    older = older_function(module, name)
    return () if older is None else FUNCTIONS[older.namesake].needs
