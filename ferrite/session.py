"""Session: what the server knows of one client.

Rule: plain data. Commands change it; the connection obeys it and knows no command. What RESET
restores is set in one place, `Session.reset`. Parts that most clients never use (a transaction,
subscriptions, tracking) are None until they are.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol

from ferrite.protocol.replies import Reply

if TYPE_CHECKING:
    from ferrite.access.user import User
    from ferrite.pubsub import Subscriptions
    from ferrite.tracking import Tracking
    from ferrite.transaction import Transaction

PROTOCOL_DEFAULT = 2
LOCAL_HOSTS = ("127.", "[::1]")
"""How the address of a client of this machine begins."""


class ReplyMode(Enum):
    """What CLIENT REPLY asks for. https://redis.io/commands/client-reply/"""

    ON = "on"
    OFF = "off"
    SKIP_NEXT = "skip next"
    """Neither this command nor the next is answered."""
    SKIP = "skip"
    """This command is not answered."""


class Link(Protocol):
    """What a session can have its connection do."""

    def push(self, message: Reply) -> None:
        """Send what the client did not ask for, behind the replies it has so far."""

    def disconnect(self) -> None:
        """Close the connection at once."""

    @property
    def input_bytes(self) -> int:
        """Bytes of requests that are not complete."""

    @property
    def output_bytes(self) -> int:
        """Bytes of replies that the client has not taken."""

    @property
    def descriptor(self) -> int:
        """The socket's file descriptor."""


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
        "monitor",
        "name",
        "no_evict",
        "no_touch",
        "plain",
        "protocol",
        "pushed_early",
        "pushed_late",
        "reply_mode",
        "subscriptions",
        "tracking",
        "transaction",
        "unix_socket",
        "unrestricted",
        "user",
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
        """The client's end, "ip:port"; a unix socket's path and ":0"."""
        self.local_address = local_address
        """The server's end, "ip:port"."""
        self.unix_socket = False
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
        self.pushed_early: list[Reply] | None = None
        """While a command of this client runs: messages to it that go before the reply."""
        self.pushed_late: list[Reply] = []
        """Those that go behind it."""
        self.reset(account, authenticated)

    def reset(self, account: User, authenticated: bool) -> None:
        """Be as a new client (https://redis.io/commands/reset/); the id and the library stay."""
        self.authenticated = authenticated
        """False until AUTH or HELLO has brought the password the server asks for."""
        self.plain = False
        """Whether its requests need no gate and nobody observes them; see ServerState.judge."""
        self.account = account
        """Whose rights it has."""
        self.follow_account()
        self.database = 0
        """Index of the database in use."""
        self.protocol = PROTOCOL_DEFAULT
        """RESP version of the replies: 2 or 3."""
        self.name = b""
        """As CLIENT SETNAME set it."""
        self.transaction: Transaction | None = None
        """What MULTI has begun."""
        self.subscriptions: Subscriptions | None = None
        """What it is subscribed to; None for nothing."""
        self.tracking: Tracking | None = None
        """How it is told of keys that change (CLIENT TRACKING)."""
        self.reply_mode = ReplyMode.ON
        self.monitor = False
        """Whether it is shown all commands."""
        self.no_evict = False
        self.no_touch = False

    @property
    def local(self) -> bool:
        """Whether the client is on this machine; one inside of this process has no address."""
        return self.unix_socket or not self.address or self.address.startswith(LOCAL_HOSTS)

    def push(self, message: Reply, *, late: bool = False) -> None:
        """Send a message the client did not ask for. While a command of its own runs, it goes
        before the reply, or behind it when it is `late`."""
        if self.pushed_early is not None:
            (self.pushed_late if late else self.pushed_early).append(message)
        elif self.link is not None:
            self.link.push(message)

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
        self.user = self.account.name.decode("utf-8", "surrogateescape")
        """Name of its user."""
        self.unrestricted = self.authenticated and self.account.unrestricted
        """Whether every request of it may run: asked for instead of the gates of login and rights.
        """
        self.plain = self.plain and self.unrestricted
