"""Grants: which right reaches which key, and what a default grant leaves."""

from __future__ import annotations

import pytest

from ferrite.permissions import Grant, Permission, Right

READ = Right.STORAGE_READ


def test_rights_have_two_words() -> None:
    for right in Right:
        assert f"{right.resource}.{right.action}" == right.value


def test_nothing_granted_is_nothing_allowed() -> None:
    grant = Grant()
    for right in Right:
        assert not grant.allows(right)
        assert not grant.reaches(right, b"key")
    assert grant.rights == []


@pytest.mark.parametrize(
    ("entries", "key", "reached"),
    [
        ([()], b"any", True),
        ([("a*",)], b"abc", True),
        ([("a*",)], b"b", False),
        ([("a*", "b*")], b"b", True),
        ([("a*",), ("b*",)], b"b", True),
        ([("!a*",)], b"abc", False),
        ([("!a*",)], b"b", True),
        ([(), ("!a*",)], b"abc", False),
        ([("a*", "!ab*")], b"abc", False),
        ([("a*", "!ab*")], b"acc", True),
        ([("caf\u00e9*",)], "caf\u00e9s".encode(), True),
        ([("a*",)], b"a\xff\x00", True),
    ],
)
def test_reach(entries: list[tuple[str, ...]], key: bytes, reached: bool) -> None:
    grant = Grant(Permission(READ, keys=keys) for keys in entries)
    assert grant.reaches(READ, key) is reached
    assert grant.allows(READ)
    assert not grant.reaches(Right.STORAGE_WRITE, key)


def test_narrowing() -> None:
    grant = Grant(Permission(right) for right in Right)
    assert grant.narrowed(["*"]).rights == list(Right)
    assert grant.narrowed([]).rights == []
    assert grant.narrowed(["storage.read", "system.*"]).rights == [
        Right.STORAGE_READ,
        Right.SYSTEM_TIME,
        Right.SYSTEM_RANDOM,
        Right.SYSTEM_ENV,
    ]
    assert grant.narrowed(["network"]).rights == [
        Right.NETWORK_HTTP_GET,
        Right.NETWORK_HTTP_POST,
        Right.NETWORK_TCP_CONNECT,
    ]
    assert Grant().narrowed(["*"]).rights == [], "it adds nothing"
    with pytest.raises(ValueError, match=r"'storage\.eat' is no right"):
        grant.narrowed(["storage.eat"])


def test_description() -> None:
    grant = Grant(
        [
            Permission(Right.STORAGE_WRITE, keys=("a*", "!ab*")),
            Permission(READ),
            Permission(Right.NETWORK_HTTP_GET, hosts=("example.com",)),
        ]
    )
    assert grant.describe() == [
        "storage.read",
        "storage.write a* !ab*",
        "network.http_get example.com",
    ]


def test_a_pattern_that_cannot_be_used_is_refused() -> None:
    with pytest.raises(ValueError, match="pattern is longer"):
        Permission(READ, keys=("*" + "a" * 20_000,))
