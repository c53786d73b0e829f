"""Tables and element segments."""

from __future__ import annotations

from typing import Any

from tests.fuzz.body import Body, operator
from tests.fuzz.kinds import Reference, Value
from tests.fuzz.operators_plain import growth, number_below, segment
from tests.fuzz.surroundings import ARRAY_LENGTH, TABLE_SIZE

FEW = 4
"""Bulk operations move less than so many elements."""


def _table(body: Body, kind: Value | None = None) -> int | None:
    """A table whose elements are of a type, or any table."""
    found = [
        at
        for at, table in enumerate(body.place.tables)
        if kind is None or body.types.fits(table.element, kind)
    ]
    return body.chance.choice(found) if found else None


def _readable(body: Body, table: int) -> None:
    number_below(body, body.place.tables[table].address, TABLE_SIZE)


def _writable(body: Body, table: int) -> None:
    """An index of the upper half, from where a few elements are left: the lower half keeps what is
    called from it.
    """
    address = body.place.tables[table].address
    number_below(body, address, FEW)
    body.emit(f"{address}.const", TABLE_SIZE // 2)
    body.emit(f"{address}.or")


@operator("table.get", gives="reference")
def table_get(body: Body, name: str, kind: Reference) -> bool:
    table = _table(body, kind)
    if table is None:
        return False
    _readable(body, table)
    body.emit(name, table)
    return True


@operator("table.set", gives="nothing")
def table_set(body: Body, name: str, _: Any) -> bool:
    table = body.chance.randrange(len(body.place.tables))
    _writable(body, table)
    body.produce(body.place.tables[table].element)
    body.emit(name, table)
    return True


@operator("table.size", "table.grow", gives="any")
def table_size(body: Body, name: str, kind: Any) -> bool:
    found = [at for at, table in enumerate(body.place.tables) if table.address == kind]
    if not found:
        return False
    table = body.chance.choice(found)
    if name == "table.grow":
        body.produce(body.place.tables[table].element)
        growth(body, kind)
    body.emit(name, table)
    return True


@operator("table.fill", gives="nothing")
def table_fill(body: Body, name: str, _: Any) -> bool:
    table = body.chance.randrange(len(body.place.tables))
    _writable(body, table)
    body.produce(body.place.tables[table].element)
    number_below(body, body.place.tables[table].address, FEW)
    body.emit(name, table)
    return True


@operator("table.copy", gives="nothing")
def table_copy(body: Body, name: str, _: Any) -> bool:
    tables = body.place.tables
    if body.maybe(0.4):
        _overlapping_copy(body, name)
        return True
    source = body.chance.randrange(len(tables))
    targets = [
        at
        for at, table in enumerate(tables)
        if body.types.fits(tables[source].element, table.element)
    ]
    target = body.chance.choice(targets)
    _writable(body, target)
    if body.maybe(0.5):
        _writable(body, source)
    else:
        number_below(body, tables[source].address, FEW)
    addresses = {tables[target].address, tables[source].address}
    number_below(body, "i64" if addresses == {"i64"} else "i32", FEW)
    body.emit(name, (target, source))
    return True


def _overlapping_copy(body: Body, name: str) -> None:
    """Within a table of different numbers, and one of them into the sum."""
    table = next(
        at for at, each in enumerate(body.place.tables) if each.element == Reference(True, "any")
    )
    address = body.place.tables[table].address
    numbers = next(
        at for at, each in enumerate(body.place.elements) if each.kind.heap in ("i31", "any")
    )
    start = TABLE_SIZE // 2

    def index(value: int) -> None:
        body.emit(f"{address}.const", start + value)

    index(0)
    body.emit("i32.const", 0)
    body.emit("i32.const", 5)
    body.emit("table.init", (numbers, table))
    index(body.chance.randrange(3))
    index(body.chance.randrange(3))
    body.emit(f"{address}.const", 3)
    body.emit(name, (table, table))
    index(body.chance.randrange(FEW))
    body.emit("table.get", table)
    body.emit("ref.cast null", "i31")
    body.emit("i31.get_u")
    body.add_up("i32")


@operator("table.init", gives="nothing")
def table_init(body: Body, name: str, _: Any) -> bool:
    table = body.chance.randrange(len(body.place.tables))
    found = segments_for(body, body.place.tables[table].element)
    if not found:
        return False
    chosen, some = found
    _writable(body, table)
    number_below(body, "i32", 2 if some else 1)
    number_below(body, "i32", FEW if some else 1)
    body.emit(name, (chosen, table))
    return True


def segments_for(body: Body, kind: Value) -> tuple[int, bool] | None:
    """An element segment for a type, and whether anything may be asked of it."""
    fitting = [
        at
        for at, entry in enumerate(body.place.elements)
        if entry.mode == "passive" and body.types.fits(entry.kind, kind)
    ]
    if not fitting:
        return None
    stable = [body.place.elements[at].stable for at in fitting]
    position, size = segment(body, [ARRAY_LENGTH] * len(fitting), stable)
    return fitting[position], size > 1


@operator("elem.drop", gives="nothing")
def elem_drop(body: Body, name: str, _: Any) -> bool:
    body.emit(name, [entry.stable for entry in body.place.elements].index(False))
    return True
