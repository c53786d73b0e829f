"""The rights of one plugin: what it asks for, what it is granted, and what is left of it.

Rule: effective right = manifest AND the operator's grant AND the caller's ACL. The first two meet
here, once for each version; the third is asked for at every host call (`HostContext.require_key`).
Without GRANT and without [plugins.grants.NAME] the grant is what the manifest asks; GRANT replaces
the table, and `default_grant` narrows every plugin.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ferrite.permissions import Grant, Permission, Right
from ferrite.plugins.program import LoadError


@dataclass(frozen=True, slots=True)
class Rights:
    """How one version's rights came about."""

    asked: Grant
    given: Grant | None
    """What the operator has granted; None where nobody said anything."""
    given_by: str
    """Where that was said: "GRANT" or "[plugins.grants.NAME]"; "" for nowhere."""
    most: tuple[str, ...]
    """default_grant."""
    effective: Grant
    """What is left of all of them."""


def make_rights(
    asked: Iterable[Permission],
    given: Grant | None,
    configured: Grant | None,
    most: tuple[str, ...],
    name: str,
) -> Rights:
    """The rights of a version. `given` came with PLUGIN.LOAD, `configured` with ferrite.toml.

    Raises LoadError for a bad default_grant.
    """
    wanted = Grant(asked)
    by = "GRANT" if given is not None else ""
    if given is None and configured is not None:
        given, by = configured, f"[plugins.grants.{name}]"
    within = Grant((entry for right in Right for entry in wanted.entries(right)), given)
    try:
        return Rights(wanted, given, by, most, within.narrowed(most))
    except ValueError as error:
        raise LoadError(str(error)) from error
