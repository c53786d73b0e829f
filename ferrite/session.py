"""Session: what the server knows of one client.

Rule: plain data. Commands change it; the connection obeys it and knows no command. What RESET
restores is set in one place, `Session.reset`.
"""

from __future__ import annotations

PROTOCOL_DEFAULT = 2
DEFAULT_USER = "default"


class Session:
    """One client, from its connection to its end."""

    __slots__ = (
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
        "local_address",
        "name",
        "protocol",
        "user",
    )

    def __init__(
        self,
        session_id: int,
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
        self.reset(authenticated)

    def reset(self, authenticated: bool) -> None:
        """Be as a new client (https://redis.io/commands/reset/); the id and the library stay."""
        self.authenticated = authenticated
        """False until AUTH or HELLO has brought the password the server asks for."""
        self.user = DEFAULT_USER
        self.database = 0
        """Index of the database in use."""
        self.protocol = PROTOCOL_DEFAULT
        """RESP version of the replies: 2 or 3."""
        self.name = b""
        """As CLIENT SETNAME set it."""
