"""Wasi: what one guest sees of the world, and what the embedder sees of the guest."""

from __future__ import annotations

import io
import socket
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from wasi import (
    attributes,
    clocks,
    environment,
    files,
    paths,
    polling,
    process,
    sockets,
)
from wasi.abi import MODULE, ProcessExit
from wasi.audit import EVENTS_MAX, Event
from wasi.descriptors import Table
from wasi.directory import Dir, preopen
from wasi.door import CALLS, bind
from wasi.policy import Policy
from wasi.regular import Quota
from wasi.seeded import SeededStream
from wasi.streams import STDERR, STDOUT, Input, InputStream, OutputStream
from wasm_vm import BadCall, Function, HostFunction, Instance

_DECLARING = (attributes, clocks, environment, files, paths, polling, process, sockets)
"""Importing these modules has put their system calls into CALLS."""

TRANSFER_BYTES_MAX = 1 << 20
CAPTURED_BYTES_MAX = 16 << 20
START = "_start"
INITIALIZE = "_initialize"


class Wasi:
    """WASI preview 1 for one guest.

    args: the program's name first. env: its variables. dirs: directories of the host by the names
    under which the guest sees them. listeners: sockets on which it may accept connections. stdin:
    bytes that it may read, or a stream of them, which is read only when the guest asks. clock:
    gives nanoseconds in place of the system's clocks. seed: makes random bytes repeatable; also the
    seed of the substituted stream (then 0 where it is None). output: receives (descriptor, bytes)
    of standard output (1) and standard error (2); without it both are captured. on_event: receives
    every audit event as it happens; the last ones are kept in `events` anyway.

    Raises OSError where a directory cannot be opened. `close` gives back what the host has opened;
    `with` does too.
    """

    def __init__(
        self,
        *,
        args: Sequence[str | bytes] = (),
        env: Mapping[str, str] | None = None,
        dirs: Mapping[str, Dir] | None = None,
        listeners: Sequence[socket.socket] = (),
        stdin: bytes | Input = b"",
        policy: Policy | None = None,
        clock: Callable[[], int] | None = None,
        seed: int | None = None,
        output: Callable[[int, bytes], None] | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self.args = [_encoded(text) for text in args]
        self.environ = [_encoded(f"{name}={value}") for name, value in (env or {}).items()]
        self.policy = policy or Policy.default()
        self.clock = clock
        self.seed = seed
        self.random = SeededStream(seed or 0)
        self.frozen_time_ns = 0
        self.quota = Quota(self.policy.write_bytes_max)
        self.transfer_bytes_max = TRANSFER_BYTES_MAX
        self.events: deque[Event] = deque(maxlen=EVENTS_MAX)
        self._output = output or self._capture
        self._on_event = on_event
        self._captured = {STDOUT: bytearray(), STDERR: bytearray()}
        self.descriptors = Table(self.policy.max_file_handles)
        source = io.BytesIO(stdin) if isinstance(stdin, bytes) else stdin
        self.descriptors.give(InputStream(source))
        for number in (STDOUT, STDERR):
            self.descriptors.give(OutputStream(partial(self._output, number)))
        for name, given in (dirs or {}).items():
            self.descriptors.give(preopen(name, given))
        for listener in listeners:
            self.descriptors.give(sockets.Listener(listener))

    def __enter__(self) -> Wasi:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all that the guest has open; the embedder's listeners too."""
        self.descriptors.close_all()

    def save(self) -> Callable[[], None]:
        """Remember the guest's view: what is open, the seeded stream, the frozen time, the quota.

        What this returns puts that back, any number of times. Files have what was written to them,
        standard input is where it is, and the audit and captured output go on.
        """
        parts = (self.descriptors.save(), self.random.save(), self.quota.save())
        time = self.frozen_time_ns

        def restore() -> None:
            self.frozen_time_ns = time
            for part in parts:
                part()

        return restore

    def imports(self) -> dict[str, dict[str, HostFunction]]:
        """All calls of preview 1 as imports; a call that is not permitted is refused when made."""
        return {MODULE: {name: bind(self, call) for name, call in CALLS.items()}}

    def start(self, instance: Instance) -> int:
        """Run `_start`, or `_initialize` where there is no such; the exit code, 0 on return.

        Raises BadCall where the module exports neither, Trap and OutOfFuel.
        """
        for name in (START, INITIALIZE):
            if isinstance(entry := instance.exports.get(name), Function):
                try:
                    entry()
                except ProcessExit as exit_:
                    return exit_.code
                return 0
        raise BadCall(f"the module exports neither {START} nor {INITIALIZE}")

    @property
    def stdout(self) -> bytes:
        """What was captured of standard output, at most its first 16 MiB."""
        return bytes(self._captured[STDOUT])

    @property
    def stderr(self) -> bytes:
        """What was captured of standard error, at most its first 16 MiB."""
        return bytes(self._captured[STDERR])

    def record(self, event: Event) -> None:
        """Add a line to the audit."""
        self.events.append(event)
        if self._on_event is not None:
            self._on_event(event)

    def _capture(self, descriptor: int, data: bytes) -> None:
        captured = self._captured[descriptor]
        captured += data[: CAPTURED_BYTES_MAX - len(captured)]


def _encoded(text: str | bytes) -> bytes:
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    if b"\0" in data:
        raise ValueError(f"an argument or variable with a NUL cannot be passed: {text!r}")
    return data
