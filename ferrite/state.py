"""ServerState: what all parts of one server share; Call: what a command function is given.

Rule: no globals. Whoever needs the server's data has a ServerState in hand, so two servers can
live in one process and a test builds one in a line.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from ferrite.access.log import AccessLog
from ferrite.access.users import Users
from ferrite.blocked import BlockedClients, Timer
from ferrite.client_memory import ClientMemory
from ferrite.config import Config
from ferrite.errors import CommandError, StartError
from ferrite.keyspace.clock import Clock
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.databases import EXPIRED_KEYS_PER_CYCLE, Databases
from ferrite.keyspace.graveyard import GRAVEYARD
from ferrite.latency import LatencyMonitor
from ferrite.memory import Memory
from ferrite.monitors import Monitors
from ferrite.notifications import Notifications
from ferrite.pause import Pause
from ferrite.persistence.append_log import AppendLog, Loop
from ferrite.persistence.append_only import AppendOnly, State
from ferrite.persistence.append_only_files import AppendOnlyFiles, Execute
from ferrite.persistence.child import Child
from ferrite.persistence.event_loop import EventLoop
from ferrite.persistence.files import Files
from ferrite.persistence.snapshots import Snapshots
from ferrite.propagation import Propagation
from ferrite.pubsub import PubSub
from ferrite.session import ReplyMode, Session
from ferrite.slow_log import SlowLog
from ferrite.stats import Stats
from ferrite.tracking import TrackingTable
from ferrite.usage import Usage, Usages
from ferrite.watches import Watches

if TYPE_CHECKING:
    from ferrite.commands.registry import Command, Registry, Run
    from ferrite.hooks import Extensions, ForeignTypes, Interceptor
    from ferrite.turn import Turn

FERRITE_VERSION = "0.1.0"
LOG = logging.getLogger(__name__)

REDIS_VERSION = "7.2.4"
"""The Redis release whose behaviour clients may expect; what INFO and HELLO announce."""

RUN_ID_BYTES = 20
SHORT_MICROSECONDS = 1000
"""Below this threshold of the slow log every command is measured by itself."""

Host = Callable[[Callable[[], None], Callable[[], None]], bool]
"""Runs a job that plugins' calls may make give way: True when it has ended; else the second
function is called once it has."""


def _at_once(job: Callable[[], None], _done: Callable[[], None]) -> bool:
    job()
    return True


class ServerState:
    """One server."""

    __slots__ = (
        "_usages",
        "access_log",
        "active_expire",
        "append_files",
        "append_log",
        "append_only",
        "blocked",
        "bursts",
        "child",
        "client_listeners",
        "clock",
        "collect_usages",
        "config",
        "databases",
        "disk_failure",
        "event_loop",
        "extensions",
        "foreign_types",
        "hooks",
        "host",
        "last_session_id",
        "latency",
        "log_followers",
        "logged",
        "memory",
        "monitors",
        "notifications",
        "parser",
        "pause",
        "propagation",
        "pubsub",
        "registry",
        "run_id",
        "sessions",
        "slow_log",
        "snapshots",
        "started_at",
        "stats",
        "stop",
        "tracking",
        "turn",
        "users",
        "watches",
    )

    turn: Turn
    """Who owns the keyspace now; set by the part that runs the server."""

    def __init__(
        self,
        config: Config,
        registry: Registry,
        clock: Clock | None = None,
        *,
        files: Files | None = None,
        event_loop: Loop | None = None,
    ) -> None:
        """`clock` is the wall clock: the keyspace's own, which may stand still, follows it. `files`
        stand for the disk, `event_loop` for what persistence needs of the running one; with other
        files than the disk's nothing is done by a forked child, which could not change them."""
        self.config = config
        self.hooks: Interceptor | None = None
        """Who runs commands in our place; None while nobody wants to."""
        self.host: Host = _at_once
        self.foreign_types: ForeignTypes | None = None
        """Who knows types of values that are not ours."""
        self.extensions: Extensions | None = None
        """What widens the server, for INFO and HELLO."""
        self.client_listeners: list[Callable[[Session, bool], None]] = []
        """Called with each client that has come (True) or gone."""
        self.registry = registry
        self.clock = clock or Clock()
        options = config.redis
        self.databases = Databases(options.databases, Clock(self.clock.now), thresholds=options)
        self.users = Users(registry, lambda: config.redis.acl_pubsub_default == "allchannels")
        self.access_log = AccessLog()
        self.sessions: dict[int, Session] = {}
        """Clients connected now, by id, oldest first."""
        self.blocked = BlockedClients(self._call_later)
        self._keep(files, event_loop)
        self.last_session_id = 0
        self.stats = Stats()
        self.started_at = self.clock.now()
        """Unix milliseconds."""
        self.run_id = secrets.token_hex(RUN_ID_BYTES)
        self.pubsub = PubSub()
        self.watches = Watches(self.databases)
        self.monitors = Monitors(self.clock.now)
        self.notifications = Notifications(self.databases, self.pubsub.publish)
        self.tracking = TrackingTable(
            self.databases, self.sessions, lambda: options.tracking_table_max_keys, self._call_later
        )
        self.memory = Memory(
            self.databases,
            options,
            ClientMemory(self.sessions, self.watches, lambda: self.memory.client_limit),
            self.tracking,
            idle=self._is_idle,
            key_uses=lambda: self.usages.key_uses,
            changed=self.judge_all,
            call_later=self._call_later,
        )
        self.pause = Pause(lambda: self.turn.clock, self._follow_pause)
        self.slow_log = SlowLog(self.clock.now, lambda: options.slowlog_max_len)
        self.latency = LatencyMonitor(self.clock.now, lambda: options.latency_monitor_threshold)
        self._usages = Usages()
        self.bursts: list[tuple[Command, int, int]] = []
        """Rows of short commands that were served since `usages` was looked at: the command, how
        many of them, and the nanoseconds they took together."""
        self.collect_usages: Callable[[Usages], None] = lambda _: None
        """Adds what was counted elsewhere; set by the part that serves connections."""
        self.stop: Callable[[], None] | None = None
        """Ends the server, as SHUTDOWN wants; set by the part that runs it."""
        self.active_expire = True
        """Whether dead keys are looked for (DEBUG SET-ACTIVE-EXPIRE)."""
        self.parser = "python"
        """Which request parser serves the connections: "native" or "python"."""
        self._listen_to_config()

    def _listen_to_config(self) -> None:
        config = self.config
        config.on_change("requirepass", self._follow_password)
        config.on_change("notify-keyspace-events", self._follow_notifications)
        config.on_change("slowlog-log-slower-than", self.judge_all)
        config.on_change("tracking-table-max-keys", self.tracking.limit)
        for name in ("maxmemory", "maxmemory-policy", "maxmemory-clients"):
            config.on_change(name, self._follow_memory)
        self._follow_password()
        self._follow_notifications()

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
        self.judge(session)
        for listener in self.client_listeners:
            listener(session, True)
        return session

    def disconnect(self, session: Session) -> None:
        """Forget a client that has gone."""
        self.sessions.pop(session.id, None)
        self.memory.clients.forget(session.id)
        self.forget(session)
        for listener in self.client_listeners:
            listener(session, False)

    def forget(self, session: Session) -> None:
        """End all that a client has begun: it has gone, or is as new."""
        self.pubsub.forget(session)
        self.watches.unwatch(session.id)
        self.tracking.stop(session)
        if session.monitor:
            self.observe(session, False)
        session.transaction = None

    def intercept(self, hooks: Interceptor | None) -> None:
        """Have commands run by somebody else from now on, or no longer."""
        if hooks is not self.hooks:
            self.hooks = hooks
            self.judge_all()

    def observe(self, session: Session, wanted: bool) -> None:
        """Show a client all commands (MONITOR), or no longer."""
        session.monitor = wanted
        if wanted:
            self.monitors.sessions[session] = None
        else:
            self.monitors.sessions.pop(session, None)
        self.judge_all()

    @property
    def usages(self) -> Usages:
        """What each command has been used for, all that was served included."""
        self._usages.note(self.bursts)
        self.bursts.clear()
        self.collect_usages(self._usages)
        return self._usages

    def usage(self, command: Command) -> Usage:
        """Where to count what a command is used for."""
        return self._usages[command]

    def judge(self, session: Session) -> None:
        """Decide anew whether a client's short commands go the short way. Called whenever one of
        its commands has gone the long way, where all that this depends on is changed."""
        session.plain = (
            session.unrestricted
            and session.transaction is None
            and session.subscriptions is None
            and session.tracking is None
            and session.reply_mode is ReplyMode.ON
            and not session.monitor
            and not session.close_after_reply
            and not self._observed()
        )

    def judge_all(self) -> None:
        """Decide anew for all clients: something has begun or ended that concerns every one."""
        for session in self.sessions.values():
            self.judge(session)

    def _observed(self) -> bool:
        """Whether somebody wants to know of every single command."""
        return bool(
            self.monitors.sessions
            or self.pause.reach
            or self.notifications.classes
            or self.memory.kept
            or self.memory.limited
            or self.disk_failure
            or self.hooks is not None
            or 0 <= self.config.redis.slowlog_log_slower_than < SHORT_MICROSECONDS
        )

    def _follow_notifications(self) -> None:
        self.notifications.choose(self.config.redis.notify_keyspace_events)
        self.judge_all()

    def _follow_memory(self) -> None:
        self.memory.follow_config()
        self.judge_all()

    def _is_idle(self) -> bool:
        """Whether no plugin call, transaction or pause is under way."""
        return self._idle() and not self.pause.reach

    def has_user(self, name: str) -> bool:
        """Whether there is a user of this name."""
        return self.users.get(name.encode("utf-8", "surrogateescape")) is not None

    def must_log_in(self, session: Session) -> bool:
        """Whether the client has to log in before anything else."""
        return not session.authenticated and self.users.must_log_in

    def _follow_pause(self) -> None:
        self.databases.keep_dead(bool(self.pause.reach))
        self.judge_all()

    def _follow_password(self) -> None:
        password = self.config.redis.requirepass
        self.users.set_default_password(password.encode("utf-8", "surrogateescape"))
        self.follow_users()

    def follow_users(self) -> None:
        """Give every session the rights its user has now."""
        for session in self.sessions.values():
            session.follow_account()
        self.judge_all()

    # --- what is kept on the disk -----------------------------------------------------------------

    def _keep(self, files: Files | None, event_loop: Loop | None) -> None:
        """Build what keeps the databases on the disk."""
        config, options = self.config, self.config.redis
        notes = {b"redis-ver": REDIS_VERSION.encode(), b"redis-bits": b"64", b"aof-base": b"0"}
        self.event_loop = event_loop or EventLoop()
        self.child = Child(self._call_later, forks=None if files is None else False)
        self.snapshots = Snapshots(self.databases, options, self.child, notes, files)
        self.append_files = AppendOnlyFiles(options, files)
        self.append_log = AppendLog(options, self.event_loop, self.clock.now)
        self.append_only = AppendOnly(
            self.databases, options, self.append_files, self.append_log, self.child, notes
        )
        self.propagation = Propagation(self.databases, self.append_log)
        self.logged: Callable[[Command], Run] | None = None
        """What runs a command and logs what it wrote; None while nothing is logged."""
        self.log_followers: list[Callable[[], None]] = []
        """Called when `logged` has changed."""
        self.disk_failure = ""
        """Why writes are refused, as an error; "" while they are not."""
        self.append_only.idle = self._idle
        self.append_only.listen(self._log_writes)
        self.append_log.status = self.snapshots.status = self._follow_disk
        for name in ("stop-writes-on-bgsave-error", "save"):
            config.on_change(name, self._follow_disk)
        config.on_change("appendonly", self._follow_appendonly)
        config.on_change("aof-disable-auto-gc", self.append_only.collect)

    def _idle(self) -> bool:
        """Whether no transaction and no plugin call is under way."""
        return self.turn.owner is None and self.databases.journal.entries is None

    def runner(self, command: Command) -> Run:
        """What runs a command, and logs what it wrote where writes are logged."""
        return command.run if self.logged is None else self.logged(command)

    def _log_writes(self, wanted: bool) -> None:
        self.logged = self.propagation.logged if wanted else None
        self.propagation.listen(wanted)
        for follow in self.log_followers:
            follow()

    def _follow_disk(self) -> None:
        failure = self.append_log.failure
        failure = failure and f"MISCONF Errors writing to the AOF file: {failure}"
        failure = self.snapshots.failure or failure
        if failure != self.disk_failure:
            self.disk_failure = failure
            self.judge_all()

    def _follow_appendonly(self) -> None:
        """Raises ValueError."""
        options, append_only = self.config.redis, self.append_only
        if options.appendonly == (append_only.state is not State.OFF):
            return
        if not options.appendonly:
            append_only.turn_off()
            return
        try:
            append_only.turn_on()
        except (OSError, StartError) as error:
            LOG.error("the append-only file cannot be turned on: %s", error)
            raise ValueError("Unable to turn on AOF. Check server logs.") from error

    def load(self, replay: Execute) -> None:
        """Fill the databases, which are empty, from what is kept on the disk; `replay` executes
        commands. Raises StartError."""
        if not self.config.redis.appendonly:
            self.snapshots.load()
            return
        manifest = self.append_files.load(self.databases, replay)
        self.append_only.manifest = manifest
        if manifest.empty and self.snapshots.exists:
            LOG.warning("the snapshot is not loaded: appendonly is on, and its folder is empty")
        self.snapshots.saved()
        try:
            self.append_only.start()
        except OSError as error:
            path = self.append_files.folder
            raise StartError(f"{path}: {error.strerror or error}") from error

    def reload(self, replay: Execute) -> None:
        """Empty the databases and fill them from the append-only file. Raises CommandError."""
        try:
            self.append_log.settle()
            if self.append_files.read_manifest().empty:
                raise CommandError("ERR There is no append-only file")
            self.databases.flush()
            self.append_only.manifest = self.append_files.load(self.databases, replay)
        except (OSError, StartError) as error:
            raise CommandError(
                "ERR Error trying to load the append-only file, check logs"
            ) from error
        self.snapshots.saved()

    def _call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        """As an event loop's; `turn`, which knows the loop, comes after the state."""
        return self.turn.clock.call_later(delay, callback)

    def expire_due(self, keys_max: int = EXPIRED_KEYS_PER_CYCLE) -> int:
        """One turn of the active expiry cycle; how many keys it removed. When that is `keys_max`
        there may be more, and the caller comes again soon. Never touches a keyspace that a
        plugin call owns."""
        if self.pause.reach or not self.active_expire:
            return 0
        return self.databases.expire_due(keys_max)

    def reset_stats(self) -> None:
        """CONFIG RESETSTAT."""
        self.stats.reset()
        self.usages.clear()
        self.memory.evicted_keys = self.memory.clients.evicted = GRAVEYARD.freed = 0
        for database in self.databases:
            database.hits = database.misses = database.expired_keys = 0


class Call:
    """What a command function gets. There is one per session, used again for every command."""

    __slots__ = (
        "in_transaction",
        "intercepted",
        "keyspace",
        "narrowed",
        "session",
        "shown",
        "state",
    )

    def __init__(self, session: Session, state: ServerState) -> None:
        self.in_transaction = False
        """Whether the command is one of a transaction that is being executed."""
        self.intercepted = False
        """Whether hooks run it, so that its journal is no plugin call's."""
        self.narrowed = False
        """Whether it is a plugin's that may not read every key."""
        self.session = session
        self.state = state
        self.shown: list[bytes] = []
        """The request as monitors and the slow log may see it; a command that was given a secret
        puts another here."""
        self.keyspace: Keyspace = state.databases[session.database]
        """The database in use."""

    @property
    def may_block(self) -> bool:
        """Whether the command may answer later: neither in a transaction nor in a plugin call."""
        if self.in_transaction:
            return False
        return self.intercepted or self.state.databases.journal.entries is None

    def database(self, index: int) -> Keyspace:
        """The database of an index. Raises CommandError when there is none."""
        if not 0 <= index < len(self.state.databases):
            raise CommandError("ERR DB index is out of range")
        return self.state.databases[index]

    def select(self, index: int) -> None:
        """Use another database. Raises CommandError when there is none of that index."""
        self.keyspace = self.database(index)
        self.session.database = index
