"""All users: changes whole or not at all, files, the default user."""

from __future__ import annotations

import pytest

from ferrite.access.selector import RuleError
from ferrite.access.users import AclFileError, Users
from ferrite.commands import BUILT_IN


def new_users(all_channels: bool = False) -> Users:
    return Users(BUILT_IN, lambda: all_channels)


def names(users: Users) -> list[bytes]:
    return [user.name for user in users]


def put(users: Users, name: bytes, *rules: bytes) -> None:
    users.put(users.changed(name, rules))


def test_users_come_and_go() -> None:
    users = new_users()
    put(users, b"zoe", b"on", b">p")
    put(users, b"amy")
    assert names(users) == [b"amy", b"default", b"zoe"]
    zoe = users.get(b"zoe")
    assert zoe is not None
    assert users.authenticate(b"zoe", b"p") is zoe
    assert users.authenticate(b"zoe", b"q") is None
    assert users.authenticate(b"nobody", b"p") is None
    put(users, b"zoe", b">q")
    assert users.get(b"zoe") is zoe
    assert users.authenticate(b"zoe", b"q") is zoe
    assert users.delete(b"zoe") is zoe
    assert users.delete(b"zoe") is None
    with pytest.raises(ValueError, match="'default' user cannot be removed"):
        users.delete(b"default")


def test_a_change_is_whole_or_not_at_all() -> None:
    users = new_users()
    put(users, b"amy", b"+get")
    with pytest.raises(RuleError) as caught:
        users.changed(b"amy", (b"+set", b"what"))
    assert str(caught.value) == "Error in ACL SETUSER modifier 'what': Syntax error"
    with pytest.raises(RuleError, match="Usernames can't contain spaces or null characters"):
        users.changed(b"a b", ())
    assert next(user.describe() for user in users) == b"user amy off resetchannels -@all +get"


def test_the_default_password() -> None:
    users = new_users()
    assert not users.must_log_in
    users.set_default_password(b"secret")
    assert users.must_log_in
    assert users.authenticate(b"default", b"secret") is users.default
    users.set_default_password(b"")
    assert not users.must_log_in
    put(users, b"default", b"off")
    assert users.must_log_in


def test_new_users_and_all_channels() -> None:
    users = new_users(all_channels=True)
    assert users.changed(b"amy", ()).describe() == b"user amy off &* -@all"
    assert users.changed(b"amy", (b"resetchannels", b"reset")).describe() == (
        b"user amy off sanitize-payload &* -@all"
    )


def test_a_file_and_back() -> None:
    users = new_users()
    put(users, b"amy", b"on", b">p", b"~a*", b"&b", b"+@read", b"-get", b"(+set %W~w)")
    put(users, b"default", b"-config")
    other = new_users()
    put(other, b"bob")
    default = other.default
    gone = other.read_text(users.to_text() + b"\n \t\n", "users.acl")
    assert [user.name for user in gone] == [b"bob"]
    assert other.to_text() == users.to_text()
    assert other.default is default


def test_a_file_without_default_user_has_one_still() -> None:
    users = new_users()
    put(users, b"default", b"off")
    users.read_text(b"user amy on nopass", "f")
    assert users.default.unrestricted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"nouser x", "f:1 should start with user keyword followed by the username. "),
        (b"\nuser", "f:2 should start with user keyword followed by the username. "),
        (b"user a\tb", "'f:1: username 'a\tb' contains invalid characters. "),
        (b"user a\nuser a", "WARNING: Duplicate user 'a' found on line 2. "),
        (b"user a (~x", "f:1: Unmatched parenthesis in selector definition."),
        (
            b"user a +nosuch +no2",
            "f:1: Error in applying operation '+nosuch': Unknown command or category name in ACL. "
            "f:1: Error in applying operation '+no2': Unknown command or category name in ACL. ",
        ),
        (b"user a what else", "f:1: Syntax error. "),
    ],
)
def test_a_bad_file_changes_nothing(text: bytes, message: str) -> None:
    users = new_users()
    put(users, b"bob")
    before = users.to_text()
    with pytest.raises(AclFileError) as caught:
        users.read_text(text, "f")
    assert str(caught.value) == (
        message + "WARNING: ACL errors detected, no change to the previously active ACL rules "
        "was performed"
    )
    assert users.to_text() == before


def test_users_of_the_configuration() -> None:
    users = new_users()
    users.read_lines([[b"default", b"on", b"nopass", b"+@all"], [b"amy", b"(+get", b"~x)"]])
    assert users.to_text() == (
        b"user amy off resetchannels -@all (~x resetchannels -@all +get)\n"
        b"user default on nopass sanitize-payload resetchannels +@all\n"
    )
    for line, message in (
        ([b"a b"], "Spaces not allowed in ACL usernames"),
        ([b"a", b"(x"], "Unmatched parenthesis"),
        ([b"a", b"x"], "Error loading ACL rule 'x' for the user named 'a': Syntax error"),
    ):
        with pytest.raises(AclFileError, match=message):
            users.read_lines([line])
