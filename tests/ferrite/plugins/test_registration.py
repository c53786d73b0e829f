"""A plugin's commands among the server's: COMMAND, arity, keys, flags, both ways."""

from __future__ import annotations

import pytest

from ferrite.commands import standard_registry
from ferrite.commands.registry import Tag
from ferrite.plugins.manifest import CommandTable
from ferrite.plugins.program import LoadError
from ferrite.plugins.registration import join, leave, make_command
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import module, with_manifest


def make(**keys: object) -> object:
    return make_command(CommandTable(name="X.Y", **keys), lambda _call, _request: None)  # type: ignore[arg-type]


def test_what_a_manifest_says_is_what_command_shows() -> None:
    table = CommandTable(
        name="X.GET",
        description="Get it",
        min_args=1,
        max_args=2,
        flags=("read", "fast", "loading"),
        acl_categories=("@json", "read"),
        first_key=1,
        last_key=-1,
        step=2,
        complexity="O(1)",
        since="1.2.0",
        tips=("nondeterministic_output",),
    )
    command = make_command(table, lambda _call, _request: None)
    assert command.name == "x.get"
    assert (command.count_min, command.count_max, command.arity) == (2, 3, -2)
    assert set(command.flags) == {"readonly", "module", "fast", "loading"}
    assert set(command.categories) == {"json", "read", "fast"}
    assert command.keys_of([b"X.GET", b"a", b"b", b"c"]) == [b"a", b"c"]
    assert command.summary == "Get it"
    assert command.complexity == "O(1)"
    assert command.tips == ("nondeterministic_output",)


@pytest.mark.parametrize(
    ("flags", "tags"),
    [
        ((), Tag.MODULE),
        (("read",), Tag.MODULE | Tag.READONLY),
        (("readonly",), Tag.MODULE | Tag.READONLY),
        (("read", "write"), Tag.MODULE | Tag.WRITE),
        (("write", "denyoom"), Tag.MODULE | Tag.WRITE | Tag.DENYOOM),
        (("admin", "stale", "slow"), Tag.MODULE | Tag.ADMIN | Tag.STALE),
    ],
)
def test_flags(flags: tuple[str, ...], tags: Tag) -> None:
    assert make(flags=flags).tags == tags  # type: ignore[attr-defined]


def test_arity() -> None:
    for keys, expected in (
        ({}, (1, -1)),
        ({"min_args": 2, "max_args": 2}, (3, 3)),
        ({"min_args": 2}, (3, -3)),
        ({"arity": 3}, (3, 3)),
        ({"arity": -3}, (3, -3)),
        ({"arity": -3, "max_args": 5}, (3, -3)),
    ):
        command = make(**keys)  # type: ignore[arg-type]
        assert (command.count_min, command.arity) == expected  # type: ignore[attr-defined]


def test_the_server_checks_the_arity() -> None:
    text = '[package]\nname = "x"\n[[commands]]\nname = "F"\nmin_args = 1\nmax_args = 2'
    code = module('(func (export "f") (result i32) (i32.const 0))')
    with plugin_bench(with_manifest(code, text)) as bench:
        for count, fits in ((0, False), (1, True), (2, True), (3, False)):
            reply = bench.reply("F", *["x"] * count)
            assert (str(reply) == "OK") == fits
            if not fits:
                assert str(reply) == "ERR wrong number of arguments for 'f' command"


def test_joining_is_all_or_nothing() -> None:
    registry = standard_registry()
    count = len(registry)
    commands = [
        make_command(CommandTable(name=name), lambda _call, _request: None)
        for name in ("A.ONE", "A.TWO", "GET")
    ]
    with pytest.raises(LoadError, match="get"):
        join(registry, commands)
    assert len(registry) == count
    join(registry, commands[:2])
    assert len(registry) == count + 2
    leave(registry, commands[:2])
    assert len(registry) == count
    with pytest.raises(LoadError, match="one of the server's own"):
        join(registry, [make_command(CommandTable(name="PLUGIN.X"), lambda _c, _r: None)])
