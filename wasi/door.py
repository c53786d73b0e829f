"""The only way from a guest to the host: filter, run, translate errors, write it down.

A system call's body is its meaning alone. It raises WasiError for an errno; an address outside of
the guest's memory is FAULT.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wasi.abi import MODULE, Errno, ProcessExit, WasiError
from wasi.policy import Decision
from wasm_vm import BadCall, Caller, FunctionType, HostFunction, Memory, Trap, TrapKind
from wasm_vm.types import BY_NAME

if TYPE_CHECKING:
    from wasi.system import Wasi

Body = Callable[..., None]


@dataclass(frozen=True, slots=True)
class SystemCall:
    """A declared system call.

    group: the permission that it belongs to, or "". substitute: what runs in its place where that
    permission is missing; without one the guest gets the policy's errno.
    """

    name: str
    type: FunctionType
    group: str
    body: Body
    substitute: Body | None


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the audit: what the guest asked for, what was decided, what it got, and the fuel
    that it had used by then.
    """

    name: str
    arguments: tuple[int, ...]
    decision: Decision
    errno: Errno
    fuel: int


CALLS: dict[str, SystemCall] = {}


def system_call(
    signature: str, *, group: str = "", substitute: Body | None = None
) -> Callable[[Body], Body]:
    """Declare a system call by its body, whose name it takes.

    signature: as in "i32 i64 -> i32". The body is called as body(wasi, memory, *arguments), the
    arguments being unsigned.
    """
    before, _, after = signature.partition("->")
    kind = FunctionType(
        tuple(BY_NAME[word] for word in before.split()),
        tuple(BY_NAME[word] for word in after.split()),
    )

    def declare(body: Body) -> Body:
        if body.__name__ in CALLS:
            raise ImportError(f"system call {body.__name__} is declared twice")
        CALLS[body.__name__] = SystemCall(body.__name__, kind, group, body, substitute)
        return body

    return declare


def bind(wasi: Wasi, call: SystemCall) -> HostFunction:
    """The system call as an import of a guest of this system."""

    def code(caller: Caller | None, arguments: list[Any]) -> Sequence[Any]:
        errno = enter(wasi, call, caller, arguments)
        return (errno,) if call.type.results else ()

    return HostFunction(call.type, f"{MODULE}.{call.name}", code, call.body)


def enter(wasi: Wasi, call: SystemCall, caller: Caller | None, arguments: list[int]) -> Errno:
    """Serve one call of a guest.

    Raises ProcessExit, and Trap (HOST) where the policy stops the guest.
    """
    fuel = caller.fuel.used if caller is not None else 0
    decision, body = _decide(wasi, call)
    if body is None:
        errno = Errno.NOTCAPABLE if decision is Decision.KILLED else wasi.policy.errno
        wasi.record(Event(call.name, tuple(arguments), decision, errno, fuel))
        if decision is Decision.KILLED:
            raise Trap(TrapKind.HOST, f"{call.name} is not allowed")
        return errno
    errno = Errno.SUCCESS
    try:
        body(wasi, _memory(caller), *arguments)
    except WasiError as error:
        errno = error.errno
        if errno is Errno.NOSYS:
            decision = Decision.DENIED
    except ProcessExit:
        wasi.record(Event(call.name, tuple(arguments), decision, errno, fuel))
        raise
    except Trap as trap:
        if trap.kind is not TrapKind.MEMORY_BOUNDS:
            raise
        errno = Errno.FAULT
    wasi.record(Event(call.name, tuple(arguments), decision, errno, fuel))
    return errno


def _decide(wasi: Wasi, call: SystemCall) -> tuple[Decision, Body | None]:
    policy = wasi.policy
    if policy.refuses(call.name, call.group):
        return (Decision.KILLED if policy.kill else Decision.DENIED), None
    if policy.permits(call.group):
        return Decision.ALLOWED, call.body
    if call.substitute is not None:
        return Decision.SUBSTITUTED, call.substitute
    return Decision.DENIED, None


def _memory(caller: Caller | None) -> Memory:
    if caller is None:
        raise Trap(TrapKind.HOST, "a system call needs a guest that calls it")
    try:
        memory: Memory = caller.memory
    except BadCall as error:
        raise Trap(TrapKind.HOST, f"a system call needs a memory: {error}") from None
    return memory
