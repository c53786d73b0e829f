"""Rules about commands, keys and channels: what they allow and how they are given back."""

from __future__ import annotations

import pytest

from ferrite.access.selector import Access, RuleError, Selector, access_of, has_spaces
from ferrite.commands import standard_registry
from ferrite.commands.registry import Command, Registry, Tag


def selector(*rules: str, registry: Registry | None = None) -> Selector:
    made = Selector(registry or standard_registry(), all_channels=False)
    for rule in rules:
        made.apply(rule.encode())
    return made


def may_run(made: Selector, *words: str, registry: Registry | None = None) -> bool:
    request = [word.encode() for word in words]
    return made.may_run((registry or standard_registry()).find(request), request)


@pytest.mark.parametrize(
    ("rules", "described", "allowed", "refused"),
    [
        ("", "-@all", [], ["GET k", "PING"]),
        ("+get", "-@all +get", ["GET k"], ["SET k v"]),
        ("+GET +get", "-@all +get", ["GET k"], ["SET k v"]),
        ("+get -get", "-@all", [], ["GET k"]),
        ("allcommands", "+@all", ["GET k", "CLIENT LIST"], []),
        ("+@all -client|list", "+@all -client|list", ["CLIENT ID"], ["CLIENT LIST"]),
        ("+@all -client +client|id", "+@all -client +client|id", ["CLIENT ID"], ["CLIENT LIST"]),
        ("+@all -client|id -client", "+@all -client", ["GET k"], ["CLIENT ID"]),
        ("-@all +config -config|set", "-@all +config -config|set", ["CONFIG GET a"], []),
        ("+memory|usage +memory", "-@all +memory", ["MEMORY USAGE k"], ["GET k"]),
        ("+@read", "-@all +@read", ["GET k", "TTL k"], ["SET k v"]),
        ("+@all -@write +set", "+@all -@write +set", ["SET k v", "GET k"], ["DEL k"]),
        ("+@all -@write -@all", "-@all", [], ["GET k"]),
        ("+@all -@write +@all", "+@all", ["DEL k"], []),
        ("+@all +client|id", "+@all", ["CLIENT ID"], []),
        ("+select|0", "-@all +select|0", ["SELECT 0"], ["SELECT 1"]),
        ("+select|0 +select|1 -select", "-@all", [], ["SELECT 0"]),
        ("+select|0 nocommands", "-@all", [], ["SELECT 0"]),
        ("+@all -select +select|0", "+@all -select +select|0", ["SELECT 0"], ["SELECT 1"]),
    ],
)
def test_commands(rules: str, described: str, allowed: list[str], refused: list[str]) -> None:
    made = selector(*rules.split())
    assert made.describe_commands().decode() == described
    assert [may_run(made, *line.split()) for line in allowed] == [True] * len(allowed)
    assert [may_run(made, *line.split()) for line in refused] == [False] * len(refused)
    again = selector(*described.split())
    assert again.describe_commands().decode() == described


def test_commands_from_before_the_login_are_everybodys() -> None:
    assert may_run(selector(), "AUTH", "x")
    assert may_run(selector("-auth"), "HELLO")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("+nosuch", RuleError.UNKNOWN_NAME),
        ("-nosuch", RuleError.UNKNOWN_NAME),
        ("+@nosuch", RuleError.UNKNOWN_NAME),
        ("+config|nosuch", RuleError.UNKNOWN_NAME),
        ("-config|nosuch", RuleError.UNKNOWN_NAME),
        ("-get|key", RuleError.UNKNOWN_NAME),
        ("+get|key|more", RuleError.UNKNOWN_NAME),
        ("+config|get|appendonly", "Allowing first-arg of a subcommand is not supported"),
        ("+get|", RuleError.SYNTAX),
        ("%~k", RuleError.SYNTAX),
        ("%", RuleError.SYNTAX),
        ("%RR~k", RuleError.SYNTAX),
        ("%X~k", RuleError.SYNTAX),
        ("~a b", RuleError.SYNTAX),
        ("&a\0", RuleError.SYNTAX),
        ("what", RuleError.SYNTAX),
        (")", RuleError.SYNTAX),
        ("", RuleError.SYNTAX),
    ],
)
def test_rules_that_cannot_be(rule: str, reason: str) -> None:
    with pytest.raises(RuleError) as caught:
        selector(rule)
    assert str(caught.value) == reason
    assert caught.value.is_unknown_name == (reason == RuleError.UNKNOWN_NAME)


def test_a_pattern_behind_all_of_them_says_how_to_begin_anew() -> None:
    with pytest.raises(RuleError, match="Try 'resetkeys' to start with an empty list of patterns"):
        selector("allkeys", "~a")
    with pytest.raises(RuleError, match="Try 'resetchannels' to start with an empty list of chan"):
        selector("&*", "&a")


@pytest.mark.parametrize(
    ("rules", "described"),
    [
        ("~a ~b ~a", "~a ~b"),
        ("%R~a %W~a", "~a"),
        ("%r~a %W~b %wr~c", "%R~a %W~b ~c"),
        ("~a ~*", "~*"),
        ("~a resetkeys ~b", "~b"),
        ("%RW", "~"),
    ],
)
def test_key_patterns_are_given_back(rules: str, described: str) -> None:
    assert selector(*rules.split()).describe_keys().decode() == described


@pytest.mark.parametrize(
    ("rules", "key", "readable", "writable", "both", "neither"),
    [
        ("~a*", "ab", True, True, True, True),
        ("~a*", "b", False, False, False, False),
        ("%R~a", "a", True, False, False, True),
        ("%W~a", "a", False, True, False, True),
        ("%R~a* %W~*a", "a", True, True, False, True),
        ("%RW~", "a", False, False, False, False),
        ("allkeys", "a", True, True, True, True),
    ],
)
def test_keys(
    rules: str, key: str, readable: bool, writable: bool, both: bool, neither: bool
) -> None:
    made = selector(*rules.split())
    wanted = {
        Access.READ: readable,
        Access.WRITE: writable,
        Access.ALL: both,
        Access.NONE: neither,
    }
    assert {each: made.may_access_key(key.encode(), each) for each in wanted} == wanted


def test_every_key() -> None:
    assert selector("~*").may_access_every_key(Access.ALL)
    assert selector("%R~*").may_access_every_key(Access.READ)
    assert not selector("%R~*").may_access_every_key(Access.ALL)
    assert not selector("%W~*").may_access_every_key(Access.READ)
    assert not selector("~a*").may_access_every_key(Access.READ)


def test_channels_match_and_patterns_are_literal() -> None:
    made = selector("&foo", "&bar:*")
    assert made.may_access_channel(b"foo", pattern=False)
    assert made.may_access_channel(b"bar:1", pattern=False)
    assert not made.may_access_channel(b"zap", pattern=False)
    assert made.may_access_channel(b"bar:*", pattern=True)
    assert not made.may_access_channel(b"bar:1", pattern=True)
    assert selector("allchannels").may_access_channel(b"x*", pattern=True)
    assert selector("allchannels", "resetchannels").describe_channels() == b""


def test_unrestricted_is_all_of_everything() -> None:
    assert selector("+@all", "~*", "&*").unrestricted
    for rules in ("+@all ~*", "+@all &*", "~* &*", "+@all ~* &* -get", "+@all %RW~* &*"):
        assert not selector(*rules.split()).unrestricted, rules


def test_what_a_key_specification_comes_to() -> None:
    assert access_of("RO access") == Access.READ
    assert access_of("RW access update") == Access.ALL
    assert access_of("OW insert") == access_of("RM delete") == Access.WRITE
    assert access_of("RO") == Access.NONE


def test_rules_outlive_the_commands_they_name() -> None:
    registry = standard_registry()
    made = selector("+hello.world", "-hello.other", "+@hello.all", registry=registry)
    hello = Command("hello.world", lambda call, request: None, Tag.MODULE)
    plain = Command("greet", lambda call, request: None, Tag.MODULE, categories=("greeting",))
    registry.add(hello)
    registry.add(plain)
    assert may_run(made, "HELLO.WORLD", registry=registry)
    made.apply(b"+@greeting")
    assert may_run(made, "GREET", registry=registry)
    registry.remove("greet")
    again = selector(*made.describe_commands().decode().split(), "-greet", registry=registry)
    other = Command("greet", lambda call, request: None, Tag.MODULE, categories=("other",))
    registry.add(other)
    assert not may_run(again, "GREET", registry=registry)


def test_a_copy_is_its_own() -> None:
    made = selector("+get", "~a", "&b")
    copied = made.copy()
    for rule in (b"+set", b"~c", b"&d"):
        copied.apply(rule)
    assert made.describe() == b"~a resetchannels &b -@all +get"
    assert copied.describe() == b"~a ~c resetchannels &b &d -@all +get +set"


def test_spaces() -> None:
    assert [has_spaces(text) for text in (b"a", b"a b", b"a\0", b"\n", b"")] == [
        False, True, True, True, False,
    ]  # fmt: skip
