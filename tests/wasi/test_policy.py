from __future__ import annotations

import dataclasses

import pytest

from wasi import CALLS, GROUPS, Errno, Policy, UnknownRestriction, check_restrictions


def test_nothing_is_permitted_by_default() -> None:
    policy = Policy.default()
    assert policy == Policy()
    for group in ("clock", "random", "filesystem", "network"):
        assert not policy.permits(group)
    assert policy.permits("")
    assert (policy.errno, policy.kill) == (Errno.NOTCAPABLE, False)
    with pytest.raises(dataclasses.FrozenInstanceError):
        policy.kill = True  # type: ignore[misc]


def test_variables_are_permitted_by_being_passed() -> None:
    assert Policy().permits("env")


def test_groups_are_permitted_one_by_one() -> None:
    policy = Policy(frozenset({"clock"}))
    assert policy.permits("clock")
    assert not policy.permits("random")


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
    assert {name for name, call in CALLS.items() if policy.refuses(name, call.group)} == refused


def test_a_restriction_wins_over_a_permission() -> None:
    policy = Policy(frozenset({"clock"}), ("clock",))
    assert policy.permits("clock")
    assert policy.refuses("clock_time_get", "clock")


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
