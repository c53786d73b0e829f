"""Wasi: what one guest sees of the world, and what the embedder sees of the guest."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Protocol

from wasi import absent, clocks, environment, files, process
from wasi.abi import MODULE, ProcessExit
from wasi.door import CALLS, Event, bind
from wasi.policy import Policy
from wasm_vm import BadCall, Function, HostFunction, Instance

_DECLARING = (absent, clocks, environment, files, process)
"""Importing these modules has put their system calls into CALLS."""

TRANSFER_BYTES_MAX = 1 << 20
CAPTURED_BYTES_MAX = 16 << 20
EVENTS_MAX = 10_000
START = "_start"
INITIALIZE = "_initialize"


class Input(Protocol):
    """A stream of bytes, such as a buffered reader."""

    def read1(self, size: int, /) -> bytes:
        """What is there, at most `size` bytes; waits where nothing is, b"" at the end."""


class Wasi:
    """WASI preview 1 for one guest.

    args: the program's name first. env: its variables. stdin: bytes that it may read, or a stream
    of them, which is read only when the guest asks. clock: gives nanoseconds in place of the
    system's clocks. seed: makes random bytes repeatable; also the seed of the substituted stream
    (then 0 where it is None). output: receives (descriptor, bytes) of standard output (1) and
    standard error (2); without it both are captured. on_event: receives every audit event as it
    happens; the last ones are kept in `events` anyway.
    """

    def __init__(
        self,
        *,
        args: Sequence[str | bytes] = (),
        env: Mapping[str, str] | None = None,
        stdin: bytes | Input = b"",
        policy: Policy | None = None,
        clock: Callable[[], int] | None = None,
        seed: int | None = None,
        output: Callable[[int, bytes], None] | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self.args = [_encoded(text) for text in args]
        self.environ = [_encoded(f"{name}={value}") for name, value in (env or {}).items()]
        self.stdin: Input = io.BytesIO(stdin) if isinstance(stdin, bytes) else stdin
        self.policy = policy or Policy.default()
        self.clock = clock
        self.seed = seed
        self.random = Random(seed or 0)
        self.frozen_time_ns = 0
        self.open_streams = {files.STDIN, files.STDOUT, files.STDERR}
        self.transfer_bytes_max = TRANSFER_BYTES_MAX
        self.events: deque[Event] = deque(maxlen=EVENTS_MAX)
        self._output = output or self._capture
        self._on_event = on_event
        self._captured = {files.STDOUT: bytearray(), files.STDERR: bytearray()}

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
        return bytes(self._captured[files.STDOUT])

    @property
    def stderr(self) -> bytes:
        """What was captured of standard error, at most its first 16 MiB."""
        return bytes(self._captured[files.STDERR])

    def write(self, descriptor: int, data: bytes) -> None:
        """Hand output to the embedder."""
        self._output(descriptor, data)

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
