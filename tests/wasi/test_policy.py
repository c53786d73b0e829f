from __future__ import annotations

import dataclasses

import pytest

from wasi import (
    CALLS,
    GROUPS,
    Decision,
    Errno,
    Policy,
    UnknownRestriction,
    check_restrictions,
    parse_rule,
)


def permits(policy: Policy, group: str) -> bool:
    return policy.verdict("made_up", group) is Decision.ALLOWED


def test_nothing_is_permitted_by_default() -> None:
    policy = Policy.default()
    assert policy == Policy()
    for group in ("clock", "random"):
        assert policy.verdict("made_up", group) is Decision.SUBSTITUTED
    assert permits(policy, "")
    assert (policy.errno, policy.kill) == (Errno.NOTCAPABLE, False)
    with pytest.raises(dataclasses.FrozenInstanceError):
        policy.kill = True  # type: ignore[misc]


@pytest.mark.parametrize("group", ["env", "filesystem", "network"])
def test_what_the_embedder_gives_needs_no_grant(group: str) -> None:
    assert permits(Policy(), group)


def test_groups_are_permitted_one_by_one() -> None:
    policy = Policy(frozenset({"clock"}))
    assert permits(policy, "clock")
    assert not permits(policy, "random")


@pytest.mark.parametrize(
    ("restricted", "refused"),
    [
        ((), set()),
        (("sock_send",), {"sock_send"}),
        (("sock_*",), {"sock_accept", "sock_recv", "sock_send", "sock_shutdown"}),
        (("network",), {"sock_accept", "sock_recv", "sock_send", "sock_shutdown"}),
        (("fd_prestat_???",), {"fd_prestat_get"}),
        (("env",), {"environ_get", "environ_sizes_get"}),
        (("clock", "random"), {"clock_time_get", "random_get"}),
        (("exec", "fork"), set()),
        (("*",), set(CALLS)),
        (("SOCK_SEND",), set()),
    ],
)
def test_restrictions_are_names_globs_and_groups(
    restricted: tuple[str, ...], refused: set[str]
) -> None:
    policy = Policy(restricted=restricted)
    verdicts = {name: policy.verdict(name, call.group) for name, call in CALLS.items()}
    assert {name for name, found in verdicts.items() if found is Errno.NOTCAPABLE} == refused


def test_a_restriction_wins_over_a_permission() -> None:
    policy = Policy(frozenset({"clock"}), ("clock",))
    assert policy.verdict("clock_time_get", "clock") is Errno.NOTCAPABLE
    killing = Policy(frozenset({"clock"}), ("clock",), kill=True)
    assert killing.verdict("clock_time_get", "clock") is Decision.KILLED


def test_the_first_rule_that_knows_a_call_decides() -> None:
    policy = Policy(
        restricted=("fd_write",),
        rules=(
            ("fd_read", Decision.ALLOWED),
            ("fd_*", Errno.ACCES),
            ("network", Decision.KILLED),
            ("*", Errno.NOSYS),
        ),
    )
    found = {name: policy.verdict(name, CALLS[name].group) for name in CALLS}
    assert found["fd_read"] is Decision.ALLOWED
    assert found["fd_write"] is found["fd_sync"] is Errno.ACCES
    assert found["sock_send"] is Decision.KILLED
    assert found["proc_exit"] is Errno.NOSYS


def test_rules_are_written_as_pattern_and_action() -> None:
    assert parse_rule("path_*", CALLS) == ("path_*", Errno.NOTCAPABLE)
    assert parse_rule("path_*=ACCES", CALLS) == ("path_*", Errno.ACCES)
    assert parse_rule("network=kill", CALLS) == ("network", Decision.KILLED)
    assert parse_rule("fd_read=allow", CALLS) == ("fd_read", Decision.ALLOWED)
    for bad, why in (
        ("nothing", "no system call"),
        ("fd_read=EACCES", "'EACCES' is no errno"),
        ("fd_read=SUCCESS", "'SUCCESS' is no errno"),
        ("=kill", "no system call"),
    ):
        with pytest.raises(UnknownRestriction, match=why):
            parse_rule(bad, CALLS)


def test_restrictions_are_checked_when_they_are_given() -> None:
    good = ("fd_write", "sock_*", "exec", "filesystem")
    assert check_restrictions(good, CALLS) == good
    for bad in ("fd_wriet", "sock", "nothing_*", ""):
        with pytest.raises(
            UnknownRestriction, match=rf"restricted_syscalls: '{bad.replace('*', '.')}"
        ):
            check_restrictions(["fd_write", bad], CALLS)


def test_every_group_that_exists_in_preview_1_has_calls() -> None:
    assert GROUPS - {call.group for call in CALLS.values()} == {"exec", "fork"}
