"""What the functions of a generated module live among: types, memories, tables, globals, segments.

Sizes are chosen so that small constants are in bounds: guests that trap at once test nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tests.fuzz import encode
from tests.fuzz.kinds import (
    ArrayKind,
    Definition,
    Field,
    Reference,
    Signature,
    Storage,
    StructKind,
    Types,
    Value,
    defaultable,
)

NUMBERS = ("i32", "i64", "f32", "f64", "v128")
ARRAY_LENGTH = 4
"""Every array has at least so many elements, but for one now and then."""

TABLE_SIZE = 16
"""Elements of a table at first; the lower half is never written."""

DATA_BYTES = 96
INITIAL_BYTES = 256
"""Bytes at the beginning of each memory that are not zero, where half of all accesses go."""

FUNCREF = Reference(True, "func")
ANYREF = Reference(True, "any")
EXNREF = Reference(True, "exn")


@dataclass(frozen=True)
class MemorySpace:
    address: str
    minimum: int
    maximum: int


@dataclass(frozen=True)
class TableSpace:
    """A table; one that is called from keeps its lower half as it was initialised."""

    element: Reference
    address: str
    maximum: int
    initialiser: encode.Code | None = None


@dataclass(frozen=True)
class GlobalSpace:
    kind: Value
    mutable: bool
    initialiser: encode.Code


@dataclass(frozen=True)
class Elements:
    """An element segment; mode: active (into a table), passive or declarative."""

    kind: Reference
    items: list[encode.Code]
    mode: str
    table: int = 0
    stable: bool = True


@dataclass
class Surroundings:
    """Everything a module has beside the bodies of its functions.

    imported: signatures of host functions, which come first among the functions. functions: type
    indices of the module's own. budget: the global that counts calls down. sums: globals that add
    up values of a type. No instruction but those that serve this touches them.
    """

    types: Types
    imported: list[int] = field(default_factory=list)
    functions: list[int] = field(default_factory=list)
    memories: list[MemorySpace] = field(default_factory=list)
    initial: list[bytes] = field(default_factory=list)
    tables: list[TableSpace] = field(default_factory=list)
    globals: list[GlobalSpace] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    datas: list[tuple[bytes, bool]] = field(default_factory=list)
    elements: list[Elements] = field(default_factory=list)
    budget: int = 0
    sums: dict[str, int] = field(default_factory=dict)

    def signature(self, function: int) -> Signature:
        found = self.types.all[self.type_of(function)].composite
        assert isinstance(found, Signature)
        return found

    def type_of(self, function: int) -> int:
        return [*self.imported, *self.functions][function]

    def variables(self) -> list[tuple[int, GlobalSpace]]:
        """Globals that any instruction may touch."""
        kept = {self.budget, *self.sums.values()}
        return [(at, entry) for at, entry in enumerate(self.globals) if at not in kept]

    @property
    def callable(self) -> range:
        return range(len(self.imported) + len(self.functions))


# --- types ---------------------------------------------------------------------------------------


def random_value(chance: Random, types: Types, references: float = 0.35) -> Value:
    """A type that locals, parameters and results may have."""
    if chance.random() >= references:
        return random_number(chance)
    return random_reference(chance, types)


def random_number(chance: Random) -> str:
    """A number type; half of all instructions are about vectors."""
    return chance.choice((*NUMBERS, "v128", "v128", "v128"))


def random_reference(chance: Random, types: Types) -> Reference:
    words = ("any", "eq", "i31", "struct", "array", "func", "extern", "exn")
    if chance.random() < 0.05:
        return Reference(True, chance.choice(("none", "nofunc", "noextern", "noexn")))
    heap = chance.choice((*words, *range(len(types.all)), *range(len(types.all))))
    # A function type may have no function: then null is its only value.
    callable_ = isinstance(heap, int) and isinstance(types.all[heap].composite, Signature)
    return Reference(callable_ or chance.random() < 0.7, heap)


def _storage(chance: Random, known: range, own: range) -> Storage:
    """What a field holds; a reference that is not null may only name types defined before."""
    pick = chance.random()
    if pick < 0.2:
        return chance.choice(("i8", "i16"))
    if pick < 0.65:
        return chance.choice(NUMBERS)
    if pick < 0.8 or not own:
        heap = chance.choice(("any", "eq", "i31", "struct", "array", "func", "extern"))
        return Reference(chance.random() < 0.7, heap)
    if pick < 0.9 and known:
        return Reference(False, chance.choice(known))
    return Reference(True, chance.choice(own))


def _struct(chance: Random, known: range, own: range) -> StructKind:
    fields = [
        Field(_storage(chance, known, own), chance.random() < 0.7)
        for _ in range(chance.randint(1, 5))
    ]
    return StructKind(tuple(fields))


def _subtype(chance: Random, types: Types, parent: int) -> Definition:
    """A subtype: a struct with more fields, or an array of the same."""
    composite = types.all[parent].composite
    if isinstance(composite, StructKind):
        more = _struct(chance, range(0), range(0)).fields
        composite = StructKind(composite.fields + more[: chance.randint(0, 2)])
    return Definition(composite, open=chance.random() < 0.5, parent=parent)


def make_types(chance: Random) -> Types:
    """Structs, arrays and open function types, some of them in groups, some below others.

    The first array and the first struct hold numbers: they can be made of nothing else.
    """
    types = Types()
    for number in ("i8", "i16", *chance.sample(NUMBERS, 3)):
        types.add_group([_array(chance, number)])
    numbers = StructKind((Field("i32", True), Field("i16", False)))
    types.add_group([Definition(numbers, open=chance.random() < 0.5)])
    for _ in range(chance.randint(1, 3)):
        known = range(len(types.all))
        size = chance.choice((1, 1, 2, 3))
        own = range(len(known) + size)
        types.add_group(
            [
                Definition(_struct(chance, known, own), open=chance.random() < 0.7)
                for _ in range(size)
            ]
        )
    storages = ("func", "any", "eq", "extern", "i31", *types.of_kind(StructKind))
    for heap in chance.sample(storages, 2):
        types.add_group([_array(chance, Reference(chance.random() < 0.8, heap))])
    for parent in [at for at, entry in enumerate(types.all) if entry.open]:
        if chance.random() < 0.6:
            types.add_group([_subtype(chance, types, parent)])
    types.add_group([Definition(Signature(("i32",), (Reference(True, "eq"),)), open=True)])
    narrower = Signature(("i32",), (Reference(chance.random() < 0.5, "i31"),))
    types.add_group([Definition(narrower, parent=len(types.all) - 1)])
    return types


def _array(chance: Random, storage: Storage) -> Definition:
    return Definition(ArrayKind(Field(storage, chance.random() < 0.85)), chance.random() < 0.5)


# --- the rest ------------------------------------------------------------------------------------


def surroundings(chance: Random) -> Surroundings:
    """Random surroundings, functions without bodies included."""
    types = make_types(chance)
    found = Surroundings(types)
    _signatures(chance, found)
    found.memories = [
        MemorySpace("i32", 1, 3),
        MemorySpace(chance.choice(("i32", "i64")), 1, 2),
        MemorySpace("i64", 1, 3),
    ][: chance.choice((2, 3, 3))]
    found.initial = [chance.randbytes(INITIAL_BYTES) for _ in found.memories]
    found.datas = [(chance.randbytes(DATA_BYTES), stable) for stable in (True, True, False)]
    found.tags = [types.signature((), ()), types.signature(("i32",), ())]
    parameters = tuple(random_value(chance, types) for _ in range(chance.randint(1, 3)))
    found.tags.append(types.signature(parameters, ()))
    _tables(chance, found)
    _globals(chance, found)
    return found


def _signatures(chance: Random, found: Surroundings) -> None:
    types = found.types
    found.imported = [
        types.signature(("i32",), ("i32",)),
        types.signature(("f64", "i64"), ("i64",)),
    ]
    pool = []
    for _ in range(4):
        parameters = [random_value(chance, types) for _ in range(chance.randint(0, 4))]
        results = [random_value(chance, types) for _ in range(chance.choice((0, 1, 1, 1, 2, 3)))]
        pool.append(types.signature(tuple(parameters), tuple(results)))
    open_types = [
        at
        for at, entry in enumerate(types.all)
        if isinstance(entry.composite, Signature) and (entry.open or entry.parent is not None)
    ]
    pool += open_types
    found.functions = [*pool, *(chance.choice(pool) for _ in range(chance.randint(0, 3)))]


def _tables(chance: Random, found: Surroundings) -> None:
    functions = list(found.callable)
    initial = [[("ref.func", index)] for index in functions][: TABLE_SIZE // 2]
    found.tables = [TableSpace(FUNCREF, "i32", 24)]
    found.elements = [
        Elements(Reference(False, "func"), initial, "active", 0),
        Elements(Reference(False, "func"), [[("ref.func", f)] for f in functions], "declarative"),
        Elements(FUNCREF, [*initial[:5], [("ref.null", "func")]], "passive"),
        Elements(FUNCREF, initial[:4], "passive", stable=False),
    ]
    typed = chance.choice(found.functions)
    same = [[("ref.func", f)] for f in functions if found.type_of(f) == typed]
    found.tables.append(TableSpace(Reference(True, typed), "i64", 20))
    typed_items = (same * ARRAY_LENGTH)[:ARRAY_LENGTH]
    found.elements.append(Elements(Reference(False, typed), typed_items, "active", 1))
    numbers = [[("i32.const", chance.getrandbits(31)), ("ref.i31", None)] for _ in range(5)]
    found.tables.append(TableSpace(ANYREF, chance.choice(("i32", "i64")), 20, numbers[0]))
    i31_kind = Reference(chance.random() < 0.5, "i31")
    found.elements.append(Elements(i31_kind, numbers, "passive"))
    found.elements.append(Elements(ANYREF, [*numbers, [("ref.null", "none")]], "passive"))


def _globals(chance: Random, found: Surroundings) -> None:
    """The budget and the sums, one mutable global of each number type, then others."""
    found.globals = [GlobalSpace("i32", True, [("i32.const", 0)])]
    for kind in ("i32", "i64", "v128"):
        found.sums[kind] = len(found.globals)
        found.globals.append(GlobalSpace(kind, True, constant(chance, kind)))
    for kind in NUMBERS:
        found.globals.append(GlobalSpace(kind, True, constant(chance, kind)))
    extended = [
        *(("i32.const", chance.getrandbits(32)), ("i32.const", chance.getrandbits(32))),
        (chance.choice(("i32.add", "i32.sub", "i32.mul")), None),
    ]
    found.globals.append(GlobalSpace("i32", False, extended))
    for kind in (ANYREF, FUNCREF, Reference(True, "extern"), EXNREF):
        found.globals.append(GlobalSpace(kind, True, [("ref.null", kind.heap)]))
    for heap in chance.sample(found.types.of_kind(StructKind), 1):
        found.globals.append(
            GlobalSpace(Reference(True, heap), True, constant_object(chance, found, heap))
        )
    arrays = [
        at for at in found.types.of_kind(ArrayKind) if defaultable(_element(found.types, at).value)
    ]
    heap = chance.choice(arrays)
    length = [("i32.const", ARRAY_LENGTH + chance.randint(0, 3)), ("array.new_default", heap)]
    found.globals.append(GlobalSpace(Reference(False, heap), True, length))
    number = [("i32.const", chance.getrandbits(32)), ("ref.i31", None)]
    found.globals.append(GlobalSpace(Reference(False, "i31"), True, number))


def _element(types: Types, index: int) -> Field:
    composite = types.all[index].composite
    assert isinstance(composite, ArrayKind)
    return composite.element


def constant_object(chance: Random, found: Surroundings, heap: int) -> encode.Code:
    """A constant expression that makes a struct, or null where it would need another object."""
    composite = found.types.all[heap].composite
    assert isinstance(composite, StructKind)
    if not all(defaultable(each.value) for each in composite.fields):
        return [("ref.null", heap)]
    if chance.random() < 0.3:
        return [("struct.new_default", heap)]
    code: encode.Code = []
    for each in composite.fields:
        if isinstance(each.value, Reference):
            code.append(("ref.null", each.value.heap))
        else:
            code += constant(chance, each.value)
    return [*code, ("struct.new", heap)]


# --- constants -----------------------------------------------------------------------------------

_I32 = (0, 1, 2, 3, 7, 8, 31, 32, 33, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF)
_F32 = (
    *(0, 0x8000_0000, 0x3F80_0000, 0xBF80_0000, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000),
    *(0xFFC0_0000, 0x7FA0_0000, 0xFFFF_FFFF, 1, 0x8000_0001, 0x7F_FFFF, 0x80_0000, 0x7F7F_FFFF),
    *(0x3F00_0000, 0x3FC0_0000, 0x4020_0000, 0x4F00_0000, 0xCF00_0000, 0x5F00_0000, 0x4F80_0000),
    *(0x4B00_0000, 0x4AFF_FFFF, 0x4B00_0001, 0x3EFF_FFFF, 0x5F80_0000, 0x4EFF_FFFF, 0x7F80_0001),
)
_F64 = (
    *(0, 1 << 63, 0x3FF << 52, 0xBFF << 52, 0x7FF << 52, 0xFFF << 52, 0x7FF8 << 48, 0xFFF8 << 48),
    *(0x7FF4 << 48, (1 << 64) - 1, 1, 1 << 63 | 1, (1 << 52) - 1, 1 << 52, 0x7FEF_FFFF_FFFF_FFFF),
    *(0x3FE << 52, 0x3FF8 << 48, 0x4004 << 48, 0x41E0 << 48, 0xC1E0 << 48, 0x43E0 << 48),
    *(0x41F0 << 48, 0x4330 << 48, 0x4320 << 48, 0x47EF_FFFF_E000_0000, 0x47EF_FFFF_F000_0000),
    *(0x36A0 << 48, 0x3690 << 48, 0x3FDF_FFFF_FFFF_FFFF, 0x43F0 << 48, 0x41DF_FFFF_FFC0_0000),
)


def bits(chance: Random, kind: str) -> int:
    """The bits of a number that is likely to make a difference."""
    pick = chance.random()
    if kind == "i32":
        if pick < 0.5:
            return (chance.choice(_I32) * chance.choice((1, 1, -1))) & 0xFFFF_FFFF
        return chance.getrandbits(32) if pick < 0.8 else chance.getrandbits(6)
    if kind == "i64":
        if pick < 0.4:
            return bits(chance, "i32")
        value = chance.getrandbits(64) if pick < 0.7 else 1 << chance.randrange(64)
        return value - chance.getrandbits(1) & (1 << 64) - 1
    if kind == "f32":
        if pick < 0.6:
            return chance.choice(_F32)
        if pick < 0.8:
            return chance.getrandbits(32)
        return 0x3F80_0000 + chance.getrandbits(26) & 0xFFFF_FFFF
    if kind == "f64":
        if pick < 0.6:
            return chance.choice(_F64)
        if pick < 0.8:
            return chance.getrandbits(64)
        return (0x3F0 + chance.getrandbits(6)) << 52 | chance.getrandbits(52)
    lane, count = chance.choice((("i32", 4), ("i64", 2), ("f32", 4), ("f64", 2), ("byte", 16)))
    width = 128 // count
    value = 0
    for position in range(count):
        if lane == "byte":
            number = chance.choice((0, 1, 127, 128, 255, chance.getrandbits(8)))
        else:
            number = bits(chance, lane)
        value |= number << position * width
    return value


def constant(chance: Random, kind: str) -> encode.Code:
    number = bits(chance, kind)
    return [(f"{kind}.const", number.to_bytes(16, "little") if kind == "v128" else number)]
