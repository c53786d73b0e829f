"""Blocks, branches, calls and exceptions."""

from __future__ import annotations

from typing import Any

from tests.fuzz.body import Body, operator
from tests.fuzz.kinds import Reference, Signature, Value, defaultable
from tests.fuzz.operators_plain import number_below
from tests.fuzz.surroundings import TABLE_SIZE

_EXCEPTION = Reference(False, "exn")

Kinds = tuple[Value, ...]


def _block_type(body: Body, parameters: Kinds, results: Kinds) -> Any:
    """The shortest form, or now and then an index where a value type would do."""
    if not parameters and len(results) < 2 and body.maybe(0.8):
        return results[0] if results else None
    return body.types.signature(parameters, results)


def _parameters(body: Body) -> Kinds:
    return tuple(body.random_kind() for _ in range(body.chance.choice((0, 0, 0, 1, 2))))


def _inside(body: Body, parameters: Kinds, results: Kinds) -> None:
    """The content of a block: take the operands, do something, leave the results."""
    body.consume_all(parameters)
    if body.room > 40 and body.maybe(0.4):
        body.statement()
    body.produce_all(results)


def _wanted(kind: Any) -> Kinds:
    return () if kind is None else (kind,)


def _block(body: Body, name: str, kind: Any) -> bool:
    parameters, results = _parameters(body), _wanted(kind)
    body.produce_all(parameters)
    body.open(name, _block_type(body, parameters, results), results)
    _inside(body, parameters, results)
    body.close()
    return True


operator("block", gives="any")(_block)


@operator("loop", gives="any")
def loop(body: Body, name: str, kind: Any) -> bool:
    """A counted loop: each turn takes from the budget too, and ends when it is spent."""
    parameters = tuple(each for each in _parameters(body) if defaultable(each))
    results = _wanted(kind)
    counter = body.new_local("i32")
    body.produce_all(parameters)
    body.emit("i32.const", body.chance.randint(1, 4))
    body.emit("local.set", counter)
    body.open(name, _block_type(body, parameters, results), parameters)
    body.consume_all(parameters)
    if body.room > 20:
        body.statement()
    body.budget()
    body.produce_all(parameters)
    body.emit("local.get", counter)
    body.emit("i32.const", 1)
    body.emit("i32.sub")
    body.emit("local.tee", counter)
    body.emit("i32.const", 0)
    body.emit("i32.gt_s")
    body.emit("global.get", body.place.budget)
    body.emit("i32.const", 0)
    body.emit("i32.gt_s")
    body.emit("i32.and")
    body.emit("br_if", 0)
    body.consume_all(parameters)
    body.produce_all(results)
    body.close()
    return True


@operator("if", gives="any")
def if_(body: Body, name: str, kind: Any) -> bool:
    parameters, results = _parameters(body), _wanted(kind)
    body.produce_all((*parameters, "i32"))
    body.open(name, _block_type(body, parameters, results), results)
    _inside(body, parameters, results)
    body.emit("else")
    _inside(body, parameters, results)
    body.close()
    return True


@operator("else", gives="nothing")
def if_without_else(body: Body, name: str, _: Any) -> bool:
    """An if whose else stands there and does nothing, or is not there."""
    parameters = _parameters(body)
    body.produce_all((*parameters, "i32"))
    body.open("if", _block_type(body, parameters, parameters), parameters)
    _inside(body, parameters, parameters)
    if body.maybe(0.5):
        body.emit(name)
    body.close()
    body.consume_all(parameters)
    return True


# --- branches ------------------------------------------------------------------------------------


def _labels(body: Body, carried: Kinds) -> list[int]:
    """Depths of blocks whose label takes values of just these types."""
    last = len(body.labels) - 1
    return [last - at for at, kinds in enumerate(body.labels) if kinds == carried]


def _forward(body: Body) -> list[int]:
    """Depths of blocks that are no loops: a branch to a loop could turn for ever."""
    found, depth = [], 0
    for name, _ in reversed(body.code):
        if name == "end":
            depth += 1
        elif name in ("block", "loop", "if", "try_table"):
            if depth:
                depth -= 1
            else:
                found.append(name != "loop")
    return [at for at, forward in enumerate([*found, True]) if forward]


@operator("br", gives="never")
def br(body: Body, name: str, _: Any) -> bool:
    depth = body.chance.choice(_forward(body))
    body.produce_all(body.labels[-1 - depth])
    body.emit(name, depth)
    return True


@operator("br_if", gives="any")
def br_if(body: Body, name: str, kind: Any) -> bool:
    found = [depth for depth in _labels(body, (kind,)) if depth in _forward(body)]
    if not found:
        return False
    body.produce_all((kind, "i32"))
    body.emit(name, body.chance.choice(found))
    return True


@operator("br_table", gives="never")
def br_table(body: Body, name: str, _: Any) -> bool:
    if body.maybe(0.5):
        _switch(body, name)
        return return_(body, "return", None)
    forward = _forward(body)
    carried = body.labels[-1 - body.chance.choice(forward)]
    found = [depth for depth in _labels(body, carried) if depth in forward]
    body.produce_all(carried)
    number_below(body, "i32", 8)
    body.emit(name, [body.chance.choice(found) for _ in range(body.chance.randint(1, 6))])
    return True


def _switch(body: Body, name: str) -> None:
    """A br_table whose every label leaves another trace in the sum."""
    labels = list(range(body.chance.randint(2, 4)))
    for _ in labels:
        body.open("block", None, ())
    number_below(body, "i32", 8)
    body.emit(name, labels)
    for label in labels:
        body.close()
        body.emit("i32.const", 1 << 8 * label)
        body.add_up("i32")


@operator("return", gives="never")
def return_(body: Body, name: str, _: Any) -> bool:
    body.produce_all(body.signature.results)
    body.emit(name)
    return True


@operator("unreachable", gives="never")
def unreachable(body: Body, name: str, _: Any) -> bool:
    if body.maybe(0.9):
        return False
    body.emit(name)
    return True


@operator("end", gives="nothing")
def end(body: Body, name: str, _: Any) -> bool:
    """A block with nothing in it."""
    body.open("block", None, ())
    body.close()
    return True


@operator("br_on_null", gives="nothing")
def br_on_null(body: Body, name: str, _: Any) -> bool:
    kind = body.random_reference()
    found = _labels(body, ())
    forward = [depth for depth in found if depth in _forward(body)]
    inside = bool(forward) and body.maybe(0.5)
    if not inside:
        body.open("block", None, ())
        forward = [0]
    body.produce(Reference(True, kind.heap))
    body.emit(name, body.chance.choice(forward))
    body.consume(Reference(False, kind.heap))
    if not inside:
        body.close()
    return True


@operator("br_on_non_null", gives="reference")
def br_on_non_null(body: Body, name: str, kind: Any) -> bool:
    sure = Reference(False, kind.heap)
    if not body.can_make(kind.heap):
        return False
    body.open("block", sure, (sure,))
    body.produce(Reference(True, kind.heap))
    body.emit(name, 0)
    body.produce(sure)
    body.close()
    return True


# --- calls ---------------------------------------------------------------------------------------


def _within_reach(body: Body, name: str) -> range:
    """Functions that an instruction can call; a table holds the first ones."""
    everything = body.place.callable
    return everything[: TABLE_SIZE // 2] if name.endswith("indirect") else everything


def _callees(body: Body, name: str, kind: Any) -> list[int]:
    """Functions whose first result is of the type; any function for a statement."""
    if kind is None:
        return list(_within_reach(body, name))
    return [
        function
        for function in _within_reach(body, name)
        if (results := body.place.signature(function).results) and body.types.fits(results[0], kind)
    ]


def _tail_callees(body: Body, name: str) -> list[int]:
    """Functions whose results may be returned here."""
    wanted = body.signature.results
    return [
        function
        for function in _within_reach(body, name)
        if len(results := body.place.signature(function).results) == len(wanted)
        and all(map(body.types.fits, results, wanted))
    ]


def _by_name(body: Body, name: str, function: int, _: int) -> None:
    body.emit(name, function)


def _by_table(body: Body, name: str, function: int, kind: int) -> None:
    """Through a table whose lower half holds functions from the beginning on."""
    element = body.place.tables[1].element.heap
    if element in body.types.above(body.place.type_of(function)) and body.maybe(0.5):
        number_below(body, body.place.tables[1].address, 4)
        body.emit(name, (kind, 1))
        return
    if body.maybe(0.97):
        body.emit("i32.const", function)
    else:
        number_below(body, "i32", TABLE_SIZE)
    body.emit(name, (kind, 0))


def _by_reference(body: Body, name: str, function: int, kind: int) -> None:
    if body.maybe(0.6):
        body.emit("ref.func", function)
    else:
        body.object(kind)
    body.emit(name, kind)


_WAYS = {
    "call": _by_name,
    "call_indirect": _by_table,
    "call_ref": _by_reference,
    "return_call": _by_name,
    "return_call_indirect": _by_table,
    "return_call_ref": _by_reference,
}


def _call(body: Body, name: str, function: int, wanted: Kinds | None) -> Kinds:
    """Call by the function's type, or by one above it that still gives what is wanted."""
    kinds = [at for at in body.types.above(body.place.type_of(function)) if isinstance(at, int)]
    kind = body.chance.choice(kinds) if name not in ("call", "return_call") else kinds[0]
    if wanted is not None and not all(map(body.types.fits, _signature(body, kind).results, wanted)):
        kind = kinds[0]
    signature = _signature(body, kind)
    body.produce_all(signature.parameters)
    _WAYS[name](body, name, function, kind)
    return signature.results


def _signature(body: Body, kind: int) -> Signature:
    found = body.types.all[kind].composite
    assert isinstance(found, Signature)
    return found


@operator("call", "call_indirect", "call_ref", gives="any")
def call(body: Body, name: str, kind: Any) -> bool:
    found = _callees(body, name, kind)
    if not found:
        return False
    results = _call(body, name, body.chance.choice(found), None if kind is None else (kind,))
    body.consume_all(results if kind is None else results[1:])
    return True


@operator("return_call", "return_call_indirect", "return_call_ref", gives="never")
def return_call(body: Body, name: str, _: Any) -> bool:
    found = _tail_callees(body, name)
    if not found:
        return False
    _call(body, name, body.chance.choice(found), body.signature.results)
    return True


# --- exceptions ----------------------------------------------------------------------------------


@operator("throw", gives="never")
def throw(body: Body, name: str, _: Any) -> bool:
    tag = body.chance.randrange(len(body.place.tags))
    body.produce_all(_carried(body, tag))
    body.emit(name, tag)
    return True


def _carried(body: Body, tag: int) -> Kinds:
    composite: Any = body.types.all[body.place.tags[tag]].composite
    parameters: Kinds = composite.parameters
    return parameters


@operator("throw_ref", gives="never")
def throw_ref(body: Body, name: str, _: Any) -> bool:
    body.produce(Reference(body.maybe(0.1), "exn"))
    body.emit(name)
    return True


@operator("try_table", gives="any")
def try_table(body: Body, name: str, kind: Any) -> bool:
    """A try_table in a block that its first clause goes to; more clauses where labels fit."""
    results = _wanted(kind)
    code = body.chance.randrange(4)
    tag = body.chance.randrange(len(body.place.tags)) if code < 2 else None
    carried: Kinds = () if tag is None else _carried(body, tag)
    if code in (1, 3):
        carried = (*carried, _EXCEPTION)
    body.open("block", _block_type(body, (), results), results)
    body.open("block", _block_type(body, (), carried), carried)
    clauses: list[tuple[int, int | None, int]] = [(code, tag, 0)]
    clauses += _more_clauses(body)
    body.chance.shuffle(clauses)
    parameters = _parameters(body)
    body.produce_all(parameters)
    body.open(name, (_block_type(body, parameters, results), clauses), results)
    _inside(body, parameters, results)
    if body.maybe(0.5):
        body.guarded_exit_of("throw")
    body.close()
    body.emit("br", 1)
    body.close()
    body.consume_all(carried)
    body.produce_all(results)
    body.close()
    return True


def _more_clauses(body: Body) -> list[tuple[int, int | None, int]]:
    found: list[tuple[int, int | None, int]] = []
    forward = _forward(body)
    for tag in (*range(len(body.place.tags)), None):
        carried: Kinds = () if tag is None else _carried(body, tag)
        found += [
            (2 if tag is None else 0, tag, label)
            for label in _labels(body, carried)
            if label in forward and body.maybe(0.2)
        ]
    return found[:3]
