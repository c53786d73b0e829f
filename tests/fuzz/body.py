"""A function body that grows instruction by instruction and is valid at every point.

An operator is a function that emits what its instruction needs and the instruction; operators are
declared by the name of their row in the instruction table (see `operator`), so that what no
operator makes can be listed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.fuzz.encode import Code
from tests.fuzz.kinds import (
    ArrayKind,
    Field,
    Reference,
    Signature,
    StructKind,
    Types,
    Value,
    defaultable,
)
from tests.fuzz.surroundings import (
    ARRAY_LENGTH,
    Surroundings,
    constant,
    random_number,
    random_reference,
    random_value,
)

DEPTH_MAX = 6

Emit = Callable[["Body", str, Any], bool]
"""Takes the body, the row's name and the type wanted (None for a statement). Answers False, and
has emitted nothing, where it cannot serve."""


@dataclass(frozen=True)
class Operator:
    """How a row is made. gives: a number type, "reference", "any", "nothing", "never" returns."""

    emit: Emit
    gives: str


OPERATORS: dict[str, Operator] = {}

ALSO_STATEMENTS = ("block", "loop", "if", "try_table", "call", "call_indirect", "call_ref")
"""Operators that may give a value or none."""


def operator(*names: str, gives: str) -> Callable[[Emit], Emit]:
    """Declare how some rows are made."""

    def declare(emit: Emit) -> Emit:
        for name in names:
            assert name not in OPERATORS, name
            OPERATORS[name] = Operator(emit, gives)
        return emit

    return declare


class Deck:
    """The names that a module draws its operators from, some of them more often than others."""

    def __init__(self, focus: Sequence[str] = ()) -> None:
        self._names: dict[str, list[str]] = {}
        self._focus: dict[str, list[str]] = {}
        for name, entry in OPERATORS.items():
            self._names.setdefault(entry.gives, []).append(name)
            if name in focus:
                self._focus.setdefault(entry.gives, []).append(name)

    def draw(self, chance: Random, gives: str) -> str:
        focus = self._focus.get(gives)
        if focus and chance.random() < 0.4:
            return chance.choice(focus)
        return chance.choice(self._names[gives])


class Body:
    """A function under construction.

    labels: what a branch to each open block carries, the innermost last. room: instructions that
    may still be added before only the shortest ways are taken.
    """

    def __init__(
        self, place: Surroundings, deck: Deck, chance: Random, signature: Signature, room: int
    ) -> None:
        self.place = place
        self.types: Types = place.types
        self.deck = deck
        self.chance = chance
        self.signature = signature
        self.room = room
        self.code: Code = []
        self.locals: list[Value] = list(signature.parameters)
        self.unset: set[int] = set()
        self.labels: list[tuple[Value, ...]] = [signature.results]
        self._depth = 0
        self._nested = 0

    # --- emitting

    def emit(self, name: str, immediate: Any = None) -> None:
        self.code.append((name, immediate))
        self.room -= 1

    def maybe(self, probability: float) -> bool:
        return self.chance.random() < probability

    def open(self, name: str, immediate: Any, carried: tuple[Value, ...]) -> None:
        """Begin a block whose label carries values of those types."""
        self.emit(name, immediate)
        self.labels.append(carried)

    def close(self) -> None:
        self.labels.pop()
        self.emit("end")

    # --- values

    def produce(self, kind: Value) -> None:
        """Emit code that pushes one value of the type."""
        if self.room <= 0 or self._depth >= DEPTH_MAX or self.maybe(0.15):
            self.simplest(kind)
            return
        self._depth += 1
        if not any(self._try(kind) for _ in range(4)):
            self.simplest(kind)
        self._depth -= 1

    def _try(self, kind: Value) -> bool:
        specific = kind if isinstance(kind, str) else "reference"
        name = self.deck.draw(self.chance, "any" if self.maybe(0.4) else specific)
        return OPERATORS[name].emit(self, name, kind)

    def produce_all(self, kinds: Sequence[Value]) -> None:
        for kind in kinds:
            self.produce(kind)

    def simplest(self, kind: Value) -> None:
        """A variable or the shortest code that makes a value of the type."""
        found = self.local_of(kind)
        if found is not None and self.maybe(0.4):
            self.emit("local.get", found)
        elif isinstance(kind, str):
            self.code += constant(self.chance, kind)
            self.room -= 1
        else:
            self._simplest_reference(kind)

    def _simplest_reference(self, kind: Reference) -> None:
        heap = kind.heap
        if kind.nullable and (self._nested or self.maybe(0.3) or not self.can_make(heap)):
            self.emit("ref.null", heap)
            return
        if not self.can_make(heap):
            # A value is wanted where none can be: the trap is the same in every engine.
            self.emit("ref.null", heap)
            self.emit("ref.as_non_null")
        elif isinstance(heap, int):
            self.new_object(heap)
        elif heap in ("any", "eq", "i31", "extern"):
            self.emit("i32.const", self.chance.getrandbits(31))
            self.emit("ref.i31")
            if heap == "extern":
                self.emit("extern.convert_any")
        elif heap in ("struct", "array"):
            wanted = StructKind if heap == "struct" else ArrayKind
            self.new_object(self.types.of_kind(wanted)[0])
        elif heap == "func":
            self.emit("ref.func", self.chance.choice(self.place.callable))
        else:
            assert heap == "exn", heap
            self.new_exception()

    def can_make(self, heap: str | int) -> bool:
        """True where there is a short way to a reference of the type that is not null."""
        if isinstance(heap, int) and isinstance(self.types.all[heap].composite, Signature):
            return bool(self.functions_of(heap))
        return heap not in ("none", "nofunc", "noextern", "noexn")

    def new_object(self, heap: int) -> None:
        """A new struct or array of a type, or a function of it; what may be null in it is null."""
        self._nested += 1
        self._new_object(heap)
        self._nested -= 1

    def _new_object(self, heap: int) -> None:
        composite = self.types.all[heap].composite
        if isinstance(composite, Signature):
            self.emit("ref.func", self.chance.choice(self.functions_of(heap)))
        elif isinstance(composite, StructKind):
            if all(defaultable(field.value) for field in composite.fields) and self.maybe(0.6):
                self.emit("struct.new_default", heap)
                return
            for field in composite.fields:
                self.simplest(field.value)
            self.emit("struct.new", heap)
        elif defaultable(composite.element.value) and self.maybe(0.5):
            self.emit("i32.const", ARRAY_LENGTH)
            self.emit("array.new_default", heap)
        else:
            self.simplest(composite.element.value)
            self.emit("i32.const", ARRAY_LENGTH)
            self.emit("array.new", heap)

    def new_exception(self) -> None:
        """A reference to an exception: thrown and caught."""
        kind = Reference(False, "exn")
        self.open("block", kind, (kind,))
        self.open("try_table", (None, [(3, None, 0)]), ())
        self.emit("throw", 0)
        self.close()
        self.emit("unreachable")
        self.close()

    def functions_of(self, heap: int) -> list[int]:
        """Functions whose references are of that function type."""
        return [
            function
            for function in self.place.callable
            if heap in self.types.above(self.place.type_of(function))
        ]

    # --- what becomes of a value

    def consume(self, kind: Value) -> None:
        """Emit code that takes a value of the type off the stack."""
        pick = self.chance.random()
        if isinstance(kind, str) and pick < 0.35:
            self.add_up(kind)
            return
        known = [at for at, local in enumerate(self.locals) if self.types.fits(kind, local)]
        variables = [
            index
            for index, entry in self.place.variables()
            if entry.mutable and self.types.fits(kind, entry.kind)
        ]
        if known and pick < 0.55:
            self.emit("local.set", self.chance.choice(known))
        elif variables and pick < 0.85:
            self.emit("global.set", self.chance.choice(variables))
        elif pick < 0.9:
            self.emit("local.set", self.new_local(kind))
        else:
            self.emit("drop")

    def add_up(self, kind: str) -> None:
        """Take a number into the sum of its kind, where it is not lost."""
        if kind.startswith("f"):
            target = f"i{kind[1:]}"
            self.emit(f"{target}.reinterpret_{kind}")
            kind = target
        self.emit("global.get", self.place.sums[kind])
        self.emit("i32x4.add" if kind == "v128" else f"{kind}.add")
        self.emit("global.set", self.place.sums[kind])

    def consume_all(self, kinds: Sequence[Value]) -> None:
        for kind in reversed(kinds):
            self.consume(kind)

    # --- variables

    def new_local(self, kind: Value) -> int:
        """A new local; a reference that may not be null gets a nullable one."""
        if isinstance(kind, Reference):
            kind = Reference(True, kind.heap)
        self.locals.append(kind)
        return len(self.locals) - 1

    def local_of(self, kind: Value) -> int | None:
        found = [
            at
            for at, local in enumerate(self.locals)
            if at not in self.unset and self.types.fits(local, kind)
        ]
        return self.chance.choice(found) if found else None

    # --- choices

    def random_kind(self, references: float = 0.35) -> Value:
        return random_value(self.chance, self.types, references)

    def random_reference(self) -> Reference:
        kind = random_reference(self.chance, self.types)
        if not kind.nullable and not self.can_make(kind.heap):
            return Reference(True, kind.heap)
        return kind

    def arrays(self, test: Callable[[Field], bool]) -> list[int]:
        """Array types whose element passes a test."""
        return [
            at
            for at in self.types.of_kind(ArrayKind)
            if test(self.types.all[at].composite.element)  # type: ignore[union-attr]
        ]

    def fields(self, test: Callable[[Field], bool]) -> list[tuple[int, int]]:
        """(Struct type, position) of fields that pass a test."""
        return [
            (at, position)
            for at in self.types.of_kind(StructKind)
            for position, field in enumerate(self.types.all[at].composite.fields)  # type: ignore[union-attr]
            if test(field)
        ]

    def object(self, heap: int) -> None:
        """A reference to an object of a type, null now and then."""
        self.produce(Reference(self.maybe(0.05), heap))

    # --- statements

    def statement(self) -> None:
        """Emit code that leaves the stack as it was."""
        if self._depth >= DEPTH_MAX:
            self.emit("nop")
            return
        if self.maybe(0.2):
            self.probe()
            return
        self._depth += 1
        pick = self.chance.random()
        if pick < 0.65:
            name = self.deck.draw(self.chance, "nothing")
            if pick < 0.2:
                name = self.chance.choice(ALSO_STATEMENTS)
            if not OPERATORS[name].emit(self, name, None):
                self.emit("nop")
        elif pick < 0.85:
            kind = self.random_kind()
            self.produce(kind)
            self.consume(kind)
        else:
            self.guarded_exit()
        self._depth -= 1

    def probe(self) -> None:
        """One operator on simple operands, whose result goes into the sum at once."""
        kind = random_number(self.chance)
        name = self.deck.draw(self.chance, kind)
        depth, self._depth = self._depth, DEPTH_MAX
        if not OPERATORS[name].emit(self, name, kind):
            self.simplest(kind)
        self._depth = depth
        self.add_up(kind)

    def guarded_exit(self) -> None:
        """Leave the straight line under a condition, with dead code behind."""
        self.produce("i32")
        self.open("if", None, ())
        self.leave()
        self.close()

    def guarded_exit_of(self, name: str) -> None:
        """As guarded_exit, by a certain instruction."""
        self.produce("i32")
        self.open("if", None, ())
        OPERATORS[name].emit(self, name, None)
        self.close()

    def leave(self) -> None:
        """Emit an instruction behind which nothing runs, and code that never does."""
        for _ in range(4):
            name = self.deck.draw(self.chance, "never")
            if OPERATORS[name].emit(self, name, None):
                break
        else:
            self.produce_all(self.signature.results)
            self.emit("return")
        if self.maybe(0.3):
            self.dead_code()

    def dead_code(self) -> None:
        """Instructions on operands that are not there."""
        for name in ("i32.add", "f64.sqrt", "i8x16.add", "ref.is_null", "select"):
            if self.maybe(0.3):
                self.emit(name)
                self.emit("drop")

    # --- the whole

    def budget(self) -> None:
        """Take one unit of the calls and turns that an invocation has."""
        self.emit("global.get", self.place.budget)
        self.emit("i32.const", 1)
        self.emit("i32.sub")
        self.emit("global.set", self.place.budget)

    def prologue(self) -> None:
        """Return at once where the budget of calls is spent, which bounds every recursion."""
        self.emit("global.get", self.place.budget)
        self.emit("i32.const", 0)
        self.emit("i32.le_s")
        self.open("if", None, ())
        if all(defaultable(kind) for kind in self.signature.results):
            for kind in self.signature.results:
                if isinstance(kind, str):
                    self.code += constant(self.chance, kind)
                else:
                    self.emit("ref.null", kind.heap)
            self.emit("return")
        else:
            self.emit("unreachable")
        self.close()
        self.budget()

    def statements(self) -> None:
        """As many statements as there is room for."""
        while self.room > 30:
            self.statement()

    def finish(self) -> Code:
        """Statements, then the results; the code without the function's own end."""
        if self.maybe(0.4):
            kind = self.random_reference()
            if not kind.nullable:
                self.locals.append(kind)
                self._depth = DEPTH_MAX
                fresh = len(self.locals) - 1
                self.unset.add(fresh)
                self.simplest(kind)
                self.unset.discard(fresh)
                self._depth = 0
                self.emit("local.set", fresh)
        self.statements()
        if self.maybe(0.2):
            self.leave()
        else:
            self.produce_all(self.signature.results)
        return self.code
