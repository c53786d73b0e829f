from __future__ import annotations

from typing import Any

import pytest

from ferrite.commands import GROUPS, standard_registry
from ferrite.commands.arguments import Key, Keys
from ferrite.commands.registry import (
    Command,
    Group,
    KeySpec,
    Registry,
    Tag,
    container,
    help_command,
)
from ferrite.commands.signature import KeyPositions
from ferrite.errors import CommandError
from ferrite.protocol.replies import SimpleString


def plugin_command(name: str = "HELLO.WORLD", **properties: Any) -> Command:
    def run(call: Any, request: list[bytes]) -> Any:
        return request

    properties.setdefault("count_min", 2)
    properties.setdefault("count_max", 3)
    return Command(name, run, Tag.MODULE | Tag.READONLY, **properties)


def sample_group() -> Group:
    group = Group("string", category="string")

    @group.command(Tag.WRITE | Tag.FAST, since="2.0.0", access="RW insert")
    def append(call: Any, key: Key, value: bytes) -> int:
        """Append a value to the string at a key; return the new length."""
        return len(value)

    @group.command(Tag.WRITE, since="1.0.0", access=("RW access delete", "OW update"))
    def rename(call: Any, key: Key, newkey: Key) -> None:
        """Rename."""

    @group.command(Tag.READONLY, since="1.0.0", access="RO", categories=("keyspace",))
    def exists_(call: Any, *keys: Keys) -> int:
        """Count keys.

        This is not part of the summary.
        """
        return len(keys)

    group.container("CONFIG", since="2.0.0", summary="A container")

    @group.command(Tag.ADMIN, name="CONFIG GET", since="2.0.0")
    def config_get(call: Any, name: bytes) -> bytes:
        """Get."""
        return name

    group.help("CONFIG", since="5.0.0")
    return group


@pytest.fixture
def registry() -> Registry:
    return Registry(sample_group())


def found(registry: Registry, name: str) -> Command:
    command = registry.get(name)
    assert command is not None
    return command


def test_what_derives_from_a_declaration(registry: Registry) -> None:
    command = found(registry, "append")
    assert command.arity == 3
    assert command.flags == ["write", "fast"]
    assert command.categories == ("write", "string", "fast")
    assert command.summary == "Append a value to the string at a key; return the new length"
    assert command.syntax == "APPEND key value"
    assert command.key_range == KeyPositions(1, 1, 1)
    assert (command.group, command.since, command.complexity) == ("string", "2.0.0", "O(1)")
    assert command.touches_keyspace
    assert not command.no_auth


def test_names_and_summaries(registry: Registry) -> None:
    assert found(registry, "EXISTS").summary == "Count keys"
    assert found(registry, "exists").arity == -2
    assert found(registry, "exists").categories == ("keyspace", "read", "slow")
    assert found(registry, "Config|Get").name == "config|get"
    assert registry.get("nosuch") is None
    assert registry.get("config|nosuch") is None


def test_ranges_of_keys(registry: Registry) -> None:
    assert found(registry, "rename").key_range == KeyPositions(1, 2, 1)
    assert found(registry, "rename").keys_of([b"rename", b"a", b"b"]) == [b"a", b"b"]
    assert found(registry, "exists").key_range == KeyPositions(1, -1, 1)
    assert found(registry, "config").key_range == KeyPositions(0, 0, 0)


@pytest.mark.parametrize("spelling", [b"APPEND", b"append", b"aPpEnD"])
def test_any_spelling_is_found(registry: Registry, spelling: bytes) -> None:
    assert registry.find([spelling, b"k", b"v"]).name == "append"


def test_subcommands_are_found(registry: Registry) -> None:
    assert registry.find([b"config", b"Get", b"x"]).name == "config|get"
    assert registry.find([b"CONFIG"]).name == "config"
    assert not registry.find([b"CONFIG"]).accepts(1)


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (
            [b"nosuch", b"a", b"b"],
            "ERR unknown command 'nosuch', with args beginning with: 'a' 'b' ",
        ),
        ([b"nosuch"], "ERR unknown command 'nosuch', with args beginning with: "),
        ([b"config", b"foo"], "ERR unknown subcommand 'foo'. Try CONFIG HELP."),
        (
            [b"config|get", b"foo"],
            "ERR unknown command 'config|get', with args beginning with: 'foo' ",
        ),
    ],
)
def test_unknown(registry: Registry, request_: list[bytes], text: str) -> None:
    with pytest.raises(CommandError) as caught:
        registry.find(request_)
    assert caught.value.text == text


def test_a_container_alone_has_no_meaning(registry: Registry) -> None:
    with pytest.raises(CommandError, match="wrong number of arguments for 'config' command"):
        found(registry, "config").run(None, [b"CONFIG"])  # type: ignore[arg-type]


def test_help_names_the_subcommands(registry: Registry) -> None:
    lines = found(registry, "config|help").run(None, [])  # type: ignore[arg-type]
    assert lines == [
        "CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "GET name",
        "    Get.",
        "HELP",
        "    Print this help.",
    ]
    assert all(isinstance(line, SimpleString) for line in lines)


def test_a_name_is_declared_once() -> None:
    group = sample_group()
    with pytest.raises(ValueError, match="command append is declared twice"):

        @group.command(since="1.0.0", name="APPEND")
        def again(call: Any) -> None:
            """Again."""

    with pytest.raises(ValueError, match=r"command config\|get is declared twice"):

        @group.command(since="1.0.0", name="config get")
        def again_too(call: Any) -> None:
            """Again."""

    with pytest.raises(ValueError, match="command append exists already"):
        Registry(sample_group(), sample_group())


def test_access_is_told_for_each_key() -> None:
    group = Group("string")
    with pytest.raises(ValueError, match="zip"):

        @group.command(since="1.0.0", access=())
        def one(call: Any, key: Key) -> None:
            """One."""


def test_a_plugin_command_joins_and_leaves(registry: Registry) -> None:
    before = len(registry)
    command = plugin_command(
        keys=[KeySpec(KeyPositions(1, 1, 1), "RO access")], categories=("json",), module="hello"
    )
    registry.add(command)
    assert registry.find([b"hello.World", b"x"]) is command
    assert command in registry
    assert len(registry) == before + 1
    assert command.arity == -2
    assert command.flags == ["readonly", "module"]
    assert command.categories == ("read", "slow", "json")
    assert [command.accepts(count) for count in (1, 2, 3, 4)] == [False, True, True, False]
    with pytest.raises(ValueError, match=r"command hello\.world exists already"):
        registry.add(plugin_command("hello.WORLD"))
    registry.remove("Hello.World")
    assert registry.get("hello.world") is None
    assert len(registry) == before
    with pytest.raises(CommandError, match="unknown command"):
        registry.find([b"HELLO.WORLD"])
    with pytest.raises(KeyError):
        registry.remove("hello.world")


def test_a_built_in_name_cannot_be_taken(registry: Registry) -> None:
    with pytest.raises(ValueError, match="command append exists already"):
        registry.add(plugin_command("Append"))


def test_arity_of_its_own_for_command_info() -> None:
    assert plugin_command(arity=-1).arity == -1


def test_a_family_is_spelled_both_ways(registry: Registry) -> None:
    registry.add(plugin_command("PLUGIN.INFO", keys=[KeySpec(KeyPositions(1, -1, 1), "RO")]))
    registry.add_family("PLUGIN", group="module", since="0.1.0", summary="Plugins")
    registry.add(
        plugin_command("PLUGIN.LOAD", count_max=2, keys=[KeySpec(KeyPositions(1, 1, 1), "RO")])
    )
    for name in ("info", "load"):
        apart = registry.find([b"plugin", name.encode(), b"x"])
        assert apart.name == f"plugin|{name}"
        assert apart.run(None, [b"plugin", name.encode(), b"x"]) == [  # type: ignore[arg-type]
            f"PLUGIN.{name.upper()}".encode(),
            b"x",
        ]
    load, info = found(registry, "plugin|load"), found(registry, "plugin|info")
    assert (load.arity, load.count_min, load.count_max) == (3, 3, 3)
    assert (info.arity, info.count_min, info.count_max) == (-3, 3, 4)
    assert load.key_range == KeyPositions(2, 2, 1)
    assert info.key_range == KeyPositions(2, -1, 1)
    registry.remove("plugin.load")
    with pytest.raises(CommandError, match=r"unknown subcommand 'load'\. Try PLUGIN HELP"):
        registry.find([b"PLUGIN", b"load", b"x"])


def test_a_container_made_at_run_time(registry: Registry) -> None:
    parent = container("TOOL", group="module", since="1.0.0", summary="Tools")
    parent.add_subcommand(help_command(parent, since="1.0.0"))
    registry.add(parent)
    assert registry.find([b"tool", b"help"]).name == "tool|help"


def test_registries_do_not_share_what_joined_later() -> None:
    first, second = standard_registry(), standard_registry()
    first.add(plugin_command())
    assert second.get("hello.world") is None


def test_every_built_in_command_is_documented() -> None:
    for group in GROUPS:
        for parent in group.commands.values():
            for command in (parent, *parent.subcommands.values()):
                assert command.summary, command.name
                assert command.since, command.name
                assert command.complexity, command.name
