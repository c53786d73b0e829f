"""RecordedGuest: a guest whose calls are recorded.

Rule: recording is switched on and off between two calls, by making another class of the guest and
giving its instance other imports: the state of the instance is taken, and a new instance goes on
from it. So a guest that is not recorded runs the code it always runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ferrite.plugins.exports import Entry
from ferrite.plugins.guest import Guest
from ferrite.plugins.host_api import Invocation
from ferrite.plugins.recording import outcome
from ferrite.plugins.recording.frames import Call, Start, State, limits_as_data
from ferrite.plugins.recording.recorder import RecordedFunction, Recorder, WatchedMemory
from wasm_vm import (
    BadCall,
    Extern,
    GuestFunction,
    Instance,
    InstanceState,
    Store,
    capture,
    instantiate,
)

NO_DATABASE = -1
Imports = dict[str, dict[str, Extern]]


def begin(guest: Guest, recorder: Recorder) -> None:
    """Record a guest, which must not be busy, from its next call on."""
    guest.__class__ = RecordedGuest
    if isinstance(guest, RecordedGuest):
        guest.recorder = recorder
        guest.attach()


def end(guest: Guest) -> None:
    """Record a guest no more: from now on, or from the end of the call that is under way."""
    if isinstance(guest, RecordedGuest) and not guest.busy:
        guest.detach()


class RecordedGuest(Guest):
    """A guest that is recorded."""

    recorder: Recorder

    def start(self) -> None:
        """As of any guest; raises what that raises."""
        recorder = self.recorder
        recorder.begin_start(Start(limits_as_data(self._limits())))
        try:
            super().start()
        except Exception as error:
            recorder.end_start(outcome.failed(error, recorder.fuel))
            raise
        recorder.end_start(outcome.started(recorder.fuel, self._instance))

    def call(self, entry: Entry, invocation: Invocation, fuel: int) -> int:
        """As of any guest; raises what that raises."""
        recorder = self.recorder
        keyspace, session = invocation.keyspace, invocation.session
        recorder.begin_call(
            Call(
                recorder.number,
                invocation.event,
                invocation.command,
                entry.export,
                [] if self.program.shape is not None else list(entry.arguments),
                list(invocation.arguments),
                fuel,
                int(self.program.is_per_call),
                int(invocation.hook is not None),
                NO_DATABASE if keyspace is None else keyspace.index,
                "" if session is None else session.user,
                0 if session is None else session.id,
                0 if keyspace is None else keyspace.now(),
            )
        )
        try:
            status = super().call(entry, invocation, fuel)
        except Exception as error:
            if recorder.under_way:
                recorder.end_call(outcome.failed(error, recorder.fuel))
            raise
        else:
            instance = None if self.program.is_per_call else self._instance
            recorder.end_call(outcome.returned(invocation, status, recorder.fuel, instance))
        finally:
            if recorder.stopped:
                self.detach()
        return status

    def attach(self) -> None:
        """Have the instance recorded, if there is one; else the next one is."""
        state, instance = self._state(), self._instance
        if state is not None and instance is not None:
            imports = self.recorder.wrap(_imports_of(instance))
            self._exchange(instance, imports, state, self._options)
            self.recorder.state(State.of(state, instance.store.limits))

    def detach(self) -> None:
        """Record no more."""
        state, instance = self._state(), self._instance
        if state is not None and instance is not None:
            imports = _plain(_imports_of(instance))
            self._exchange(instance, imports, state, super()._options)
        del self.recorder
        self.__class__ = Guest  # type: ignore[assignment]
        if self._instance is not None and self.isolation is None:
            self.entries = self._direct_entries(self._instance)

    def _state(self) -> InstanceState | None:
        """The state of the instance; None where there is none, or it cannot be taken: then the
        next call begins with a new instance."""
        if self._instance is None:
            return None
        if self.isolation is not None:
            self.isolation.enter()
        try:
            return capture(self._instance)
        except BadCall:
            self.renew()
            return None

    def _exchange(
        self,
        old: Instance,
        imports: Imports,
        state: InstanceState,
        options: Callable[[Store], dict[str, Any]],
    ) -> None:
        """Go on in a new instance."""
        store = Store(old.store.limits, old.store.meter.checkpoint)
        instance = instantiate(old.module, imports, store=store, state=state, **options(store))
        self.context.meter = store.meter
        self._instance = self.context.instance = instance
        self._isolate(instance)
        self.entries = {}

    def _direct_entries(self, _: Instance, /) -> dict[str, GuestFunction]:
        return {}  # every call passes `call`

    def _imports(self) -> Imports:
        return self.recorder.wrap(super()._imports())

    def _options(self, store: Store) -> dict[str, Any]:
        return {**super()._options(store), "memory": WatchedMemory}


def _imports_of(instance: Instance) -> Imports:
    """What an instance was linked with: functions, as of every plugin."""
    imports: Imports = {}
    for entry, function in zip(instance.module.module.imports, instance.functions, strict=False):
        imports.setdefault(entry.module, {})[entry.name] = function
    return imports


def _plain(imports: Imports) -> Imports:
    """Imports without their recording."""
    return {
        module: {
            name: extern.plain if isinstance(extern, RecordedFunction) else extern
            for name, extern in group.items()
        }
        for module, group in imports.items()
    }
