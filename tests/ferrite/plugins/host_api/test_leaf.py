"""A leaf does what `enter` does: random calls on two worlds that are alike, one by each."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from ferrite.access.user import User
from ferrite.commands import standard_registry
from ferrite.errors import CommandError
from ferrite.hooks import Event
from ferrite.keyspace.clock import Clock
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.foreign import ForeignValue
from ferrite.keyspace.hashes import Hash
from ferrite.permissions import Grant, Permission, Right
from ferrite.plugins.host_api import FUNCTIONS, HostContext, Invocation, bind
from ferrite.plugins.host_api.context import HookView, Origin, Trail
from ferrite.plugins.host_api.declaration import PLAIN
from ferrite.plugins.manifest import DataTypeTable
from ferrite.plugins.reply_builder import ReplyBuilder
from ferrite.session import Session
from tests.support.wat import assemble
from wasm_vm import F64, I64, Caller, Instance, Limits, OutOfFuel, Store, Trap, instantiate, load

MODULE = load(assemble('(module (memory (export "memory") 1))'))
TEXTS = (b"k", b"n", b"h", b"t", b"type", b"field", b"5", b"client_id", b"a.b", b"\xff\0")
REGISTRY = standard_registry()
ROUNDS = 60


class World:
    """A guest's surroundings, and what can be seen of them."""

    def __init__(self, chance: Random, fuel: int, grant: Grant, may_write: bool, acl: str) -> None:
        self.store = Store(Limits(fuel=fuel, slice=200), lambda: None)
        self.instance: Instance = instantiate(MODULE, store=self.store)
        for index, text in enumerate(TEXTS):
            self.instance.memory.write(index * 16, text)
        self.notes: list[tuple[str, object, int]] = []
        self.kept: list[Any] = []
        self.context = HostContext("p", "1", grant, self._log, {"a": {"b": 7}})
        self.context.types = {"type": DataTypeTable(name="type")}
        self.context.meter = self.store.meter
        self.context.note = lambda *note: self.notes.append(note)
        if chance.random() < 0.5:
            self.context.trail = Trail(lambda: 5, lambda: 1, self._keep)
        user = User.almighty(REGISTRY)
        user.change(rule.encode() for rule in acl.split())
        self.keyspace = Keyspace(0, Clock(lambda: 5_000))
        for key, value in {b"k": b"text", b"n": b"41", b"t": ForeignValue("type", 1, b"x")}.items():
            self.keyspace.set(key, value)
        self.context.invocation = Invocation(
            "command", [b"one", b"22", b"3.5"], self.keyspace, Session(1, user), "C", may_write
        )
        if chance.random() < 0.3:
            self.context.invocation.hook = HookView(Event.ON_KEY_WRITE, b"k", b"new", b"old")

    def _log(self, level: int, line: str) -> None:
        self.notes.append(("log", line, level))

    def _keep(self, record: tuple[int, Origin, str, bytes | None, int, str, int]) -> None:
        _, origin, function, argument, result, decision, fuel = record
        assert (origin, decision) == ((5, "C", "default"), "")
        assert fuel == self.store.meter.used
        self.notes.append((function, argument, result))

    def call(self, name: str, arguments: list[Any], leaf: bool) -> object:
        function, caller = bind(self.context, FUNCTIONS[name]), Caller(self.instance)
        try:
            if leaf:
                assert function.leaf is not None
                return function.leaf(caller)(*arguments, 0)
            return function.code(caller, arguments)[0]
        except (Trap, OutOfFuel) as error:
            return type(error), str(error)

    @property
    def facts(self) -> dict[str, object]:
        invocation, context = self.context.invocation, self.context
        shown = [(name, a if type(a) is bytes else None, r) for name, a, r in self.notes]
        return {
            "memory": bytes(self.instance.memory.data),
            "fuel": self.store.meter.used,
            "keys": {key: _shown(self.keyspace.peek(key)) for key in (b"k", b"n", b"h", b"t")},
            "reply": (_shown(invocation.reply), invocation.fault),
            "said": (context.last_error, context.last_address, shown),
            "handles": invocation.handles,
        }


def _shown(value: object) -> object:
    """A value in a form that can be compared."""
    if isinstance(value, ForeignValue):
        return value.name, value.version, value.data
    if isinstance(value, Hash):
        return value.fields
    if isinstance(value, ReplyBuilder):
        parts = [(each.kind, each.missing, list(map(_shown, each.items))) for each in value._open]
        return parts, value.elements, value._bytes, _shown(value.value)
    return (CommandError, value.text) if isinstance(value, CommandError) else value


def _grant(chance: Random) -> Grant:
    narrowed = ("k*",) if chance.random() < 0.3 else ()
    rights = [right for right in Right if chance.random() < 0.9]
    return Grant(
        Permission(right, keys=narrowed if right.resource == "storage" else ()) for right in rights
    )


def _arguments(chance: Random, name: str) -> list[Any]:
    call = FUNCTIONS[name]
    given: list[Any] = []
    for kind in call.kinds:
        if kind.bytes_max:
            index = chance.randrange(len(TEXTS))
            given += [index * 16, len(TEXTS[index])]
        else:
            given += [_number(chance, each) for each in kind.types]
    if call.answer is not PLAIN:
        given += [chance.choice((256, 65_530, 70_000)), *([chance.choice((0, 1, 99))])]
        given = given[: len(call.type.parameters)]
    if given and chance.random() < 0.2:
        at = chance.randrange(len(given))
        given[at] = _number(chance, call.type.parameters[at])
    return given


def _number(chance: Random, kind: object) -> Any:
    if kind is F64:
        return chance.choice((0.5, -3.0, float("inf")))
    if kind is I64:
        return chance.choice((0, 1, 5, 1 << 63, (1 << 64) - 1, 1 << 40))
    return chance.choice((0, 1, 2, 3, 64, 65_535, 65_536, 0xFFFF_FFFF))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_leaf_is_the_door(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.urandom", bytes)
    for seed in range(ROUNDS):
        chance = Random(seed)
        fuel = chance.choice((3, 10, 40, 150, 1_000, 100_000))
        acl = chance.choice(("", "", "resetkeys ~k*", "resetkeys"))
        grant, may_write, state = _grant(chance), chance.random() < 0.8, chance.getstate()
        worlds = []
        for _ in range(2):
            chance.setstate(state)
            worlds.append(World(chance, fuel, grant, may_write, acl))
        for _ in range(4):
            arguments = _arguments(chance, name)
            results = [world.call(name, list(arguments), leaf) for leaf, world in enumerate(worlds)]
            assert results[0] == results[1], (seed, arguments)
            assert worlds[0].facts == worlds[1].facts, (seed, arguments)
