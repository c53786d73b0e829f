"""Functions of a generated module that sum up what its tables and references have come to.

Objects cannot be compared across engines from outside; so the guest itself looks at their types
and at what they hold, one level deep.
"""

from __future__ import annotations

from random import Random

from tests.fuzz.body import Body, Deck
from tests.fuzz.encode import Code
from tests.fuzz.kinds import PACKED, ArrayKind, Heap, Reference, Signature, StructKind, Value
from tests.fuzz.surroundings import TABLE_SIZE, Surroundings

_SUM = 0
_ARRAY_ELEMENTS = 2


def digest_functions(
    place: Surroundings, deck: Deck, chance: Random, first: int
) -> list[tuple[Code, Body]]:
    """The function to export, and its two helpers, one for each hierarchy of types; `first` is its
    index."""
    helpers = {"any": first + 1, "func": first + 2}
    digest = Body(place, deck, chance, Signature((), ("i64",)), 0)
    digest.locals.append("i64")
    _everything(digest, helpers)
    found = [(digest.code, digest)]
    for top in helpers:
        body = Body(place, deck, chance, Signature((Reference(True, top),), ("i64",)), 0)
        body.locals.append("i64")
        _reference(body, top)
        found.append((body.code, body))
    return found


def _everything(body: Body, helpers: dict[str, int]) -> None:
    for at, table in enumerate(body.place.tables):
        body.emit("table.size", at)
        if table.address == "i32":
            body.emit("i64.extend_i32_u")
        _mix(body)
        for index in range(TABLE_SIZE):
            body.emit(f"{table.address}.const", index)
            body.emit("table.get", at)
            _help(body, table.element, helpers)
    for at, entry in enumerate(body.place.globals):
        if isinstance(entry.kind, Reference):
            body.emit("global.get", at)
            _help(body, entry.kind, helpers)
    body.emit("local.get", _SUM)


def _help(body: Body, kind: Reference, helpers: dict[str, int]) -> None:
    """Take a reference into the sum."""
    top = body.types.top(kind.heap)
    if top == "exn":
        body.emit("ref.is_null")
        body.emit("i64.extend_i32_u")
    else:
        if top == "extern":
            body.emit("any.convert_extern")
        body.emit("call", helpers["any" if top == "extern" else top])
    _mix(body, 0)


def _mix(body: Body, total: int = _SUM) -> None:
    """Take an i64 into the sum."""
    body.emit("local.get", total)
    body.emit("i64.const", 31)
    body.emit("i64.mul")
    body.emit("i64.add")
    body.emit("local.set", total)


def _reference(body: Body, top: str) -> None:
    """Which types a reference has, and what it holds."""
    heaps: list[Heap] = [at for at in range(len(body.types.all)) if body.types.top(at) == top]
    if top == "any":
        heaps += ["i31", "array"]
    body.emit("local.get", 0)
    body.emit("ref.is_null")
    for heap in heaps:
        body.emit("i32.const", 1)
        body.emit("i32.shl")
        body.emit("local.get", 0)
        body.emit("ref.test", heap)
        body.emit("i32.add")
    body.emit("i64.extend_i32_u")
    _mix(body, 1)
    if top == "any":
        for heap in heaps:
            body.emit("local.get", 0)
            body.emit("ref.test", heap)
            body.open("if", None, ())
            _content(body, heap)
            body.close()
    body.emit("local.get", 1)


def _content(body: Body, heap: Heap) -> None:
    if not isinstance(heap, int):
        _cast(body, heap)
        body.emit("i31.get_s" if heap == "i31" else "array.len")
        body.emit("i64.extend_i32_s")
        _mix(body, 1)
        return
    composite = body.types.all[heap].composite
    if isinstance(composite, StructKind):
        for position, field in enumerate(composite.fields):
            _cast(body, heap)
            suffix = "us"[position % 2] if field.storage in PACKED else ""
            body.emit(f"struct.get_{suffix}" if suffix else "struct.get", (heap, position))
            _value(body, field.value)
    elif isinstance(composite, ArrayKind):
        for index in range(_ARRAY_ELEMENTS):
            _cast(body, heap)
            body.emit("array.len")
            body.emit("i32.const", index)
            body.emit("i32.gt_u")
            body.open("if", None, ())
            _cast(body, heap)
            body.emit("i32.const", index)
            suffix = "_s" if composite.element.storage in PACKED else ""
            body.emit(f"array.get{suffix}", heap)
            _value(body, composite.element.value)
            body.close()


def _cast(body: Body, heap: Heap) -> None:
    body.emit("local.get", 0)
    body.emit("ref.cast", heap)


_AS_I64 = {
    "i32": ("i64.extend_i32_s",),
    "i64": (),
    "f32": ("i32.reinterpret_f32", "i64.extend_i32_s"),
    "f64": ("i64.reinterpret_f64",),
}


def _value(body: Body, kind: Value) -> None:
    """Take a value of any type into the sum."""
    if kind == "v128":
        body.emit("i64x2.extract_lane", 1)
    elif isinstance(kind, str):
        for step in _AS_I64[kind]:
            body.emit(step)
    else:
        body.emit("ref.is_null")
        body.emit("i64.extend_i32_u")
    _mix(body, 1)
