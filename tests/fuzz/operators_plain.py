"""Operators with a plain signature in the table, loads and stores, variables and constants."""

from __future__ import annotations

from typing import Any

from tests.fuzz.body import OPERATORS, Body, Operator, operator
from tests.fuzz.kinds import Reference
from tests.fuzz.surroundings import DATA_BYTES, INITIAL_BYTES, constant
from wasm_vm.instructions import TABLE, Instruction

_LANES = {"8": 16, "16": 8, "32": 4, "64": 2}


# --- addresses -----------------------------------------------------------------------------------


def number_below(body: Body, kind: str, limit: int) -> None:
    """An i32 or i64 that is almost always less than a power of two."""
    if body.maybe(0.6):
        body.emit(f"{kind}.const", body.chance.randrange(limit))
        return
    body.produce(kind)
    if body.maybe(0.97):
        body.emit(f"{kind}.const", limit - 1)
        body.emit(f"{kind}.and")


def address(body: Body, memory: int) -> None:
    limit = INITIAL_BYTES if body.maybe(0.5) else 1 << 15
    number_below(body, body.place.memories[memory].address, limit)


def a_memory(body: Body) -> int:
    return body.chance.randrange(len(body.place.memories))


def _memarg(body: Body, row: Instruction, memory: int) -> tuple[int, int, int]:
    assert row.access is not None
    align = body.chance.randint(0, row.access.size.bit_length() - 1)
    offset = body.chance.choice((0, 0, 1, 7, 255, 32_000))
    if body.maybe(0.01):
        offset = 65_530
    return align, offset, memory


# --- rows of the table ---------------------------------------------------------------------------


def _lane(body: Body, row: Instruction) -> int:
    return body.chance.randrange(int(row.name.partition("x")[2].partition(".")[0]))


def _immediate(body: Body, row: Instruction) -> Any:
    if row.immediates == "lane":
        return _lane(body, row)
    if row.immediates == "lanes":
        return bytes(body.chance.randrange(32) for _ in range(16))
    return None


def _plain(row: Instruction) -> Operator:
    operands = [kind.name for kind in row.operands or ()]
    divides = row.name.partition(".")[2].startswith(("div_", "rem_")) and row.traps
    truncates = row.traps and not divides

    def emit(body: Body, name: str, _: Any) -> bool:
        for operand in operands:
            if truncates and body.maybe(0.85):
                small_float(body, operand)
            else:
                body.produce(operand)
        if divides and body.maybe(0.93):
            body.emit(f"{operands[1]}.const", 1)
            body.emit(f"{operands[1]}.or")
        body.emit(name, _immediate(body, row))
        return True

    return Operator(emit, row.results[0].name)


def small_float(body: Body, kind: str) -> None:
    """A float that every integer type has room for."""
    body.produce("i32")
    body.emit("i32.const", 1000)
    body.emit("i32.and")
    body.emit(f"{kind}.convert_i32_u")
    body.emit(f"{kind}.const", 0x3E80_0000 if kind == "f32" else 0x3FD0 << 48)
    body.emit(f"{kind}.mul")


def _load_or_store(row: Instruction) -> Operator:
    operands = [kind.name for kind in row.operands or ()][1:]
    gives = row.results[0].name if row.results else "nothing"

    def emit(body: Body, name: str, _: Any) -> bool:
        memory = a_memory(body)
        address(body, memory)
        body.produce_all(operands)
        argument: Any = _memarg(body, row, memory)
        if row.immediates == "memarg lane":
            assert row.access is not None
            argument = argument, body.chance.randrange(16 // row.access.size)
        body.emit(name, argument)
        return True

    return Operator(emit, gives)


for _row in TABLE:
    if _row.access is not None:
        OPERATORS[_row.name] = _load_or_store(_row)
    elif _row.operands is not None and _row.section in ("4.4.1", "4.4.4"):
        OPERATORS[_row.name] = _plain(_row)


for _kind in ("i32", "i64", "f32", "f64", "v128"):

    @operator(f"{_kind}.const", gives=_kind)
    def _constant(body: Body, name: str, kind: Any) -> bool:
        body.code += constant(body.chance, kind)
        body.room -= 1
        return True


# --- memories ------------------------------------------------------------------------------------


@operator("memory.size", "memory.grow", gives="any")
def memory_size(body: Body, name: str, kind: Any) -> bool:
    found = [at for at, each in enumerate(body.place.memories) if each.address == kind]
    if not found:
        return False
    if name == "memory.grow":
        growth(body, kind)
    body.emit(name, body.chance.choice(found))
    return True


def growth(body: Body, kind: str) -> None:
    """An amount that no compiler knows: wasmtime prepays a known growth, even a refused one."""
    body.emit("global.get", body.place.budget)
    body.emit("i32.const", body.chance.choice((0, 1, 1, 3)))
    body.emit("i32.and")
    if kind == "i64":
        body.emit("i64.extend_i32_s")
    if body.maybe(0.1):
        body.produce(kind)
        body.emit(f"{kind}.or")


@operator("memory.fill", gives="nothing")
def memory_fill(body: Body, name: str, _: Any) -> bool:
    memory = a_memory(body)
    address(body, memory)
    body.produce("i32")
    number_below(body, body.place.memories[memory].address, 64)
    body.emit(name, memory)
    return True


@operator("memory.copy", gives="nothing")
def memory_copy(body: Body, name: str, _: Any) -> bool:
    target, source = a_memory(body), a_memory(body)
    if body.maybe(0.5):
        start = body.chance.randrange(32, INITIAL_BYTES)
        for memory in (target, source):
            near = start + body.chance.randint(-20, 20)
            body.emit(f"{body.place.memories[memory].address}.const", near)
    else:
        address(body, target)
        address(body, source)
    kinds = {body.place.memories[at].address for at in (target, source)}
    number_below(body, "i64" if kinds == {"i64"} else "i32", 64)
    body.emit(name, (target, source))
    return True


def segment(body: Body, sizes: list[int], stable: list[bool]) -> tuple[int, int]:
    """A segment and how many items of it may be asked for: none of one that may be dropped."""
    at = body.chance.randrange(len(sizes))
    return at, sizes[at] if stable[at] or body.maybe(0.1) else 1


@operator("memory.init", gives="nothing")
def memory_init(body: Body, name: str, _: Any) -> bool:
    memory = a_memory(body)
    stable = [stable for _, stable in body.place.datas]
    data, size = segment(body, [DATA_BYTES] * len(stable), stable)
    address(body, memory)
    number_below(body, "i32", 32 if size > 1 else 1)
    number_below(body, "i32", 64 if size > 1 else 1)
    body.emit(name, (data, memory))
    return True


@operator("data.drop", gives="nothing")
def data_drop(body: Body, name: str, _: Any) -> bool:
    body.emit(name, [stable for _, stable in body.place.datas].index(False))
    return True


# --- variables -----------------------------------------------------------------------------------


@operator("local.get", gives="any")
def local_get(body: Body, name: str, kind: Any) -> bool:
    found = body.local_of(kind)
    if found is None:
        return False
    body.emit(name, found)
    return True


@operator("local.tee", gives="any")
def local_tee(body: Body, name: str, kind: Any) -> bool:
    if isinstance(kind, Reference) and not kind.nullable:
        return False
    body.produce(kind)
    body.emit(name, body.new_local(kind))
    return True


@operator("local.set", gives="nothing")
def local_set(body: Body, name: str, _: Any) -> bool:
    kind = body.random_kind()
    body.produce(kind)
    body.emit(name, body.new_local(kind))
    return True


@operator("global.get", gives="any")
def global_get(body: Body, name: str, kind: Any) -> bool:
    found = [at for at, each in body.place.variables() if body.types.fits(each.kind, kind)]
    if not found:
        return False
    body.emit(name, body.chance.choice(found))
    return True


@operator("global.set", gives="nothing")
def global_set(body: Body, name: str, _: Any) -> bool:
    found = [at for at, each in body.place.variables() if each.mutable]
    chosen = body.chance.choice(found)
    body.produce(body.place.globals[chosen].kind)
    body.emit(name, chosen)
    return True


@operator("drop", gives="nothing")
def drop(body: Body, name: str, _: Any) -> bool:
    body.produce(body.random_kind())
    body.emit(name)
    return True


@operator("nop", gives="nothing")
def nop(body: Body, name: str, _: Any) -> bool:
    body.emit(name)
    return True


@operator("select", gives="any")
def select(body: Body, name: str, kind: Any) -> bool:
    if not isinstance(kind, str):
        return False
    body.produce_all((kind, kind, "i32"))
    body.emit(name)
    return True


@operator("select t", gives="any")
def select_typed(body: Body, name: str, kind: Any) -> bool:
    body.produce_all((kind, kind, "i32"))
    body.emit(name, [kind])
    return True
