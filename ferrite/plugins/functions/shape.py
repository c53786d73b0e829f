"""A function's shape: which export it is, what its arguments are, and how its results answer.

Rule: keys come first, then arguments, and together they are the parameters, in order, each parsed
as its parameter's type. A function that has no parameters and imports `arg_*` takes any number of
them as bytes. Bytes for a parameter that the module's section names as such are put into pages of
their own, which the host adds to the guest's memory once and uses again for every call.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ferrite.errors import CommandError
from ferrite.keyspace.values import parse_integer
from ferrite.plugins.exports import (
    INITIALIZE,
    RESERVED_PREFIXES,
    START,
    Entry,
    candidates,
    describe_exports,
)
from ferrite.plugins.host_api import MODULE, HostContext
from ferrite.plugins.host_api.context import SHOWN_BYTES_MAX
from ferrite.plugins.schema import EXPORT_NAME, TEXTS, key, read_tables
from ferrite.toml_source import TomlSource
from wasm_vm import F32, F64, I32, I64, PAGE_SIZE, FunctionType, Instance, Module, ValueType

SECTION_NAME = "ferrite-function"
"""The custom section that says which parameters are bytes:

    [[functions]]
    name = "shout"
    parameters = ["bytes", "i64"]
"""
BYTES = "bytes"
MAIN = "main"
NUMBERS: tuple[ValueType, ...] = (I32, I64, F32, F64)
EVENT = "function"
"""What calls of functions are to their guest and to the audit."""
_BITS = {I32: 32, I64: 64}
_HALF, _WHOLE = 1 << 31, 1 << 32


@dataclass(frozen=True, kw_only=True)
class FunctionTable:
    """[[functions]] of the section: what one exported function takes."""

    name: str = key(EXPORT_NAME, "The exported function.")
    parameters: tuple[str, ...] = key(TEXTS, 'Types; "bytes" is a pointer and a length.')


@dataclass(frozen=True, slots=True)
class Shape:
    """What a function takes and gives."""

    export: str
    parameters: tuple[ValueType | str, ...]
    """Types; "bytes" for a pointer with a length."""
    results: tuple[ValueType, ...]
    free: bool = False
    """Whether it reads its arguments by `arg_*`, as many as there are."""

    def describe(self) -> str:
        """As text: "i32 bytes -> i64"."""
        taken = "any" if self.free else " ".join(map(str, self.parameters)) or "nothing"
        return f"{taken} -> {' '.join(map(str, self.results)) or 'nothing'}"

    def parse(self, words: Sequence[bytes]) -> tuple[Any, ...]:
        """The arguments as values. Raises ValueError that names position and type."""
        if self.free:
            return ()
        wanted, given = len(self.parameters), len(words)
        if wanted != given:
            kinds = f" ({' '.join(map(str, self.parameters))})" if wanted else ""
            plural = "" if wanted == 1 else "s"
            raise ValueError(f"it takes {wanted} argument{plural}{kinds}, not {given}")
        return tuple(
            _parse(position, kind, word)
            for position, (kind, word) in enumerate(zip(self.parameters, words, strict=True), 1)
        )


@dataclass(frozen=True, slots=True)
class FunctionEntry(Entry):
    """One call of a function: as a plugin's entry, but its results are the reply where it has
    built none."""

    def run(self, instance: Instance, context: HostContext) -> int:
        """Call it; 0."""
        found = instance.invoke(self.export, *_placed(self.arguments, instance, context))
        reply = context.invocation.reply
        if reply.begun:
            return 0
        results = found if isinstance(found, tuple) else () if found is None else (found,)
        if len(results) > 1:
            reply.open(list, len(results))
        for result in results:
            reply.add(result)
        return 0


def find_shape(name: str, module: Module, exports: Mapping[str, FunctionType]) -> Shape:
    """The shape of a module's function: the export named like it, else `main`, else the only one.

    Raises ValueError that names what was found.
    """
    own = {e: kind for e, kind in exports.items() if not e.startswith(RESERVED_PREFIXES)}
    named = next((export for export in (*candidates(name), MAIN) if export in own), None)
    if named is None and len(own) == 1:
        named = next(iter(own))
    if named is None:
        raise ValueError(
            f"it needs an exported function '{name}' or '{MAIN}', or a single one; "
            f"{describe_exports(own)}"
        )
    kind = own[named]
    for place, types in (("parameter", kind.parameters), ("result", kind.results)):
        for position, each in enumerate(types, 1):
            if each not in NUMBERS:
                raise ValueError(f"{place} {position} of '{named}' is {each}: no number")
    parameters = _declared(named, kind, module) or kind.parameters
    reads = any(e.module == MODULE and e.name.startswith("arg_") for e in module.imports)
    return Shape(named, tuple(parameters), kind.results, free=reads and not kind.parameters)


def starts(exports: Mapping[str, FunctionType], shape: Shape) -> bool:
    """Whether something runs before the first call: never the function itself."""
    return any(name in exports and name != shape.export for name in (INITIALIZE, START))


def _declared(
    export: str, kind: FunctionType, module: Module
) -> tuple[ValueType | str, ...] | None:
    """The parameters as the module's section has them; None where it says nothing of them."""
    section = module.custom(SECTION_NAME)
    if section is None:
        return None
    name = f"section {SECTION_NAME}"
    try:
        source = TomlSource(section.decode("utf-8"), name)
    except UnicodeDecodeError as error:
        raise ValueError(f"{name}: is no UTF-8 text (byte {error.start})") from error
    unknown = next((key for key in source.data if key != "functions"), None)
    if unknown is not None:
        raise source.problem((unknown,), "is no known table (known is functions)")
    known = {str(each): each for each in NUMBERS}
    for index, table in enumerate(read_tables(source, "functions", FunctionTable)):
        if table.name != export:
            continue
        place = ("functions", index, "parameters")
        found: list[ValueType | str] = []
        types: list[ValueType] = []
        for word in table.parameters:
            if word not in known and word != BYTES:
                raise source.problem(place, f"has '{word}' (known are {BYTES}, {', '.join(known)})")
            found.append(known.get(word, word))
            types += [known[word]] if word in known else [I32, I32]
        if tuple(types) != kind.parameters:
            raise source.problem(place, f"does not fit '{export}', which has type {kind}")
        return tuple(found)
    return None


def _parse(position: int, kind: ValueType | str, word: bytes) -> Any:
    if kind == BYTES:
        return word
    value: int | float | None
    if kind in (I32, I64):
        value = parse_integer(word)
        bits = _BITS[kind]
        if value is not None and not -(1 << bits - 1) <= value < 1 << bits - 1:
            value = None
    else:
        value = _double(word, single=kind is F32)
    if value is None:
        shown = word[:SHOWN_BYTES_MAX].decode("utf-8", "backslashreplace")
        raise ValueError(f"argument {position} must be an {kind}, not '{shown}'")
    return value


def _double(word: bytes, *, single: bool) -> float | None:
    try:
        number = float(word)
        if single and not math.isinf(number):
            struct.pack("<f", number)
    except (ValueError, OverflowError):
        return None
    return None if math.isnan(number) or word != word.strip() or b"_" in word else number


def _placed(values: tuple[Any, ...], instance: Instance, context: HostContext) -> list[Any]:
    """The values as the guest gets them: bytes are in its memory."""
    size = sum(len(value) for value in values if isinstance(value, bytes))
    address = _room(size, instance, context) if size else 0
    placed: list[Any] = []
    for value in values:
        if isinstance(value, bytes):
            context.write(address, value)
            placed += [address - _WHOLE if address >= _HALF else address, len(value)]
            address += len(value)
        else:
            placed.append(value)
    return placed


def _room(size: int, instance: Instance, context: HostContext) -> int:
    """Where `size` bytes of arguments go. Room doubles, so that what smaller ones leave unused is
    bounded. Raises CommandError where the memory cannot grow, OutOfFuel."""
    room = context.room
    if room is not None and room[0] is instance and size <= room[2]:
        return room[1]
    needed = -(-size // PAGE_SIZE)
    had = room[2] // PAGE_SIZE if room is not None and room[0] is instance else 0
    pages = max(needed, 2 * had)
    before = instance.memory.grow(pages)
    if before < 0:
        pages, before = needed, instance.memory.grow(needed)
    if before < 0:
        raise CommandError(f"ERR {context.title}: no memory for {size} bytes of arguments")
    context.charge(pages)
    context.room = (instance, before * PAGE_SIZE, pages * PAGE_SIZE)
    return before * PAGE_SIZE
