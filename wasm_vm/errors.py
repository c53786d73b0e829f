"""The errors of the VM: one small tree, and each branch says which phase failed.

    WasmError                 anything wasm_vm raises on purpose; any other exception is our bug
    |- Malformed              the bytes are not a binary module          (spec chapter 5)
    |- Invalid                the module breaks a typing rule            (spec chapter 3)
    |- Unlinkable             an import is missing or does not fit       (spec 4.5.4)
    |- LimitExceeded          a bound of Limits was reached              (spec appendix, 7.2)
    |- Traced                 a guest's run has ended; the error says where
    |  |- Trap                the guest did what WebAssembly forbids     (spec 4.2.1)
    |  |- UncaughtException   the guest threw an exception that nobody caught (spec 4.5.5)
    |  |- OutOfFuel           the next instruction is not affordable
    |- BadCall                the embedder asked for what is not there, or with wrong arguments

Exceptions of host functions that are not declared as traps pass through the VM unchanged: a bug
of the host must not look like a fault of the guest.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any


class WasmError(Exception):
    """Anything the VM raises on purpose."""


class Malformed(WasmError):
    """The bytes are not a binary module.

    offset: position in the binary, in bytes, where decoding stopped.
    """

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(f"{message} (at byte {offset:#x})")
        self.message = message
        self.offset = offset


class Invalid(WasmError):
    """The module breaks a rule of validation.

    offset: position in the binary, in bytes, of the offending part; None where no byte is at fault.
    """

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message if offset is None else f"{message} (at byte {offset:#x})")
        self.message = message
        self.offset = offset


class Unlinkable(WasmError):
    """An import is missing or has another type than the module asks for."""


class LimitExceeded(WasmError):
    """A bound of Limits was reached.

    limit: the name of the field of Limits.
    """

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(f"limit {limit}: {message}")
        self.limit = limit


@dataclass(frozen=True, slots=True)
class BacktraceFrame:
    """One activation of a backtrace: a function of a module and a byte of its binary."""

    function: int
    name: str | None
    offset: int

    def __str__(self) -> str:
        """The frame as a line of a backtrace."""
        name = f"${self.name}" if self.name else f"function {self.function}"
        return f"{name} at byte {self.offset:#x}"


BACKTRACE_FRAMES = 64


class Traced(WasmError):
    """A guest's run has ended early.

    backtrace: the guest's activations where that happened, innermost first, those below a host
    function that called back included; a deep recursion is cut.
    """

    backtrace: tuple[BacktraceFrame, ...] = ()

    def trace(self, *frames: BacktraceFrame) -> None:
        """Add activations below those that are known."""
        room = BACKTRACE_FRAMES - len(self.backtrace)
        if room > 0:
            self.backtrace += frames[:room]


class UncaughtException(Traced):
    """The guest threw an exception that nobody in it caught.

    exception: the exception instance, with its tag and raw values.
    """

    def __init__(self, exception: Any) -> None:
        super().__init__("uncaught exception")
        self.exception = exception


class BadCall(WasmError):
    """The embedder's call does not fit: an unknown export, or arguments of another type."""


class OutOfFuel(Traced):
    """The next instruction is not affordable; it has not happened and is not paid.

    used: units of all that took effect. needed: units without which the refused instruction gets
    no further: its fixed cost where not even that is left, else its whole cost (what it copies is
    known only once its traps are out of question).
    """

    def __init__(self, used: int, needed: int) -> None:
        super().__init__(
            f"out of fuel: {used} units used, the next instruction costs at least {needed}"
        )
        self.used = used
        self.needed = needed


class TrapKind(Enum):
    """Why a guest trapped; the value is the official test suite's text."""

    UNREACHABLE = "unreachable"
    DIVIDE_BY_ZERO = "integer divide by zero"
    INTEGER_OVERFLOW = "integer overflow"
    INVALID_CONVERSION = "invalid conversion to integer"
    MEMORY_BOUNDS = "out of bounds memory access"
    TABLE_BOUNDS = "out of bounds table access"
    UNDEFINED_ELEMENT = "undefined element"
    UNINITIALIZED_ELEMENT = "uninitialized element"
    INDIRECT_CALL_TYPE = "indirect call type mismatch"
    NULL_FUNCTION = "null function reference"
    NULL_STRUCT = "null structure reference"
    NULL_ARRAY = "null array reference"
    NULL_I31 = "null i31 reference"
    NULL_EXCEPTION = "null exception reference"
    NULL_REFERENCE = "null reference"
    ARRAY_BOUNDS = "out of bounds array access"
    CAST = "cast failure"
    ALLOCATION = "out of memory"
    CALL_STACK = "call stack exhausted"
    HOST = "host function failed"


class Trap(Traced):
    """The guest did what WebAssembly forbids.

    kind: the reason. detail: what exactly, where there is more to say; the same in every engine.
    """

    def __init__(self, kind: TrapKind, detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail

    def __str__(self) -> str:
        """The reason, and where the detail is known, the detail."""
        return f"{self.kind.value}: {self.detail}" if self.detail else self.kind.value
