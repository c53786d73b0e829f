"""Random valid modules that use every operator of the instruction table.

A module is determined by its seed alone. It exports `run0`, `run1` ... over numbers, `digest`,
which sums up what its tables and references have come to, its memories and its numeric globals.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tests.fuzz import (
    operators_aggregates,
    operators_control,
    operators_plain,
    operators_references,
    operators_tables,
)
from tests.fuzz.body import OPERATORS, Body, Deck
from tests.fuzz.digest import digest_functions
from tests.fuzz.encode import Code, encode
from tests.fuzz.kinds import Reference, Signature, group_bytes, value_bytes
from tests.fuzz.surroundings import (
    TABLE_SIZE,
    Elements,
    MemorySpace,
    Surroundings,
    TableSpace,
    bits,
    random_number,
    surroundings,
)
from tests.support import binaries
from tests.support.binaries import leb, name, raw_section, section, vector
from wasm_vm import ExternKind, FunctionType, load
from wasm_vm.instructions import TABLE

DECLARING = (
    operators_aggregates,
    operators_control,
    operators_plain,
    operators_references,
    operators_tables,
)
"""Importing these modules has put their operators into OPERATORS."""

BUDGET = 30
"""Calls and turns of loops that one invocation has."""

FOCUS = 25
IMPORTS = ("h0", "h1")


@dataclass(frozen=True)
class Call:
    """An invocation: an exported name and the bits of its arguments."""

    name: str
    arguments: tuple[int, ...]


@dataclass(frozen=True)
class Case:
    """A module and what to call of it."""

    binary: bytes
    calls: tuple[Call, ...]


def case_of(binary: bytes) -> Case:
    """A case of any module: all its exported functions without parameters, in order."""
    module = load(binary).module
    imported = len(module.imported(ExternKind.FUNCTION))
    calls = []
    for export in module.exports:
        if export.kind is ExternKind.FUNCTION:
            kind = module.types[module.functions[export.index - imported]].composite
            assert isinstance(kind, FunctionType)
            if not kind.parameters:
                calls.append(Call(export.name, ()))
    return Case(binary, tuple(calls))


def missing() -> list[str]:
    """Rows of the table that no operator makes."""
    return [row.name for row in TABLE if row.name not in OPERATORS]


def generate(seed: str) -> Case:
    """The module of a seed."""
    chance = Random(seed)
    place = surroundings(chance)
    deck = Deck(chance.sample([row.name for row in TABLE], FOCUS))
    bodies = []
    for function in place.functions:
        signature = place.types.all[function].composite
        assert isinstance(signature, Signature)
        body = Body(place, deck, chance, signature, chance.randint(40, 160))
        body.prologue()
        bodies.append((body.finish(), body))
    runs = [_run(place, deck, chance) for _ in range(chance.randint(2, 4))]
    calls = [
        Call(f"run{at}", tuple(bits(chance, str(kind)) for kind in body.signature.parameters))
        for at, (_, body) in enumerate(runs)
        for _ in range(2)
    ]
    chance.shuffle(calls)
    first = len(place.callable) + len(runs)
    bodies += [*runs, *digest_functions(place, deck, chance, first)]
    return Case(_module(place, bodies, len(runs)), (*calls, Call("digest", ())))


def _run(place: Surroundings, deck: Deck, chance: Random) -> tuple[Code, Body]:
    """A function for the embedder: numbers in and out, with a budget of its own."""
    parameters = tuple(random_number(chance) for _ in range(chance.randint(0, 4)))
    results = tuple(random_number(chance) for _ in range(chance.randint(0, 3)))
    body = Body(place, deck, chance, Signature(parameters, results), chance.randint(80, 240))
    body.emit("i32.const", BUDGET)
    body.emit("global.set", place.budget)
    if body.maybe(0.6):
        _guarded(body)
    return body.finish(), body


def _guarded(body: Body) -> None:
    """Statements whose exceptions go no further, and room for a few behind them."""
    rest, body.room = body.room // 3, body.room - body.room // 3
    body.open("block", None, ())
    body.open("try_table", (None, [(2, None, 0)]), ())
    body.statements()
    body.close()
    body.close()
    body.room = rest


# --- the binary format ---------------------------------------------------------------------------


def _bounds(address: str, minimum: int, maximum: int) -> bytes:
    return bytes((1 | (4 if address == "i64" else 0),)) + leb(minimum) + leb(maximum)


def _memory(memory: MemorySpace) -> bytes:
    return _bounds(memory.address, memory.minimum, memory.maximum)


def _table(table: TableSpace) -> bytes:
    kind = value_bytes(table.element) + _bounds(table.address, TABLE_SIZE, table.maximum)
    if table.initialiser is None:
        return kind
    return b"\x40\x00" + kind + _expression(table.initialiser)


def _expression(code: Code) -> bytes:
    return encode(code) + binaries.END


_FLAGS = {"passive": 1, "declarative": 3}


def _elements(entry: Elements, place: Surroundings) -> bytes:
    """A segment; one of functions alone is written as indices, others as expressions."""
    functions = entry.kind == Reference(False, "func") and all(
        len(item) == 1 and item[0][0] == "ref.func" for item in entry.items
    )
    flags = _FLAGS.get(entry.mode, 2) | (0 if functions else 4)
    found = leb(flags)
    if entry.mode == "active":
        address = place.tables[entry.table].address
        found += leb(entry.table) + _expression([(f"{address}.const", 0)])
    if functions:
        return found + b"\x00" + vector(leb(item[0][1]) for item in entry.items)
    return found + value_bytes(entry.kind) + vector(map(_expression, entry.items))


def _body(code: Code, body: Body) -> bytes:
    declared = body.locals[len(body.signature.parameters) :]
    inner = vector(leb(1) + value_bytes(kind) for kind in declared) + _expression(code)
    return leb(len(inner)) + inner


def _exports(place: Surroundings, first: int, runs: int) -> list[bytes]:
    found = [binaries.export(f"run{at}", 0, first + at) for at in range(runs)]
    found.append(binaries.export("digest", 0, first + runs))
    found += [binaries.export(f"memory{at}", 2, at) for at in range(len(place.memories))]
    found += [
        binaries.export(f"global{at}", 3, at)
        for at, entry in enumerate(place.globals)
        if isinstance(entry.kind, str)
    ]
    return found


def _module(place: Surroundings, bodies: list[tuple[Code, Body]], runs: int) -> bytes:
    types = place.types
    own = [
        *place.functions,
        *(
            types.signature(body.signature.parameters, body.signature.results)
            for _, body in bodies[len(place.functions) :]
        ),
    ]
    codes = [_body(code, body) for code, body in bodies]
    imports = [
        name("env") + name(word) + b"\x00" + leb(kind)
        for word, kind in zip(IMPORTS, place.imported, strict=True)
    ]
    globals_ = [
        value_bytes(entry.kind) + bytes((entry.mutable,)) + _expression(entry.initialiser)
        for entry in place.globals
    ]
    datas = [leb(1) + leb(len(data)) + data for data, _ in place.datas]
    active = [
        leb(2) + leb(at) + _expression([(f"{memory.address}.const", 0)]) + leb(len(data)) + data
        for at, (memory, data) in enumerate(zip(place.memories, place.initial, strict=True))
    ]
    return binaries.module(
        section(1, *map(group_bytes, types.groups)),
        section(2, *imports),
        section(3, *map(leb, own)),
        section(4, *map(_table, place.tables)),
        section(5, *map(_memory, place.memories)),
        section(13, *(b"\x00" + leb(tag) for tag in place.tags)),
        section(6, *globals_),
        section(7, *_exports(place, len(place.callable), runs)),
        section(9, *(_elements(entry, place) for entry in place.elements)),
        raw_section(12, leb(len(datas) + len(active))),
        section(10, *codes),
        section(11, *datas, *active),
    )
