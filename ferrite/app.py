"""The composition root: builds the parts of one server and joins them.

Rule: nothing else knows all the parts. What extends the server (plugins) is an Extension: it is
started when the state stands and before clients come, and stopped after the last has gone.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ferrite.access.users import AclFileError
from ferrite.commands import standard_registry
from ferrite.commands.acl import load_acl_file
from ferrite.config import Config
from ferrite.errors import CommandError, StartError
from ferrite.keyspace.databases import EXPIRED_KEYS_PER_CYCLE
from ferrite.keyspace.graveyard import GRAVEYARD
from ferrite.plugins.extension import PluginExtension
from ferrite.replay import Replay
from ferrite.server.hub import Hub
from ferrite.server.listener import Listener, tls_context
from ferrite.server.sockets import room_for_clients
from ferrite.state import FERRITE_VERSION, ServerState
from ferrite.turn import Turn

if TYPE_CHECKING:
    from ferrite.metrics import Endpoint

LOG = logging.getLogger(__name__)

COLLECT_AFTER = 20_000
"""Containers made before Python looks for cycles. Requests are short-lived lists without cycles,
so looking at every 700th, Python's default, is all cost."""

PORT_REFUSED = "Unable to listen on this port. Check server logs."
BIND_REFUSED = "Failed to bind to specified addresses."
NO_ROOM = "The operating system is not able to handle the specified number of clients, try with {}"
FREED_ITEMS_PER_CYCLE = 10_000
"""Items of dead containers one cycle frees: about a millisecond of the loop's time."""


class Extension(Protocol):
    """A part that widens the server and needs to begin and end with it."""

    async def start(self, state: ServerState) -> None:
        """Join the server. Raises StartError when that cannot be."""

    async def stop(self) -> None:
        """Leave it, with everything that is under way."""


class App:
    """One server, in the running event loop."""

    def __init__(self, config: Config, extensions: Sequence[Extension] = ()) -> None:
        self.state = ServerState(config, standard_registry())
        self.state.turn = Turn(asyncio.get_running_loop(), lambda: config.plugins.busy_reply_ms)
        self._hub = Hub(self.state)
        self.state.parser = self._hub.codec.name
        for name in ("client-output-buffer-limit", "maxmemory-clients"):
            config.on_change(name, self._hub.follow_output_limits)
        self.state.append_log.encode = self._hub.codec.encode_all
        self.listener = Listener(self._hub)
        config.on_change("port", self._move(PORT_REFUSED))
        config.on_change("bind", self._move(BIND_REFUSED))
        self._extensions = tuple(extensions)
        self._started: list[Extension] = []
        self._expiry: asyncio.TimerHandle | None = None
        self._sweep: asyncio.TimerHandle | None = None
        self.metrics: Endpoint | None = None
        """Where the metrics are served, if they are."""

    async def open(self) -> None:
        """Have the sockets: clients can connect from now on, and wait until they are served.
        Raises StartError."""
        try:
            await self._listen()
        except BaseException:
            await self.stop()
            raise

    async def start(self) -> None:
        """Serve clients from now on. Raises StartError when a part cannot start."""
        self.state.memory.follow_config()
        if not self.listener.open:
            await self.open()
        try:
            self.state.load(Replay(self.state))
            for extension in self._extensions:
                await extension.start(self.state)
                self._started.append(extension)
            self._load_users()
            self._serve_metrics()
            await self.listener.serve()
        except BaseException:
            await self.stop()
            raise
        self._expire_keys()
        self._sweep_clients()

    async def _listen(self) -> None:
        options = self.state.config.redis
        if options.port or not (options.tls_port or options.unixsocket):
            await self.listener.start(options.bind, options.port)
        if options.tls_port:
            await self.listener.start(options.bind, options.tls_port, tls_context(options))
        if options.unixsocket:
            await self.listener.start_unix(options.unixsocket, int(options.unixsocketperm, 8))

    def _move(self, refusal: str) -> Callable[[], None]:
        """What has the server listen elsewhere; raises ValueError with `refusal`."""

        def move() -> None:
            options = self.state.config.redis
            try:
                self.listener.move(options.bind, options.port)
            except OSError as error:
                LOG.warning("cannot listen on %s: %s", error.filename, error.strerror)
                raise ValueError(refusal) from None

        return move

    async def stop(self) -> None:
        """Serve nobody any more, and let the parts end in reverse order."""
        for timer in (self._expiry, self._sweep):
            if timer is not None:
                timer.cancel()
        await self.listener.stop()
        while self._started:
            await self._started.pop().stop()
        if self.metrics is not None:
            await asyncio.to_thread(self.metrics.close)
        self.state.append_only.close()
        self.state.snapshots.close()
        self.state.event_loop.close()

    def _serve_metrics(self) -> None:
        options = self.state.config.operation
        if not options.metrics_port:
            return
        try:
            from ferrite.metrics import Endpoint
        except ImportError:
            raise StartError("metrics-port needs the package prometheus-client") from None
        self.metrics = Endpoint(self.state, options.metrics_bind, options.metrics_port)

    def _load_users(self) -> None:
        """Take in the users configured, once the commands that rules may name are there."""
        config, users = self.state.config, self.state.users
        if config.users and config.redis.aclfile:
            raise StartError("users can be in the configuration or in an aclfile, but not in both")
        try:
            users.read_lines(config.users)
            if config.redis.aclfile:
                load_acl_file(self.state)
        except AclFileError as error:
            raise StartError(str(error)) from error
        for user in users:
            if not user.enabled:
                name = user.name.decode("utf-8", "backslashreplace")
                LOG.warning("user '%s' is off: no rule 'on' is among its rules", name)

    def _expire_keys(self) -> None:
        """The active cycle: dead keys are removed and what large values leave behind is freed; at
        once again while there is more than one cycle takes. Save points are looked at as well."""
        self.state.append_only.tick()
        self.state.snapshots.save_if_due()
        self.state.memory.tick()
        _ = self.state.usages  # counts what was served meanwhile: the list of it stays short
        expired = self.state.expire_due()
        more = GRAVEYARD.dig(FREED_ITEMS_PER_CYCLE) or expired >= EXPIRED_KEYS_PER_CYCLE
        delay = 0.0 if more else 1 / self.state.config.redis.hz
        self._expiry = asyncio.get_running_loop().call_later(delay, self._expire_keys)

    def _sweep_clients(self) -> None:
        self._hub.sweep()
        self._sweep = asyncio.get_running_loop().call_later(1.0, self._sweep_clients)


async def serve(config: Config) -> None:
    """Run a server until SIGTERM or SIGINT. Raises StartError."""
    for warning in config.warnings:
        LOG.warning("%s", warning)
    _make_room_for_clients(config)
    app = App(config, (PluginExtension(),))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def told_to_stop() -> None:
        try:
            app.state.snapshots.save_last()
        except CommandError as error:
            LOG.warning("told to stop by a signal, but staying: %s", error.text)
        else:
            stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_stop)
    app.state.stop = stop.set
    await app.open()
    print(f"ferrite {FERRITE_VERSION}, {app.state.parser} parser, PID: {os.getpid()}", flush=True)
    await app.start()
    print(f"Ready to accept connections on port {app.listener.port}", flush=True)
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    await stop.wait()
    await app.stop()


def _make_room_for_clients(config: Config) -> None:
    """Have as many open files as `maxclients` needs, now and whenever that is set. At the start it
    is lowered where the system does not permit them; later such a value is refused, as by Redis."""
    options, wanted = config.redis, config.redis.maxclients
    options.maxclients = room_for_clients(wanted)
    if options.maxclients < wanted:
        reason = "the system does not permit as many open files (ulimit -n)"
        LOG.warning("maxclients is %d in place of %d: %s", options.maxclients, wanted, reason)

    def follow() -> None:
        room = room_for_clients(options.maxclients)
        if room < options.maxclients:
            raise ValueError(NO_ROOM.format(room))

    config.on_change("maxclients", follow)


def run_in_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` in uvloop where it is installed, else in asyncio's own loop."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(main)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
