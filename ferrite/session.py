"""Session: what the server knows of one client.

Rule: plain data. Commands change it; the connection obeys it and knows no command. What RESET
restores is set in one place, `Session.reset`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ferrite.access.user import User

PROTOCOL_DEFAULT = 2


class Link(Protocol):
    """What a session can have its connection do."""

    def disconnect(self) -> None:
        """Close the connection at once."""


class Session:
    """One client, from its connection to its end."""

    __slots__ = (
        "account",
        "address",
        "authenticated",
        "close_after_reply",
        "created_at",
        "database",
        "id",
        "last_command",
        "last_command_at",
        "library_name",
        "library_version",
        "link",
        "local_address",
        "name",
        "protocol",
        "unrestricted",
    )

    def __init__(
        self,
        session_id: int,
        account: User,
        *,
        address: str = "",
        local_address: str = "",
        authenticated: bool = True,
        created_at: int = 0,
    ) -> None:
        self.id = session_id
        """Never used twice in a server's life."""
        self.address = address
        """The client's end, "ip:port"."""
        self.local_address = local_address
        """The server's end, "ip:port"."""
        self.created_at = created_at
        """Unix milliseconds."""
        self.library_name = b""
        self.library_version = b""
        self.last_command = ""
        """Full name of the last command in lower case, "client|list"; "" before the first."""
        self.last_command_at = created_at
        """Unix milliseconds."""
        self.close_after_reply = False
        """Set by QUIT: the connection closes once the replies so far are written."""
        self.link: Link | None = None
        """The connection; None for a client inside of this process."""
        self.reset(account, authenticated)

    def reset(self, account: User, authenticated: bool) -> None:
        """Be as a new client (https://redis.io/commands/reset/); the id and the library stay."""
        self.authenticated = authenticated
        """False until AUTH or HELLO has brought the password the server asks for."""
        self.account = account
        """Whose rights it has."""
        self.follow_account()
        self.database = 0
        """Index of the database in use."""
        self.protocol = PROTOCOL_DEFAULT
        """RESP version of the replies: 2 or 3."""
        self.name = b""
        """As CLIENT SETNAME set it."""

    def log_in(self, account: User) -> None:
        """Be this user from now on."""
        self.authenticated = True
        self.account = account
        self.follow_account()

    def log_out(self, default: User) -> None:
        """Be nobody but the default user, who has yet to log in."""
        self.authenticated = False
        self.account = default
        self.follow_account()

    def follow_account(self) -> None:
        """Have the rights its user has now. To be called whenever they have changed."""
        self.unrestricted = self.authenticated and self.account.unrestricted
        """Whether every request of it may run: asked for instead of the gates of login and rights.
        """

    @property
    def user(self) -> str:
        """Name of its user."""
        return self.account.name.decode("utf-8", "surrogateescape")
