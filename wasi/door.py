"""The only way from a guest to the host: filter, run, translate errors, write it down.

A system call's body is its meaning alone. It raises WasiError for an errno; an address outside of
the guest's memory is FAULT.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wasi.abi import MODULE, Errno, ProcessExit, WasiError
from wasi.audit import Event
from wasi.memory import PATH_BYTES_MAX, GuestMemory
from wasi.policy import Decision
from wasm_vm import BadCall, Caller, FunctionType, HostFunction, Memory, Trap, TrapKind
from wasm_vm.types import BY_NAME

if TYPE_CHECKING:
    from wasi.system import Wasi

Body = Callable[..., None]

_GIVEN = 2
"""Parameters of a body that are no arguments of the guest: the system and the memory."""


@dataclass(frozen=True, slots=True)
class SystemCall:
    """A declared system call.

    group: the permission that it belongs to, or "". substitute: what runs in its place where that
    permission is missing; without one the guest gets the policy's errno. parameters: the names of
    its arguments; one that ends in "path" is an address, and the next its length.
    """

    name: str
    type: FunctionType
    group: str
    body: Body
    substitute: Body | None
    parameters: tuple[str, ...] = ()


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
        name = body.__name__
        if name in CALLS:
            raise ImportError(f"system call {name} is declared twice")
        parameters = tuple(inspect.signature(body).parameters)[_GIVEN:]
        CALLS[name] = SystemCall(name, kind, group, body, substitute, parameters)
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

    Raises ProcessExit, OutOfFuel, and Trap (HOST) where the policy stops the guest.
    """
    fuel = caller.fuel.used if caller is not None else 0
    paths = _paths(call, caller, arguments)
    moved = 0

    def record(decision: Decision, errno: Errno) -> Errno:
        event = Event(
            call.name, tuple(arguments), decision, errno, fuel, call.parameters, paths, moved
        )
        wasi.record(event)
        return errno

    verdict = wasi.policy.verdict(call.name, call.group)
    if isinstance(verdict, Errno):
        return record(Decision.DENIED, verdict)
    if verdict is Decision.KILLED:
        record(verdict, Errno.NOTCAPABLE)
        raise Trap(TrapKind.HOST, f"{call.name} is not allowed")
    body = call.body if verdict is Decision.ALLOWED else call.substitute
    if body is None:
        return record(Decision.DENIED, wasi.policy.errno)
    memory = _memory(caller)
    errno = Errno.SUCCESS
    try:
        body(wasi, memory, *arguments)
    except WasiError as error:
        errno = error.errno
    except ProcessExit:
        record(verdict, errno)
        raise
    except Trap as trap:
        if trap.kind is not TrapKind.MEMORY_BOUNDS:
            raise
        errno = Errno.FAULT
    moved = memory.moved
    return record(verdict, errno)


def _paths(call: SystemCall, caller: Caller | None, arguments: list[int]) -> tuple[str, ...]:
    """The paths among the arguments, for the audit alone; one that cannot be read is left out."""
    places = [at for at, name in enumerate(call.parameters) if name.endswith("path")]
    if not places or caller is None:
        return ()
    found = []
    for at in places:
        address, size = arguments[at : at + 2]
        try:
            data = caller.memory.read(address, min(size, PATH_BYTES_MAX))
        except (Trap, BadCall):
            continue
        found.append(data.decode("utf-8", "backslashreplace"))
    return tuple(found)


def _memory(caller: Caller | None) -> GuestMemory:
    if caller is None:
        raise Trap(TrapKind.HOST, "a system call needs a guest that calls it")
    try:
        memory: Memory = caller.memory
    except BadCall as error:
        raise Trap(TrapKind.HOST, f"a system call needs a memory: {error}") from None
    return GuestMemory(memory, caller.fuel)
