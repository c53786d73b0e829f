"""Grants: which right reaches which key, and what a default grant leaves."""

from __future__ import annotations

import pytest

from ferrite.permissions import Grant, Permission, Right, grant_from_words, words_of_grant

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


def test_a_grant_within_another_has_what_both_have() -> None:
    inner = Grant([Permission(READ, keys=("a*",)), Permission(Right.SYSTEM_TIME)])
    outer = Grant([Permission(READ, keys=("*b",)), Permission(Right.STORAGE_WRITE)])
    both = Grant([*inner.entries(READ), *inner.entries(Right.SYSTEM_TIME)], outer)
    assert both.rights == [READ]
    assert both.reaches(READ, b"ab")
    assert not both.reaches(READ, b"a")
    assert not both.reaches(READ, b"b")
    assert both.describe() == ["storage.read a* (granted: *b)"]


@pytest.mark.parametrize(
    ("entries", "outer", "whole"),
    [
        ([()], None, True),
        ([("a*",)], None, False),
        ([(), ("!a",)], None, False),
        ([(), ("a*",)], None, True),
        ([()], [("a*",)], False),
        ([()], [()], True),
        ([], None, False),
    ],
)
def test_the_whole_of_a_right(
    entries: list[tuple[str, ...]], outer: list[tuple[str, ...]] | None, whole: bool
) -> None:
    within = None if outer is None else Grant(Permission(READ, keys=keys) for keys in outer)
    grant = Grant((Permission(READ, keys=keys) for keys in entries), within)
    assert grant.reaches_all(READ) is whole


def test_hosts() -> None:
    get = Right.NETWORK_HTTP_GET
    grant = Grant([Permission(get, hosts=("Example.com", "b.org:8080", "!c.org"))])
    assert grant.reaches_host(get, "example.COM", 1)
    assert grant.reaches_host(get, "b.org", 8080)
    assert not grant.reaches_host(get, "b.org", 80)
    assert not grant.reaches_host(get, "c.org", 80)
    assert not Grant([Permission(get)]).reaches_host(get, "any", 80)
    assert Grant([Permission(get, hosts=("*",))]).reaches_host(get, "any", 80)
    narrow = Grant([Permission(get, hosts=("*",))], grant)
    assert not narrow.reaches_host(get, "any", 80)


def test_words_make_a_grant_and_back() -> None:
    words = ["storage.read=user:*", "storage.read=!user:0", "system.time"]
    grant = grant_from_words(words)
    assert words_of_grant(grant) == words
    assert grant_from_words(["NONE"]).rights == []
    assert words_of_grant(Grant()) == ["none"]
    assert grant_from_words(["storage"]).rights == [r for r in Right if r.resource == "storage"]
    assert grant_from_words(["*"]).rights == list(Right)
    for word in ("fly", "storage.fly", "system.time=x", "storage.read=[" + "*" * 5000):
        with pytest.raises(ValueError, match=r"\bno\b|cannot|pattern"):
            grant_from_words([word, "nothing.at_all"])


def test_folders_are_those_named_as_far_as_they_are_granted() -> None:
    read = Right.FILESYSTEM_READ
    asked = [Permission(read, paths=("/data/a", "/data", "/other"))]
    assert Grant(asked).paths(read) == ("/data/a", "/data", "/other")
    assert Grant(asked).paths(Right.FILESYSTEM_WRITE) == ()
    assert Grant(asked, Grant([Permission(read)])).paths(read) == ("/data/a", "/data", "/other")
    assert Grant(asked, Grant([Permission(read, paths=("/data",))])).paths(read) == (
        "/data/a",
        "/data",
    )
    assert Grant(asked, Grant([Permission(read, paths=("/data/a/b",))])).paths(read) == ()
    assert Grant(asked, Grant()).paths(read) == ()
    twice = Grant([Permission(read)], Grant([Permission(read, paths=("/other",))]))
    assert Grant(asked, twice).paths(read) == ("/other",)


@pytest.mark.parametrize("path", ["relative", "/a/../b", "!/a", ""])
def test_a_folder_is_an_absolute_path(path: str) -> None:
    with pytest.raises(ValueError, match="must be an absolute path"):
        Permission(Right.FILESYSTEM_READ, paths=(path,))
