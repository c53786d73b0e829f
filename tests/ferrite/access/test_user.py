"""Users: flags, passwords, several selectors, and which refusal is told."""

from __future__ import annotations

import hashlib

import pytest

from ferrite.access.selector import Access, Denial, Reason, RuleError
from ferrite.access.user import User, join_selectors
from ferrite.commands import BUILT_IN

DIGEST = hashlib.sha256(b"secret").hexdigest().encode()


def user(*rules: bytes) -> User:
    made = User(b"bob", BUILT_IN, all_channels=False)
    made.change(rules)
    return made


def denial(made: User, line: bytes) -> Denial | None:
    request = line.split()
    return made.denial(BUILT_IN.find(request), request)


def test_a_new_user_may_nothing() -> None:
    assert user().describe() == b"user bob off resetchannels -@all"
    assert not user().accepts(b"")
    assert not user(b"on").accepts(b"")


def test_the_default_user_may_everything() -> None:
    made = User.almighty(BUILT_IN)
    assert made.describe() == b"user default on nopass ~* &* +@all"
    assert made.unrestricted
    assert denial(made, b"SET k v") is None


def test_passwords() -> None:
    made = user(b"on", b">secret", b"#" + DIGEST, b">other")
    assert len(made.passwords) == 2
    assert [made.accepts(word) for word in (b"secret", b"other", b"no", b"")] == [
        True, True, False, False,
    ]  # fmt: skip
    made.apply(b"<other")
    made.apply(b"!" + DIGEST)
    assert not made.accepts(b"secret")
    made.apply(b"nopass")
    assert made.accepts(b"whatever")
    made.apply(b">secret")
    assert not made.accepts(b"whatever")
    made.apply(b"resetpass")
    assert not made.accepts(b"secret")


def test_nobody_logs_in_as_a_user_who_is_off() -> None:
    made = user(b"on", b"nopass", b"OFF")
    assert not made.accepts(b"")
    assert not user(b">secret").accepts(b"secret")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (b"#" + DIGEST[1:], "must be exactly 64 characters"),
        (b"#" + DIGEST.upper(), "must be exactly 64 characters"),
        (b"!x", "must be exactly 64 characters"),
        (b"<none", "does not exist"),
        (b"(+get", "Syntax error"),
        (b"(nosuch)", "Syntax error"),
        (b"(+nosuch)", "Unknown command"),
        (b'("~a)', "Syntax error"),
    ],
)
def test_rules_that_cannot_be(rule: bytes, reason: str) -> None:
    with pytest.raises(RuleError, match=reason):
        user(rule)


def test_reset_and_flags() -> None:
    made = user(b"on", b">p", b"~*", b"+@all", b"(+get)", b"skip-sanitize-payload", b"")
    assert made.flags == [b"on", b"skip-sanitize-payload"]
    made.apply(b"reset")
    assert made.describe() == b"user bob off sanitize-payload resetchannels -@all"


def test_selectors_do_not_add_up() -> None:
    made = user(b"(+get ~r*)", b"(+set %W~w*)", b"( ~x +@all )")
    assert denial(made, b"GET r1") is None
    assert denial(made, b"SET w1 v") is None
    assert denial(made, b"GET w1") == Denial(Reason.KEY, 1)
    assert denial(made, b"SET w1 v GET") == Denial(Reason.KEY, 1)
    assert denial(made, b"PING") is None
    assert made.describe().endswith(
        b"-@all (~r* resetchannels -@all +get) "
        b"(%W~w* resetchannels -@all +set) (~x resetchannels +@all)"
    )
    made.apply(b"clearselectors")
    assert denial(made, b"PING") == Denial(Reason.COMMAND)


def test_of_several_refusals_the_one_that_came_furthest_counts() -> None:
    made = user(b"+mget", b"~key", b"(+mget ~key ~otherkey)")
    assert denial(made, b"GET key") == Denial(Reason.COMMAND)
    assert denial(made, b"MGET otherkey someotherkey") == Denial(Reason.KEY, 2)
    assert denial(made, b"MGET key otherkey third") == Denial(Reason.KEY, 3)


def test_what_a_request_does_with_its_key_counts() -> None:
    made = user(b"+@all", b"%R~r", b"%W~w")
    for line in (b"GET r", b"SET w v", b"EXISTS r", b"EXISTS w", b"SET w get", b"RENAME w w"):
        expected = None if line != b"RENAME w w" else Denial(Reason.KEY, 1)
        assert denial(made, line) == expected, line
    for line in (b"GET w", b"SET r v", b"SET w v GET", b"APPEND r x", b"EXISTS x"):
        assert denial(made, line) == Denial(Reason.KEY, 1), line
    assert denial(made, b"COPY r r" if BUILT_IN.get("copy") else b"MGET r w") is not None


def test_every_key_within_the_selector_that_allows_the_command() -> None:
    made = user(b"+get", b"~a", b"(+set ~*)")
    request = [b"GET", b"a"]
    assert not made.may_access_every_key(BUILT_IN.find(request), request, Access.READ)
    made.apply(b"(+get %R~*)")
    assert made.may_access_every_key(BUILT_IN.find(request), request, Access.READ)
    assert not made.may_access_every_key(BUILT_IN.find(request), request, Access.WRITE)


def test_a_change_of_rights_is_taken_over_by_the_same_object() -> None:
    made, better = user(b"+get"), user(b"+@all", b"~*", b"&*", b"on")
    assert not made.unrestricted
    made.become(better)
    assert made.unrestricted
    better.apply(b"-get")
    assert made.unrestricted


@pytest.mark.parametrize(
    ("words", "rules"),
    [
        (b"a b", [b"a", b"b"]),
        (b"(a) b", [b"(a)", b"b"]),
        (b"(a b c) d (e f)", [b"(a b c)", b"d", b"(e f)"]),
        (b"( a )", [b"( a )"]),
    ],
)
def test_selectors_spread_over_words(words: bytes, rules: list[bytes]) -> None:
    assert join_selectors(words.split(b" ")) == rules


def test_a_parenthesis_without_end() -> None:
    with pytest.raises(RuleError, match=r"Unmatched parenthesis .* starting at '\(a'"):
        join_selectors([b"x", b"(a", b"b"])
