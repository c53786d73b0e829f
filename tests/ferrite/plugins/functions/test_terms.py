from __future__ import annotations

import pytest

from ferrite.commands import standard_registry
from ferrite.permissions import Right
from ferrite.plugins.functions.terms import (
    SAME_WORK,
    CommandFilter,
    Terms,
    check_command_words,
)
from ferrite.plugins.host_api import FUNCTIONS

REGISTRY = standard_registry()


def test_rights_without_permissions() -> None:
    found = {entry.right for entry in Terms().rights}
    assert found == {
        Right.STORAGE_READ,
        Right.STORAGE_WRITE,
        Right.STORAGE_DELETE,
        Right.SYSTEM_TIME,
        Right.SYSTEM_RANDOM,
    }
    assert Terms(permissions=("none",)).rights == ()
    (entry,) = Terms(permissions=("storage.read=a:*",)).rights
    assert (entry.right, entry.keys) == (Right.STORAGE_READ, ("a:*",))


def test_terms_survive_a_state_file() -> None:
    for terms in (
        Terms(),
        Terms(("storage.read=a:*",), True, ("get", "@read"), ("flushall",)),
    ):
        assert Terms.from_data(terms.as_data()) == terms
    with pytest.raises(TypeError):
        Terms.from_data({"unknown": ["x"]})


@pytest.mark.parametrize(
    ("terms", "command", "allowed"),
    [
        (Terms(), "get", True),
        (Terms(commands=("get",)), "get", True),
        (Terms(commands=("get",)), "set", False),
        (Terms(commands=("@string",)), "set", True),
        (Terms(commands=("@string",), deny_commands=("set",)), "set", False),
        (Terms(deny_commands=("@write",)), "set", False),
        (Terms(deny_commands=("@write",)), "get", True),
        (Terms(deny_commands=("@all",)), "get", False),
        (Terms(commands=("@all",)), "get", True),
        (Terms(commands=("config",)), "config|get", True),
        (Terms(commands=("config|get",)), "config|get", True),
        (Terms(commands=("config|get",)), "config|set", False),
    ],
)
def test_commands(terms: Terms, command: str, allowed: bool) -> None:
    found = REGISTRY.get(command)
    assert found is not None
    assert CommandFilter(terms, REGISTRY).allows(found) is allowed


def test_host_functions_go_with_their_commands() -> None:
    def refused(terms: Terms) -> set[str]:
        chosen = CommandFilter(terms, REGISTRY)
        return {name for name, call in FUNCTIONS.items() if chosen.narrowed(call) is not call}

    assert refused(Terms()) == set()
    assert refused(Terms(deny_commands=("set",))) == {"set", "set_ex"}
    assert refused(Terms(deny_commands=("@write",))) >= {
        "set",
        "append",
        "delete",
        "hset",
        "expire",
    }
    assert refused(Terms(commands=("get", "@hash"))) == set(SAME_WORK) - {
        *("get", "hget", "hset", "hdel"),
    }
    assert set(SAME_WORK) <= set(FUNCTIONS)


def test_words_are_checked() -> None:
    check_command_words(("get", "config|get", "@read", "@all"), REGISTRY)
    for word, what in (("gett", "command"), ("@reed", "ACL category")):
        with pytest.raises(ValueError, match=f"'{word}' is no {what}"):
            check_command_words(("get", word), REGISTRY)
