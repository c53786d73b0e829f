"""How a version's rights come about."""

from __future__ import annotations

import pytest

from ferrite.permissions import Grant, Permission, Right
from ferrite.plugins.program import LoadError
from ferrite.plugins.rights import make_rights

READ, WRITE = Permission(Right.STORAGE_READ), Permission(Right.STORAGE_WRITE)


def test_without_a_grant_the_manifest_counts() -> None:
    rights = make_rights([READ, WRITE], None, None, ("*",), "t")
    assert rights.effective.rights == [Right.STORAGE_READ, Right.STORAGE_WRITE]
    assert rights.given_by == ""


def test_a_grant_replaces_the_configuration() -> None:
    configured, given = Grant([READ]), Grant([WRITE])
    rights = make_rights([READ, WRITE], None, configured, ("*",), "t")
    assert rights.effective.rights == [Right.STORAGE_READ]
    assert rights.given_by == "[plugins.grants.t]"
    rights = make_rights([READ, WRITE], given, configured, ("*",), "t")
    assert rights.effective.rights == [Right.STORAGE_WRITE]
    assert rights.given_by == "GRANT"
    assert make_rights([READ], given, None, ("*",), "t").effective.rights == []


def test_default_grant_narrows_all() -> None:
    rights = make_rights([READ, WRITE], Grant([READ, WRITE]), None, ("storage.read",), "t")
    assert rights.effective.rights == [Right.STORAGE_READ]
    with pytest.raises(LoadError, match="default_grant: 'x' is no right"):
        make_rights([READ], None, None, ("x",), "t")
