"""Recorder: writes what one guest does, call by call and host call by host call.

Rule: the guest's functions are wrapped, and its memory tells what the host reads and writes there;
the host functions themselves know of nothing. A recording that cannot go on never disturbs the
call: it ends, with the reason as its last frame where there is room.
"""

from __future__ import annotations

import logging
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ferrite.plugins.host_api.leaf import as_leaf
from ferrite.plugins.recording.file import RecordingFull, RecordingWriter
from ferrite.plugins.recording.frames import (
    READ,
    RETURNED,
    WRITE,
    Call,
    End,
    Frame,
    Header,
    Host,
    Last,
    RecordError,
    Start,
    State,
)
from ferrite.plugins.scheduler import GuestStopped
from ferrite.plugins.study import kind_of
from wasi import ProcessExit
from wasm_vm import BadCall, Caller, Extern, HostFunction, Memory, OutOfFuel, Trap
from wasm_vm.runtime.values import to_bits

if TYPE_CHECKING:
    from ferrite.plugins.host_api import HostContext

LOG = logging.getLogger(__name__)
STOP, EXIT, FUEL, TRAP, LIMIT = "stop", "exit", "fuel", "trap", "limit"
_READ = struct.Struct("<II")

Code = Callable[[Caller | None, list[Any]], Sequence[Any]]


class WatchedMemory(Memory):
    """A memory that tells what the host does to it.

    effects: gets every access while it is set. The guest's own accesses do not pass here.
    """

    __slots__ = ("effects",)

    def __init__(self, *options: Any) -> None:
        super().__init__(*options)
        self.effects: list[int | bytes] | None = None

    def read(self, address: int, size: int) -> bytes:
        """As of any memory."""
        data = super().read(address, size)
        if self.effects is not None and size:
            self.effects += (READ, address, reading(data))
        return data

    def write(self, address: int, data: bytes) -> None:
        """As of any memory."""
        super().write(address, data)
        if self.effects is not None and data:
            self.effects += (WRITE, address, bytes(data))


def reading(data: bytes) -> bytes:
    """What stands for bytes that were read: their number and their checksum."""
    return _READ.pack(len(data), zlib.crc32(data))


def read_size(mark: bytes) -> int:
    """How many bytes were read. Raises RecordError."""
    if len(mark) != _READ.size:
        raise RecordError("what was read of the memory is damaged")
    size: int = _READ.unpack(mark)[0]
    return size


class RecordedFunction(HostFunction):
    """A host function whose calls are recorded. plain: the one it stands for."""

    __slots__ = ("plain",)

    def __init__(self, plain: HostFunction, code: Code) -> None:
        leaf = None if plain.leaf is None else as_leaf(code)
        super().__init__(plain.type, plain.name, code, plain.python, leaf)
        self.plain = plain


class Recorder:
    """A recording under way.

    stopped: why it has ended; "" while it goes on. calls: how many are whole.
    """

    def __init__(self, writer: RecordingWriter, header: Header, context: HostContext) -> None:
        """Raises RecordError."""
        self.stopped = ""
        self.calls = 0
        self._writer = writer
        self._context = context
        self._waiting: Call | None = None
        self._called = False
        self._starting = False
        self._base = 0
        """Units that the instance had used when what is under way began."""
        writer.write(header)
        writer.flush()

    @property
    def name(self) -> str:
        """Of the file, in its folder."""
        return self._writer.path.name

    @property
    def path(self) -> str:
        """Of the file."""
        return str(self._writer.path)

    @property
    def bytes_written(self) -> int:
        """Size of the file."""
        return self._writer.bytes_written

    def state(self, state: State) -> None:
        """What follows goes on from that state."""
        self._write(state)
        self._flush()

    def begin_start(self, start: Start) -> None:
        """A new instance is made, maybe for a call that is about to begin."""
        self._starting, self._base = True, 0
        self._write(start)

    def begin_call(self, call: Call) -> None:
        """A call begins; its frame is written once the guest itself runs."""
        self._waiting = call
        self._base = self._context.meter.used

    @property
    def under_way(self) -> bool:
        """Whether a call is; not one whose instance could not be made."""
        return self._called or self._waiting is not None

    @property
    def number(self) -> int:
        """Of the next call."""
        return self.calls + 1

    @property
    def fuel(self) -> int:
        """Units that what is under way has used."""
        return self._context.meter.used - self._base

    def end_start(self, end: End) -> None:
        """The instance stands, or its start has failed, and with it the call it was for."""
        self._write(end)
        self._starting, self._base = False, self._context.meter.used
        if end.kind != RETURNED:
            self._waiting = None
            self._flush()

    def end_call(self, end: End) -> None:
        """The guest has come to an end."""
        self._call_is_there()
        self._write(end)
        self._called = False
        self.calls += not self.stopped
        self._flush()

    def wrap(self, imports: Mapping[str, Mapping[str, Extern]]) -> dict[str, dict[str, Extern]]:
        """Imports whose calls are recorded."""
        return {
            module: {name: self._wrapped(extern) for name, extern in group.items()}
            for module, group in imports.items()
        }

    def close(self, reason: str) -> None:
        """End the recording; it says why."""
        if self.stopped:
            return
        self._write(Last(reason))
        self._stop(reason)

    def _wrapped(self, extern: Extern) -> Extern:
        if not isinstance(extern, HostFunction):
            return extern
        plain, kind = extern.code, extern.type

        def code(caller: Caller | None, arguments: list[Any]) -> Sequence[Any]:
            if caller is None or self.stopped:
                return plain(caller, arguments)
            bits = list(map(to_bits, kind.parameters, arguments))
            watch = _Watch(caller)
            results: Sequence[Any] = ()
            error: BaseException | None = None
            try:
                results = plain(caller, arguments)
            except BaseException as raised:
                error = raised
                raise
            finally:
                fuel, effects = watch.end()
                self._host(
                    Host(
                        extern.name,
                        bits,
                        watch.before - self._base,
                        fuel,
                        list(map(to_bits, kind.results, results)),
                        effects,
                        *_described(error),
                    )
                )
            return results

        return RecordedFunction(extern, code)

    def _host(self, call: Host) -> None:
        if not self._starting:
            self._call_is_there()
        self._write(call)

    def _call_is_there(self) -> None:
        if self._waiting is not None:
            call, self._waiting, self._called = self._waiting, None, True
            self._write(call)

    def _write(self, frame: Frame) -> None:
        if self.stopped:
            return
        try:
            self._writer.write(frame)
        except RecordingFull as error:
            self.close(str(error))
        except RecordError as error:
            self._stop(str(error))

    def _flush(self) -> None:
        if self.stopped:
            return
        try:
            self._writer.flush()
        except RecordError as error:
            self._stop(str(error))

    def _stop(self, reason: str) -> None:
        self.stopped = reason
        LOG.log(logging.INFO, "the recording %s has ended: %s", self.path, reason)
        try:
            self._writer.close()
        except RecordError as error:
            LOG.warning("%s", error)


class _Watch:
    """One host call, while it is under way."""

    def __init__(self, caller: Caller) -> None:
        self._meter = caller.fuel
        self._effects: list[int | bytes] = []
        try:
            self._memory = caller.memory
        except BadCall:
            self._memory = None
        if isinstance(self._memory, WatchedMemory):
            self._memory.effects = self._effects
        self.before: int = self._meter.used

    def end(self) -> tuple[int, list[int | bytes]]:
        """Fuel that it has charged, and its effects on the memory."""
        if isinstance(self._memory, WatchedMemory):
            self._memory.effects = None
        return self._meter.used - self.before, self._effects


def _described(error: BaseException | None) -> tuple[str, str, int]:
    """How a host call ended early: kind, detail, number."""
    if error is None:
        return "", "", 0
    if isinstance(error, Trap):
        return TRAP, f"{error.kind.name} {error.detail}", 0
    if isinstance(error, OutOfFuel):
        return FUEL, "", error.needed
    if isinstance(error, ProcessExit):
        return EXIT, "", error.code
    if isinstance(error, GuestStopped):
        return STOP, str(error), 0
    return kind_of(error) if isinstance(error, Exception) else "internal", str(error), 0
