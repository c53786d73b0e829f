"""Trace: what a guest does while it is run again, a line for each function it enters and each call
of the host, with the fuel used by then.

Rule: functions are seen by the reference engine's observer, before their first instruction is paid;
they are indented by how deep they are. What the host read and wrote is shown as text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ferrite.plugins.recording.frames import READ, Call, End, Host, Start
from ferrite.plugins.recording.recorder import read_size
from wasm_vm import Caller, Meter, WasmError
from wasm_vm.commands.describe import function_label
from wasm_vm.commands.terminal import printable
from wasm_vm.interpreter import Frame
from wasm_vm.runtime.store import Observer

SHOWN_BYTES = 48
DEPTH_SHOWN_MAX = 32
_ENTRY = 1
"""Units for entering a function."""


class Trace:
    """A spectator that prints."""

    def __init__(self, say: Callable[[str], None], only: int | None = None) -> None:
        """`only` one call, by its number, is shown."""
        self._say = say
        self._only = only
        self._base = 0
        self._silent = False

    def observer(self, meter: Meter) -> Observer | None:
        """Sees the instructions of a new instance."""

        def observe(frame: Frame, at: int) -> None:
            if at == 0 and not self._silent:
                plan = frame.function.plan
                used = meter.used - self._base - plan.body[0][0].cost - _ENTRY
                depth = "  " * min(len(frame.machine.frames), DEPTH_SHOWN_MAX)
                self._line(used, f"{depth}{function_label(plan.index, plan.name)}")

        return observe

    def began(self, unit: Call | Start, base: int) -> None:
        """Say what begins."""
        self._base = base
        self._silent = self._only is not None and (
            isinstance(unit, Start) or unit.number != self._only
        )
        if self._silent:
            return
        if isinstance(unit, Start):
            self._say(f"start, at most {unit.limits.get('fuel', 0)} units")
            return
        words = [unit.command or unit.origin, *map(_text, unit.arguments)]
        who = f" for {unit.user}" if unit.user else ""
        limit = f"{unit.export}, at most {unit.fuel} units"
        self._say(printable(f"call {unit.number}: {' '.join(words)}{who} ({limit})"))

    def asked(self, call: Host, caller: Caller) -> None:
        """Say what the guest asks the host, and what that has answered."""
        if self._silent:
            return
        arguments = ", ".join(map(str, call.arguments))
        answer = f" = {', '.join(map(_signed, call.results))}" if call.results else ""
        ended = f" ends the call: {call.error} {call.detail}".rstrip() if call.error else ""
        cost = f"  +{call.fuel}" if call.fuel else ""
        shown = "".join(_effects(call, caller))
        self._line(call.at, f"    {call.function}({arguments}){answer}{ended}{shown}{cost}")

    def ended(self, end: End, differences: Sequence[str]) -> None:
        """Say how it has ended."""
        if self._silent:
            return
        how = end.kind if not end.reply else f"{end.kind} {_text(end.reply)}"
        self._line(end.fuel, f"{how}{': ' if end.text else ''}{end.text}")
        for difference in differences:
            self._say(printable(f"          differs: {difference}"))

    def _line(self, fuel: int, text: str) -> None:
        self._say(printable(f"{fuel:>10}  {text}"))


def _effects(call: Host, caller: Caller) -> Iterable[str]:
    """What a host call has read and written."""
    effects = iter(call.effects)
    for kind, address, data in zip(effects, effects, effects, strict=False):
        if not isinstance(address, int) or not isinstance(data, bytes):
            continue
        if kind != READ:
            yield f"  writes {_text(data)} at {address}"
            continue
        try:
            yield f"  reads {_text(caller.memory.read(address, read_size(data)))}"
        except WasmError:
            continue


def _text(data: bytes) -> str:
    more = f"... ({len(data)} bytes)" if len(data) > SHOWN_BYTES else ""
    return f'"{data[:SHOWN_BYTES].decode("utf-8", "backslashreplace")}"{more}'


def _signed(bits: int) -> str:
    """An i32 result as the errors are written."""
    return str(bits - (1 << 32) if 1 << 31 <= bits < 1 << 32 else bits)
