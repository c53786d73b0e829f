"""Guest: one plugin's instance, and what it takes to call into it.

Rule: an instance that trapped, ran dry or was stopped is in a state nobody meant, so it is dropped
and a new one is made before the next call. Starting has its own fuel, apart from that of a call. A
plugin with an instance per call starts once: each call then finds the guest as it was after that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import wasi
from ferrite.permissions import Right
from ferrite.plugins import assemblyscript, host_api
from ferrite.plugins.exports import INITIALIZE, Entry
from ferrite.plugins.functions import older_imports
from ferrite.plugins.host_api import HostCall, HostContext, Invocation
from ferrite.plugins.isolation import MEMORY, Isolation
from ferrite.plugins.profile import Profile
from wasm_vm import Engine, Extern, GuestFunction, Instance, Limits, Store, Unlinkable, instantiate

if TYPE_CHECKING:
    from ferrite.plugins.program import Program

NANOSECONDS_PER_MILLISECOND = 1_000_000
START_TIME_NS = NANOSECONDS_PER_MILLISECOND
"""What the clocks of a guest without system.time show while it starts, the same for every start.
Go's runtime takes 0 for a broken clock and ends itself."""
SEED_BYTES = 8
LOG_INFO, LOG_WARNING = 1, 2
STDERR = 2


class Guest:
    """A plugin's module with the one instance that is alive, if any."""

    def __init__(
        self,
        program: Program,
        context: HostContext,
        limits: Callable[[], Limits],
        checkpoint: Callable[[], None],
        restricted: tuple[str, ...] = (),
        file_handles: Callable[[], int] = lambda: 0,
    ) -> None:
        """`limits` gives the bounds of a new instance, whose fuel is that for starting.
        `restricted` are the system calls to refuse, as in restricted_syscalls, `file_handles` gives
        how many files may be open at the same time."""
        self.program = program
        self.context = context
        self.fuel_used = 0
        """Units used by all instances so far, starts included."""
        self.fuel_limit = 0
        """Limit of the call or start that is under way, or was last."""
        self._limits = limits
        self._checkpoint = checkpoint
        self._restricted = restricted
        self._file_handles = file_handles
        self.busy = False
        """Whether a call of it is under way: an instance serves one at a time."""
        self.profile: Profile | None = None
        """Where instructions are counted; None while nobody wants to know."""
        self.wreck: Instance | None = None
        """The instance that failed last, for whoever looks at it; then it is to be let go."""
        self.on_system_call: Callable[[wasi.Event], None] | None = None
        self.entries: dict[str, GuestFunction] = {}
        """Exported functions that a call may run as they are: nothing has to be done before, and
        nothing of the instance follows the clock."""
        self._renewed = False
        self._instance: Instance | None = None
        self._wasi: wasi.Wasi | None = None
        self._output: _LineWriter | None = None
        self._stream: wasi.SeededStream | None = None
        self._isolation: Isolation | None = None
        """What an instance per call is put back to; None without an instance, or with one that
        lives from call to call."""

    @property
    def memory_bytes(self) -> int:
        """Size of the instance's memory now; 0 while there is none."""
        if self._instance is None or not self._instance.memories:
            return 0
        return self._instance.memory.size

    def start(self) -> None:
        """Make an instance and run `_initialize` or else `_start`.

        Raises what the guest may: Trap, OutOfFuel, LimitExceeded, GuestStopped, ProcessExit.
        """
        self.drop()
        limits = self._limits()
        self.fuel_limit = limits.fuel or 0
        store = Store(limits, self._checkpoint)
        options = self._options(store)
        self.context.invocation = Invocation("load")
        self.context.meter = store.meter
        try:
            instance = instantiate(self.program.module, self._imports(), store=store, **options)
            run_start(instance, self.program.start_export)
            self._isolate(instance)
        except BaseException:
            self.drop()
            raise
        finally:
            self.fuel_used += store.meter.used
        self._instance = self.context.instance = instance
        self.entries = self._direct_entries(instance)

    def _direct_entries(self, instance: Instance, /) -> dict[str, GuestFunction]:
        if self._isolation is not None or self._wasi is not None or self.profile is not None:
            return {}
        functions = instance.exports.items()
        return {name: each for name, each in functions if isinstance(each, GuestFunction)}

    def call(self, entry: Entry, invocation: Invocation, fuel: int) -> int:
        """Run an entry point under a fuel limit; what it returned, 0 where it returns nothing.

        Raises what the guest may: Trap, OutOfFuel, LimitExceeded, GuestStopped, ProcessExit.
        """
        if self.busy:
            raise RuntimeError("an instance serves one call at a time")
        self.busy = True
        try:
            return self._call(entry, invocation, fuel)
        finally:
            self.busy = False

    def _call(self, entry: Entry, invocation: Invocation, fuel: int) -> int:
        if self._instance is None or self._renewed:
            self._renewed = False
            self.start()
        instance, isolation = self._instance, self._isolation
        if instance is None:
            raise RuntimeError("start() has left no instance")
        if isolation is not None:
            isolation.enter()
        context, meter = self.context, instance.store.meter
        context.invocation = invocation
        context.last_error = ""
        if self._wasi is not None:
            self._wasi.descriptors.handles_max = self._file_handles()
            if invocation.keyspace is not None:
                now = invocation.keyspace.now()
                self._wasi.frozen_time_ns = now * NANOSECONDS_PER_MILLISECOND
        self.fuel_limit = fuel
        used_before = meter.refill(fuel)
        try:
            result = entry.run(instance, self.context)
        except BaseException:
            self.abandon()
            raise
        finally:
            self.fuel_used += meter.used - used_before
        if isolation is not None:
            isolation.leave(failed=False)
        return result

    def count(self, wanted: bool) -> None:
        """Count instructions by function from the next call on, which begins a new instance."""
        self.profile = Profile() if wanted else None
        self.renew()

    def renew(self) -> None:
        """Have the next call begin with a new instance, under the limits of then."""
        self._renewed = True
        self.entries = {}

    def abandon(self) -> None:
        """A call has failed: give the instance up, or put it back; `wreck` keeps it for a look."""
        self.wreck = self._instance
        if self._isolation is None:
            self.drop()
        else:
            self._isolation.leave(failed=True)

    def drop(self) -> None:
        """Give the instance up; the next call makes a new one."""
        if self._wasi is not None:
            self._wasi.close()
        self._instance = self.context.instance = self.context.room = self._wasi = None
        self._output = self._stream = self._isolation = None
        self.entries = {}

    def _surroundings(self) -> list[Callable[[], None]]:
        """What puts back all that the guest can change outside of its instance."""
        parts = (self._wasi, self._output, self._stream)
        return [part.save() for part in parts if part is not None]

    def _options(self, store: Store) -> dict[str, Any]:
        """How instances are made, beside what they are made of."""
        options: dict[str, Any] = {}
        if self.profile is not None:
            store.observer = self.profile.observe(store.meter)
            options["engine"] = Engine.REFERENCE
        if self.program.is_per_call:
            options["memory"] = MEMORY
        return options

    def _isolate(self, instance: Instance) -> None:
        """Keep the state that each call is to find, where each is to find the same."""
        if self.program.is_per_call:
            self._isolation = Isolation(instance, self._surroundings())

    def _imports(self) -> dict[str, dict[str, Extern]]:
        """What the module asks for, and nothing else."""
        wanted: dict[str, set[str]] = {}
        for entry in self.program.module.module.imports:
            wanted.setdefault(entry.module, set()).add(entry.name)
        imports: dict[str, dict[str, Extern]] = {
            host_api.MODULE: {
                name: host_api.bind(self.context, self._narrowed(host_api.FUNCTIONS[name]))
                for name in wanted.get(host_api.MODULE, ())
            }
        }
        if self.program.shape is not None:
            for module in wanted.keys() & older_imports.NAMES.keys():
                imports[module] = dict(older_imports.imports(self.context, module, self._narrowed))
        if wasi.MODULE in wanted:
            self._wasi = self._make_wasi()
            imports[wasi.MODULE] = dict(self._wasi.imports()[wasi.MODULE])
        if assemblyscript.MODULE in wanted:
            stream = self._stream = wasi.SeededStream(self._seed())
            own = assemblyscript.imports(self.context, stream)
            imports.setdefault(assemblyscript.MODULE, {}).update(own)
        return imports

    def _narrowed(self, call: HostCall) -> HostCall:
        """A host function as this guest may use it."""
        commands = self.context.commands
        return call if commands is None else commands.narrowed(call)

    def _make_wasi(self) -> wasi.Wasi:
        grant = self.context.grant
        writable = grant.paths(Right.FILESYSTEM_WRITE)
        folders = {
            path: wasi.Dir(path, read_only=path not in writable)
            for path in grant.paths(Right.FILESYSTEM_READ)
        }
        self._output = _LineWriter(self.context)
        groups = {Right.SYSTEM_TIME: "clock", Right.SYSTEM_RANDOM: "random"}
        granted = [group for right, group in groups.items() if self.context.grant.allows(right)]
        policy = wasi.Policy(
            frozenset(granted), restricted=self._restricted, max_file_handles=self._file_handles()
        )
        try:
            system = wasi.Wasi(
                dirs=folders,
                policy=policy,
                seed=None if "random" in granted else self._seed(),
                output=self._output.write,
                on_event=self.on_system_call,
            )
        except OSError as error:
            what = f"the folder {error.filename}, which it may use: {error.strerror}"
            raise Unlinkable(what) from error
        system.frozen_time_ns = START_TIME_NS
        return system

    def _seed(self) -> int:
        """The seed of the stream that stands in for random bytes: the plugin's own."""
        digest = hashlib.sha256(self.context.plugin.encode("utf-8", "surrogateescape")).digest()
        return int.from_bytes(digest[:SEED_BYTES])


def run_start(instance: Instance, export: str) -> None:
    """Run what an instance begins with, "" for nothing; `_start` may end with the exit code 0."""
    if not export:
        return
    try:
        instance.invoke(export)
    except wasi.ProcessExit as end:
        if end.code or export == INITIALIZE:
            raise


class _LineWriter:
    """Standard output and standard error of a guest, line by line to its log."""

    def __init__(self, context: HostContext) -> None:
        self._context = context
        self._rest: dict[int, bytes] = {}

    def write(self, descriptor: int, data: bytes) -> None:
        level = LOG_WARNING if descriptor == STDERR else LOG_INFO
        longest = self._context.limits.log_line_bytes_max
        *lines, rest = (self._rest.get(descriptor, b"") + data).split(b"\n")
        while len(rest) >= longest:
            lines.append(rest[:longest])
            rest = rest[longest:]
        self._rest[descriptor] = rest
        for line in lines:
            self._context.write_line(level, line[:longest].decode("utf-8", "backslashreplace"))

    def save(self) -> Callable[[], None]:
        """Remember the lines that have not ended; what this returns logs those of later as they
        are, and goes back to that."""
        kept = dict(self._rest)

        def restore() -> None:
            if self._rest != kept:
                for descriptor, rest in self._rest.items():
                    if rest and rest != kept.get(descriptor):
                        self.write(descriptor, b"\n")
                self._rest = dict(kept)

        return restore
