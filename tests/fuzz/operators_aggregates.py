"""Structs and arrays."""

from __future__ import annotations

from typing import Any

from tests.fuzz.body import Body, operator
from tests.fuzz.kinds import (
    PACKED,
    ArrayKind,
    Field,
    Reference,
    StructKind,
    Value,
    defaultable,
)
from tests.fuzz.operators_plain import number_below
from tests.fuzz.operators_tables import FEW, segments_for
from tests.fuzz.surroundings import ARRAY_LENGTH

# --- structs -------------------------------------------------------------------------------------


def _makes(body: Body, kind: Reference, composite: type) -> list[int]:
    """Types whose new objects are of a type."""
    found = body.types.of_kind(composite)
    return [at for at in found if body.types.fits(Reference(False, at), kind)]


@operator("struct.new", "struct.new_default", gives="reference")
def struct_new(body: Body, name: str, kind: Reference) -> bool:
    found = _makes(body, kind, StructKind)
    if not found:
        return False
    chosen = body.chance.choice(found)
    composite = body.types.all[chosen].composite
    assert isinstance(composite, StructKind)
    kinds = [field.value for field in composite.fields]
    if name == "struct.new":
        body.produce_all(kinds)
    elif not all(map(defaultable, kinds)):
        return False
    body.emit(name, chosen)
    return True


def _gives(body: Body, name: str, kind: Value) -> Any:
    """A test of fields: reading one by that instruction gives a value of the type."""
    packed = name.endswith(("_s", "_u"))

    def test(field: Field) -> bool:
        return (field.storage in PACKED) == packed and body.types.fits(field.value, kind)

    return test


@operator("struct.get", gives="any")
@operator("struct.get_s", "struct.get_u", gives="i32")
def struct_get(body: Body, name: str, kind: Any) -> bool:
    found = body.fields(_gives(body, name, kind))
    if not found:
        return False
    chosen = body.chance.choice(found)
    body.object(chosen[0])
    body.emit(name, chosen)
    return True


@operator("struct.set", gives="nothing")
def struct_set(body: Body, name: str, _: Any) -> bool:
    found = body.fields(lambda field: field.mutable)
    if not found:
        return False
    heap, position = body.chance.choice(found)
    composite = body.types.all[heap].composite
    assert isinstance(composite, StructKind)
    body.object(heap)
    body.produce(composite.fields[position].value)
    body.emit(name, (heap, position))
    return True


# --- arrays --------------------------------------------------------------------------------------


def _element(body: Body, heap: int) -> Field:
    composite = body.types.all[heap].composite
    assert isinstance(composite, ArrayKind)
    return composite.element


def _length(body: Body) -> None:
    """A length that leaves small indices in bounds; now and then none, or too many for anybody."""
    pick = body.chance.random()
    if pick < 0.04:
        body.produce("i32")
        body.emit("i32.const", 15)
        body.emit("i32.and")
    elif pick < 0.045:
        body.emit("i32.const", 0xFFFF_FFFF)
    else:
        body.emit("i32.const", body.chance.randint(ARRAY_LENGTH, 12))


def _is_numeric(field: Field) -> bool:
    return isinstance(field.storage, str)


@operator("array.new", "array.new_default", "array.new_fixed", gives="reference")
def array_new(body: Body, name: str, kind: Reference) -> bool:
    found = _makes(body, kind, ArrayKind)
    if name == "array.new_default":
        found = [at for at in found if defaultable(_element(body, at).value)]
    if not found:
        return False
    chosen = body.chance.choice(found)
    value = _element(body, chosen).value
    if name == "array.new_fixed":
        count = body.chance.randint(ARRAY_LENGTH, 6) if body.maybe(0.97) else 0
        body.produce_all([value] * count)
        body.emit(name, (chosen, count))
        return True
    if name == "array.new":
        body.produce(value)
    _length(body)
    body.emit(name, chosen)
    return True


@operator("array.new_data", gives="reference")
def array_new_data(body: Body, name: str, kind: Reference) -> bool:
    found = [at for at in _makes(body, kind, ArrayKind) if _is_numeric(_element(body, at))]
    if not found:
        return False
    number_below(body, "i32", 32)
    body.emit("i32.const", ARRAY_LENGTH)
    body.emit(name, (body.chance.choice(found), _stable_data(body)))
    return True


def _stable_data(body: Body) -> int:
    return body.chance.choice([at for at, (_, stable) in enumerate(body.place.datas) if stable])


@operator("array.new_elem", gives="reference")
def array_new_elem(body: Body, name: str, kind: Reference) -> bool:
    for chosen in _makes(body, kind, ArrayKind):
        found = segments_for(body, _element(body, chosen).value)
        if found and found[1]:
            number_below(body, "i32", 1)
            body.emit("i32.const", ARRAY_LENGTH)
            body.emit(name, (chosen, found[0]))
            return True
    return False


@operator("array.get", gives="any")
@operator("array.get_s", "array.get_u", gives="i32")
def array_get(body: Body, name: str, kind: Any) -> bool:
    found = body.arrays(_gives(body, name, kind))
    if not found:
        return False
    chosen = body.chance.choice(found)
    body.object(chosen)
    number_below(body, "i32", ARRAY_LENGTH)
    body.emit(name, chosen)
    return True


@operator("array.len", gives="i32")
def array_len(body: Body, name: str, _: Any) -> bool:
    body.produce(Reference(body.maybe(0.05), "array"))
    body.emit(name)
    return True


def _mutable(body: Body, test: Any = lambda _: True) -> int | None:
    found = body.arrays(lambda field: field.mutable and test(field))
    return body.chance.choice(found) if found else None


@operator("array.set", gives="nothing")
def array_set(body: Body, name: str, _: Any) -> bool:
    chosen = _mutable(body)
    if chosen is None:
        return False
    body.object(chosen)
    number_below(body, "i32", ARRAY_LENGTH)
    body.produce(_element(body, chosen).value)
    body.emit(name, chosen)
    return True


@operator("array.fill", gives="nothing")
def array_fill(body: Body, name: str, _: Any) -> bool:
    chosen = _mutable(body)
    if chosen is None:
        return False
    body.object(chosen)
    number_below(body, "i32", 2)
    body.produce(_element(body, chosen).value)
    number_below(body, "i32", FEW)
    body.emit(name, chosen)
    return True


@operator("array.copy", gives="nothing")
def array_copy(body: Body, name: str, _: Any) -> bool:
    if body.maybe(0.4) and _overlapping_copy(body, name):
        return True
    target = _mutable(body)
    if target is None:
        return False
    wanted = _element(body, target).storage

    def fits(field: Field) -> bool:
        if field.storage in PACKED or wanted in PACKED:
            return field.storage == wanted
        return body.types.fits(field.storage, wanted)

    source = body.chance.choice(body.arrays(fits))
    body.object(target)
    number_below(body, "i32", 2)
    if source == target and body.maybe(0.5):
        same = body.new_local(Reference(True, target))
        body.emit("local.set", body.new_local("i32"))
        body.emit("local.tee", same)
        body.emit("local.get", len(body.locals) - 1)
        body.emit("local.get", same)
    else:
        body.object(source)
    number_below(body, "i32", 2)
    number_below(body, "i32", FEW)
    body.emit(name, (target, source))
    return True


def _overlapping_copy(body: Body, name: str) -> bool:
    """Within an array of different numbers, and one of them into the sum."""
    heap = _mutable(body, _is_numeric)
    if heap is None:
        return False
    field = _element(body, heap)
    kind = str(field.value)
    same = body.new_local(Reference(True, heap))
    body.emit("i32.const", 0)
    body.emit("i32.const", 5)
    body.emit("array.new_data", (heap, _stable_data(body)))
    body.emit("local.tee", same)
    body.emit("i32.const", body.chance.randrange(3))
    body.emit("local.get", same)
    body.emit("i32.const", body.chance.randrange(3))
    body.emit("i32.const", 3)
    body.emit(name, (heap, heap))
    body.emit("local.get", same)
    number_below(body, "i32", ARRAY_LENGTH)
    body.emit("array.get_u" if field.storage in PACKED else "array.get", heap)
    body.add_up(kind)
    return True


@operator("array.init_data", gives="nothing")
def array_init_data(body: Body, name: str, _: Any) -> bool:
    chosen = _mutable(body, _is_numeric)
    if chosen is None:
        return False
    body.object(chosen)
    number_below(body, "i32", 2)
    number_below(body, "i32", 32)
    number_below(body, "i32", FEW)
    body.emit(name, (chosen, _stable_data(body)))
    return True


@operator("array.init_elem", gives="nothing")
def array_init_elem(body: Body, name: str, _: Any) -> bool:
    chosen = _mutable(body, lambda field: not _is_numeric(field))
    found = None if chosen is None else segments_for(body, _element(body, chosen).value)
    if chosen is None or found is None:
        return False
    body.object(chosen)
    for limit in (2, 2, FEW):
        number_below(body, "i32", limit if found[1] else 1)
    body.emit(name, (chosen, found[0]))
    return True
