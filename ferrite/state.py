"""ServerState: what all parts of one server share; Call: what a command function is given.

Rule: no globals. Whoever needs the server's data has a ServerState in hand, so two servers can
live in one process and a test builds one in a line.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from ferrite.access.log import AccessLog
from ferrite.access.users import Users
from ferrite.blocked import BlockedClients, Timer
from ferrite.config import Config
from ferrite.errors import CommandError
from ferrite.keyspace.clock import Clock
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.databases import EXPIRED_KEYS_PER_CYCLE, Databases
from ferrite.session import Session

if TYPE_CHECKING:
    from ferrite.commands.registry import Registry
    from ferrite.turn import Turn

FERRITE_VERSION = "0.1.0"
REDIS_VERSION = "7.2.4"
"""The Redis release whose behaviour clients may expect; what INFO and HELLO announce."""

RUN_ID_BYTES = 20
ERROR_CODES_MAX = 128
"""Different error codes counted; a plugin could invent new ones without end."""


class Stats:
    """Counters since the start or CONFIG RESETSTAT, as INFO names them."""

    __slots__ = (
        "commands_processed",
        "connections_received",
        "error_codes",
        "error_replies",
        "input_bytes",
        "output_bytes",
        "rejected_connections",
    )

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start counting anew."""
        self.commands_processed = 0
        self.connections_received = 0
        self.rejected_connections = 0
        self.input_bytes = 0
        self.output_bytes = 0
        self.error_replies = 0
        self.error_codes: Counter[str] = Counter()

    def count_error(self, text: str) -> None:
        """Count an error reply by its code, the first word of `text`."""
        self.error_replies += 1
        code = text.split(" ", 1)[0]
        if code in self.error_codes or len(self.error_codes) < ERROR_CODES_MAX:
            self.error_codes[code] += 1


class ServerState:
    """One server."""

    __slots__ = (
        "access_log",
        "blocked",
        "clock",
        "config",
        "databases",
        "last_session_id",
        "parser",
        "registry",
        "run_id",
        "sessions",
        "started_at",
        "stats",
        "turn",
        "users",
    )

    turn: Turn
    """Who owns the keyspace now; set by the part that runs the server."""

    def __init__(self, config: Config, registry: Registry, clock: Clock | None = None) -> None:
        """`clock` is the wall clock: the keyspace's own, which may stand still, follows it."""
        self.config = config
        self.registry = registry
        self.clock = clock or Clock()
        self.databases = Databases(
            config.redis.databases, Clock(self.clock.now), thresholds=config.redis
        )
        self.users = Users(registry, lambda: config.redis.acl_pubsub_default == "allchannels")
        self.access_log = AccessLog()
        self.sessions: dict[int, Session] = {}
        """Clients connected now, by id, oldest first."""
        self.blocked = BlockedClients(self._call_later)
        self.last_session_id = 0
        self.stats = Stats()
        self.started_at = self.clock.now()
        """Unix milliseconds."""
        self.run_id = secrets.token_hex(RUN_ID_BYTES)
        self.parser = "python"
        """Which request parser serves the connections: "native" or "python"."""
        config.on_change("requirepass", self._follow_password)
        self._follow_password()

    def connect(self, address: str = "", local_address: str = "") -> Session:
        """A session for a new client; it is logged in when the default user needs no password."""
        self.last_session_id += 1
        self.stats.connections_received += 1
        session = Session(
            self.last_session_id,
            self.users.default,
            address=address,
            local_address=local_address,
            authenticated=not self.users.must_log_in,
            created_at=self.clock.now(),
        )
        self.sessions[session.id] = session
        return session

    def disconnect(self, session: Session) -> None:
        """Forget a client that has gone."""
        self.sessions.pop(session.id, None)

    def must_log_in(self, session: Session) -> bool:
        """Whether the client has to log in before anything else."""
        return not session.authenticated and self.users.must_log_in

    def _follow_password(self) -> None:
        password = self.config.redis.requirepass
        self.users.set_default_password(password.encode("utf-8", "surrogateescape"))
        self.follow_users()

    def follow_users(self) -> None:
        """Give every session the rights its user has now."""
        for session in self.sessions.values():
            session.follow_account()

    def _call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        """As an event loop's; `turn`, which knows the loop, comes after the state."""
        return self.turn.clock.call_later(delay, callback)

    def expire_due(self, keys_max: int = EXPIRED_KEYS_PER_CYCLE) -> int:
        """One turn of the active expiry cycle; how many keys it removed. When that is `keys_max`
        there may be more, and the caller comes again soon. Never touches a keyspace that a
        plugin call owns."""
        return self.databases.expire_due(keys_max)

    def reset_stats(self) -> None:
        """CONFIG RESETSTAT."""
        self.stats.reset()
        for database in self.databases:
            database.hits = database.misses = database.expired_keys = 0


class Call:
    """What a command function gets. There is one per session, used again for every command."""

    __slots__ = ("in_transaction", "keyspace", "session", "state")

    def __init__(self, session: Session, state: ServerState) -> None:
        self.in_transaction = False
        """Whether the command is one of a transaction that is being executed."""
        self.session = session
        self.state = state
        self.keyspace: Keyspace = state.databases[session.database]
        """The database in use."""

    @property
    def may_block(self) -> bool:
        """Whether the command may answer later: neither in a transaction nor in a plugin call."""
        return not self.in_transaction and self.state.databases.journal.entries is None

    def database(self, index: int) -> Keyspace:
        """The database of an index. Raises CommandError when there is none."""
        if not 0 <= index < len(self.state.databases):
            raise CommandError("ERR DB index is out of range")
        return self.state.databases[index]

    def select(self, index: int) -> None:
        """Use another database. Raises CommandError when there is none of that index."""
        self.keyspace = self.database(index)
        self.session.database = index
