"""References, i31 and casts."""

from __future__ import annotations

from typing import Any

from tests.fuzz.body import Body, operator
from tests.fuzz.kinds import (
    Heap,
    Reference,
    Signature,
)

_HIERARCHIES = {
    "any": ("any", "eq", "i31", "struct", "array", "none"),
    "func": ("func", "nofunc"),
    "extern": ("extern", "noextern"),
}


# --- references ----------------------------------------------------------------------------------


@operator("ref.null", gives="reference")
def ref_null(body: Body, name: str, kind: Reference) -> bool:
    if not kind.nullable:
        return False
    body.emit(name, kind.heap)
    return True


@operator("ref.is_null", gives="i32")
def ref_is_null(body: Body, name: str, _: Any) -> bool:
    body.produce(body.random_reference())
    body.emit(name)
    return True


@operator("ref.as_non_null", gives="reference")
def ref_as_non_null(body: Body, name: str, kind: Reference) -> bool:
    if not body.can_make(kind.heap):
        return False
    body.produce(Reference(body.maybe(0.1), kind.heap))
    body.emit(name)
    return True


@operator("ref.func", gives="reference")
def ref_func(body: Body, name: str, kind: Reference) -> bool:
    heap = kind.heap
    if heap == "func":
        found = list(body.place.callable)
    elif isinstance(heap, int) and isinstance(body.types.all[heap].composite, Signature):
        found = body.functions_of(heap)
    else:
        return False
    if not found:
        return False
    body.emit(name, body.chance.choice(found))
    return True


@operator("ref.eq", gives="i32")
def ref_eq(body: Body, name: str, _: Any) -> bool:
    if body.maybe(0.3):
        number = body.chance.getrandbits(32)
        for bit in (0, body.chance.choice((0, 1 << 31, 1 << 30))):
            body.emit("i32.const", number ^ bit)
            body.emit("ref.i31")
        body.emit(name)
        return True
    body.produce_all((Reference(True, "eq"), Reference(True, "eq")))
    if body.maybe(0.4):
        same = body.new_local(Reference(True, "eq"))
        body.emit("local.tee", same)
        body.emit("local.get", same)
        body.emit(name)
        body.emit("i32.const", 1)
        body.emit("i32.shl")
        body.consume("i32")
        body.emit("local.get", same)
    body.emit(name)
    return True


@operator("extern.convert_any", "any.convert_extern", gives="reference")
def convert(body: Body, name: str, kind: Reference) -> bool:
    source, target = ("any", "extern") if name.startswith("extern") else ("extern", "any")
    if kind.heap != target:
        return False
    body.produce(Reference(kind.nullable, source))
    body.emit(name)
    return True


@operator("ref.i31", gives="reference")
def ref_i31(body: Body, name: str, kind: Reference) -> bool:
    if not body.types.fits(Reference(False, "i31"), kind):
        return False
    body.produce("i32")
    body.emit(name)
    return True


@operator("i31.get_s", "i31.get_u", gives="i32")
def i31_get(body: Body, name: str, _: Any) -> bool:
    body.produce(Reference(body.maybe(0.05), "i31"))
    body.emit(name)
    return True


# --- casts ---------------------------------------------------------------------------------------


def _hierarchy(body: Body, top: str) -> list[Heap]:
    heaps: list[Heap] = list(_HIERARCHIES[top])
    return heaps + [at for at in range(len(body.types.all)) if body.types.top(at) == top]


def _hierarchy_reference(body: Body, top: str) -> Reference:
    heap = body.chance.choice(_hierarchy(body, top))
    return Reference(body.maybe(0.6) or not body.can_make(heap), heap)


@operator("ref.test", "ref.test null", gives="i32")
def ref_test(body: Body, name: str, _: Any) -> bool:
    top = body.chance.choice(("any", "any", "any", "func", "extern"))
    body.produce(_hierarchy_reference(body, top))
    body.emit(name, body.chance.choice(_hierarchy(body, top)))
    return True


@operator("ref.cast", "ref.cast null", gives="reference")
def ref_cast(body: Body, name: str, kind: Reference) -> bool:
    if kind.nullable != name.endswith("null") or body.types.top(kind.heap) == "exn":
        return False
    if body.maybe(0.85):
        body.produce(kind)
        _forget(body, kind)
    else:
        body.produce(Reference(True, body.types.top(kind.heap)))
    body.emit(name, kind.heap)
    return True


def _forget(body: Body, kind: Reference) -> None:
    """Make a reference one of a type above its own, by way of a local."""
    above = Reference(True, body.chance.choice(body.types.above(kind.heap)))
    local = body.new_local(above)
    body.emit("local.set", local)
    body.emit("local.get", local)


def _pair(body: Body, kind: Reference) -> tuple[Reference, Reference] | None:
    """A type to cast from, and the type below it that is wanted."""
    if body.types.top(kind.heap) == "exn" or not body.can_make(kind.heap):
        return None
    source = Reference(True, body.chance.choice(body.types.above(kind.heap)))
    return source, kind


def _without(source: Reference, target: Reference) -> Reference:
    return Reference(False, source.heap) if target.nullable else source


@operator("br_on_cast", gives="reference")
def br_on_cast(body: Body, name: str, kind: Reference) -> bool:
    pair = _pair(body, kind)
    if pair is None:
        return False
    source, target = pair
    body.open("block", target, (target,))
    body.produce(target if body.maybe(0.5) else source)
    if body.maybe(0.5):
        _forget(body, Reference(True, source.heap))
        body.emit("ref.cast null", source.heap)
    body.emit(name, (0, source, target))
    body.consume(_without(source, target))
    body.produce(target)
    body.close()
    return True


@operator("br_on_cast_fail", gives="reference")
def br_on_cast_fail(body: Body, name: str, kind: Reference) -> bool:
    pair = _pair(body, kind)
    if pair is None:
        return False
    source, target = pair
    rest = _without(source, target)
    if not rest.nullable and not body.can_make(rest.heap):
        return False
    body.open("block", target, (target,))
    body.open("block", rest, (rest,))
    body.produce(target if body.maybe(0.5) else source)
    body.emit(name, (0, source, target))
    body.emit("br", 1)
    body.close()
    body.consume(rest)
    body.produce(target)
    body.close()
    return True
