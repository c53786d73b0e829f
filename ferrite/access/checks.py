"""What a session may do: the questions that the rest of the server asks.

Rule: whoever touches a key or a channel on behalf of a client, without a request that the gate of
dispatch has seen, asks here first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrite.access.selector import Access

if TYPE_CHECKING:
    from ferrite.session import Session


def may_access_key(session: Session, key: bytes, *, read: bool, write: bool) -> bool:
    """Whether the session's user may read a key, write it, or both; with neither, whether it may
    do anything at all with it."""
    if session.unrestricted:
        return True
    access = (Access.READ if read else Access.NONE) | (Access.WRITE if write else Access.NONE)
    return session.account.may_access_key(key, access)


def may_access_channel(session: Session, channel: bytes, *, pattern: bool) -> bool:
    """Whether the session's user may publish or subscribe to a channel, or subscribe to a
    pattern of channels."""
    return session.unrestricted or session.account.may_access_channel(channel, pattern=pattern)
