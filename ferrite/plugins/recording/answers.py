"""Answers: what the host of a replay is: it says what the recorded one has said.

Rule: only what the recorded call has asked for is answered: another host call, other arguments,
other bytes in memory or other fuel than recorded is a divergence, told by its position. The
functions that build a reply depend on the guest alone: they run, and are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ferrite.plugins import host_api
from ferrite.plugins.host_api import MODULE, HostContext
from ferrite.plugins.host_api.leaf import as_leaf
from ferrite.plugins.recording import recorder
from ferrite.plugins.recording.frames import READ, Host, RecordError
from ferrite.plugins.recording.recorder import read_size, reading
from ferrite.plugins.scheduler import GuestStopped
from wasi import ProcessExit
from wasm_vm import (
    Caller,
    FunctionType,
    HostFunction,
    LimitExceeded,
    OutOfFuel,
    Trap,
    TrapKind,
    WasmError,
)
from wasm_vm.runtime.values import from_bits, to_bits

BUILT = {
    f"{host_api.MODULE}.{name}": call
    for name, call in host_api.FUNCTIONS.items()
    if name.startswith("reply_")
}
"""Host functions that run, beside being compared: those that build the reply."""
ABORT, REPLACE = f"{host_api.MODULE}.hook_abort", f"{host_api.MODULE}.hook_replace"


class Diverged(Exception):
    """The guest does something else than was recorded; the text says where and what."""


class Exhausted(Diverged):
    """The guest asks for more than was recorded of the call."""


class HostFault(Exception):
    """Stands for an error of the host that was recorded."""


class Answers:
    """The host of one replay.

    asked: is told of every host call before it is answered.
    """

    def __init__(self, context: HostContext, asked: Callable[[Host, Caller], None] | None) -> None:
        self._context = context
        self._asked = asked
        self._expected: list[Host] = []
        self._next = 0
        self._base = 0

    def expect(self, calls: list[Host], base: int) -> None:
        """These host calls are to come, of an instance that has used `base` units."""
        self._expected, self._next, self._base = calls, 0, base

    def finish(self, how: str) -> None:
        """The guest has ended that way. Raises Diverged unless all have come."""
        if self._next < len(self._expected):
            missing = shown(self._expected[self._next])
            what = f"recorded was host call {self._next + 1} {missing}"
            raise Diverged(f"{what}, the guest has ended before: {how}")

    def stub(self, name: str, kind: FunctionType) -> HostFunction:
        """The function that stands for one of the host's, by module and name."""

        def code(caller: Caller | None, arguments: list[Any]) -> Sequence[Any]:
            if caller is None:
                raise Diverged(f"{name} was called by nobody")
            self._context.called_by(caller)
            return self._answer(name, kind, caller, arguments)

        leaf = as_leaf(code) if name.startswith(f"{MODULE}.") else None
        return HostFunction(kind, name, code, code, leaf)

    def _answer(
        self, name: str, kind: FunctionType, caller: Caller, arguments: list[Any]
    ) -> Sequence[Any]:
        """What the recorded host call has answered. Raises Diverged, and what that has raised."""
        at = caller.fuel.used - self._base
        bits = list(map(to_bits, kind.parameters, arguments))
        came = Host(name, bits, at, 0, [], [], "", "", 0)
        number = self._next + 1
        if self._next >= len(self._expected):
            done = self._next
            raise Exhausted(f"after {done} host calls none was recorded, {shown(came)} came")
        call = self._expected[self._next]
        self._next += 1
        if self._asked is not None:
            self._asked(call, caller)
        if (call.function, call.arguments, call.at) != (name, bits, at):
            what = f"recorded was {shown(call)}, {shown(came)} came"
            raise Diverged(f"host call {number}: {what}")
        self._touch(call, caller, number)
        if name in BUILT and call.error in ("", recorder.TRAP, recorder.FUEL):
            return self._build(call, caller, arguments, number)
        self._note(call, caller)
        caller.fuel.charge(call.fuel)
        _raise(call, caller)
        try:
            return [from_bits(*each) for each in zip(kind.results, call.results, strict=True)]
        except (TypeError, ValueError) as error:
            raise RecordError(f"host call {number} has no such result: {error}") from error

    def _touch(self, call: Host, caller: Caller, number: int) -> None:
        """Compare what the host has read of the memory, and write what it has written."""
        effects = iter(call.effects)
        for kind, address, data in zip(effects, effects, effects, strict=False):
            if not isinstance(address, int) or not isinstance(data, bytes):
                raise RecordError(f"host call {number} has effects that are none")
            try:
                if kind != READ:
                    caller.memory.write(address, data)
                elif reading(found := caller.memory.read(address, read_size(data))) != data:
                    what = f"{shown(call)} reads other bytes at {address} now: {found!r:.80}"
                    raise Diverged(f"host call {number}: {what}")
            except WasmError as error:
                raise RecordError(f"host call {number} has effects elsewhere: {error}") from error

    def _build(
        self, call: Host, caller: Caller, arguments: list[Any], number: int
    ) -> Sequence[Any]:
        """Run a function that builds the reply, which has to answer as recorded."""
        before = caller.fuel.used
        bound = host_api.bind(self._context, BUILT[call.function])
        try:
            results = bound.code(caller, arguments)
        except (Trap, OutOfFuel):
            if caller.fuel.used - before == call.fuel and call.error:
                raise
            raise Diverged(f"host call {number}: {shown(call)} fails now") from None
        bits = list(map(to_bits, bound.type.results, results))
        fuel = caller.fuel.used - before
        if (bits, fuel, "") != (call.results, call.fuel, call.error):
            now = f"= {bits} for {fuel} units"
            raise Diverged(f"host call {number}: {shown(call)} answers {now} now")
        return results

    def _note(self, call: Host, caller: Caller) -> None:
        """Follow what a host call means for the outcome."""
        invocation = self._context.invocation
        if call.function in (ABORT, REPLACE) and call.results == [0] and invocation.hook:
            data = caller.memory.read(*call.arguments)
            if call.function == ABORT:
                invocation.hook.abort = data.decode("utf-8", "surrogateescape")
            else:
                invocation.hook.replacement = data


def _raise(call: Host, caller: Caller) -> None:
    """End a host call early, as recorded."""
    match call.error:
        case "":
            return
        case recorder.TRAP:
            kind, _, detail = call.detail.partition(" ")
            if kind not in TrapKind.__members__:
                raise RecordError(f"a host call ended with a trap of unknown kind '{kind:.40}'")
            raise Trap(TrapKind[kind], detail)
        case recorder.FUEL:
            raise OutOfFuel(caller.fuel.used, call.number)
        case recorder.EXIT:
            raise ProcessExit(call.number)
        case recorder.STOP:
            raise GuestStopped(call.detail)
        case recorder.LIMIT:
            limit, _, text = call.detail.removeprefix("limit ").partition(": ")
            raise LimitExceeded(limit, text)
    raise HostFault(call.detail)


def shown(call: Host) -> str:
    """A host call in a line."""
    arguments = ", ".join(map(str, call.arguments))
    return f"{call.function}({arguments}) at {call.at} units"
