"""The machine: a stack of frames and the loop that runs them.

It keeps its own frames, so that guest recursion uses no Python stack and the depth is bounded by
the store's slots alone. It can stop before any instruction that is not affordable and go on later:
after OutOfFuel every frame stands exactly there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wasm_vm.errors import BacktraceFrame, Trap, TrapKind, UncaughtException
from wasm_vm.interpreter.handlers import SWITCH
from wasm_vm.interpreter.program import Program, program_of
from wasm_vm.module import CatchKind
from wasm_vm.runtime.function import Function, GuestFunction, HostFunction
from wasm_vm.runtime.heap import ExceptionInstance
from wasm_vm.runtime.store import Store
from wasm_vm.validation import Branch

_ENTRY_COST = 1
_BACKTRACE_FRAMES = 64


class Frame:
    """An activation (spec 4.2.12).

    pc: index of the next step. entered: True when the entry unit is paid.
    """

    __slots__ = ("entered", "function", "instance", "locals", "machine", "pc", "program", "stack")

    def __init__(
        self, machine: Machine, function: GuestFunction, program: Program, values: list[Any]
    ) -> None:
        self.machine = machine
        self.function = function
        self.instance = function.instance
        self.program = program
        self.locals = values
        self.stack: list[Any] = []
        self.pc = 0
        self.entered = False


def _catching(
    frame: Frame, at: int, exception: ExceptionInstance
) -> tuple[Branch, list[Any]] | None:
    """Where an activation that stands at an instruction goes on, and with which operands."""
    for handler in frame.function.plan.handlers:
        if not handler.start < at < handler.end:
            continue
        for clause, branch in zip(handler.clauses, handler.branches, strict=True):
            values: list[Any] = []
            if clause.tag is not None:
                if frame.instance.tags[clause.tag] is not exception.tag:
                    continue
                values += exception.values
            if clause.kind in (CatchKind.TAG_REF, CatchKind.ALL_REF):
                values.append(exception)
            return branch, values
    return None


class Machine:
    """One run of guest code, from an entry by the host to its results."""

    __slots__ = ("frames", "meter", "results", "store")

    def __init__(self, store: Store) -> None:
        self.store = store
        self.meter = store.meter
        self.frames: list[Frame] = []
        self.results: Sequence[Any] = ()

    def enter(self, function: GuestFunction, arguments: list[Any]) -> None:
        """Push an activation; takes its arguments off the list. Raises Trap (CALL_STACK)."""
        program: Program | None = function.program
        if program is None:
            program = program_of(function.plan, function.instance.module.module)
            function.program = program
        if self.store.slots < program.slots:
            raise Trap(TrapKind.CALL_STACK)
        self.store.slots -= program.slots
        first = len(arguments) - program.parameters
        values = arguments[first:]
        del arguments[first:]
        for count, zero in program.zeros:
            values += [zero] * count
        self.frames.append(Frame(self, function, program, values))

    def leave(self, frame: Frame, results: list[Any]) -> None:
        """Pop the top activation and hand its results to the one below."""
        self.frames.pop()
        self.store.slots += frame.program.slots
        if self.frames:
            self.frames[-1].stack += results
        else:
            self.results = results

    def call(self, function: Function, stack: list[Any], frame: Frame) -> int | None:
        """Call from a guest: a guest function gets a frame, a host function runs at once."""
        if isinstance(function, GuestFunction):
            self.enter(function, stack)
            return SWITCH
        assert isinstance(function, HostFunction)  # a Function is one of the two
        first = len(stack) - len(function.type.parameters)
        results = function.call_from(frame.instance, stack[first:])
        stack[first:] = results
        return None

    def tail_call(self, function: Function, stack: list[Any], frame: Frame) -> int:
        """Call in place of the top activation."""
        if not isinstance(function, GuestFunction):
            self.call(function, stack, frame)
            self.leave(frame, stack[len(stack) - len(function.type.results) :])
            return SWITCH
        self.frames.pop()
        self.store.slots += frame.program.slots
        self.enter(function, stack)
        return SWITCH

    def catch(self, exception: ExceptionInstance) -> bool:
        """Leave activations until one catches the exception; False where none does.

        The top activation stands at the instruction that threw, those below behind their call.
        """
        at = self.frames[-1].pc
        while self.frames:
            frame = self.frames[-1]
            found = _catching(frame, at, exception)
            if found is not None:
                branch, values = found
                frame.stack[branch.height :] = values
                frame.pc = branch.target
                return True
            self.frames.pop()
            self.store.slots += frame.program.slots
            at = self.frames[-1].pc - 1 if self.frames else 0
        return False

    def run(self) -> Sequence[Any]:
        """Run until the first activation has returned; its raw results.

        Raises Trap with a backtrace, OutOfFuel (after which `run` may be called again), and what
        host functions raise.
        """
        meter = self.meter
        while self.frames:
            frame = self.frames[-1]
            if not frame.entered:
                meter.charge(_ENTRY_COST)
                frame.entered = True
            steps, stack, pc = frame.program.steps, frame.stack, frame.pc
            try:
                while True:
                    handler, cost, immediate = steps[pc]
                    if cost:
                        if cost > meter.cell:
                            meter.draw(cost)
                        meter.cell -= cost
                    target = handler(stack, immediate, frame)
                    if target is None:
                        pc += 1
                    elif target == SWITCH:
                        frame.pc = pc + 1
                        break
                    else:
                        pc = target
            except UncaughtException as error:
                frame.pc = pc
                if not self.catch(error.exception):
                    raise
            except Trap as trap:
                frame.pc = pc
                trap.backtrace = trap.backtrace or self.backtrace()
                raise
            except BaseException:
                frame.pc = pc
                raise
        return self.results

    def unwind(self) -> None:
        """Give up all activations."""
        while self.frames:
            self.store.slots += self.frames.pop().program.slots

    def backtrace(self) -> tuple[BacktraceFrame, ...]:
        """The activations, innermost first; a deep recursion is cut."""
        found = []
        for frame in reversed(self.frames[-_BACKTRACE_FRAMES:]):
            plan = frame.function.plan
            at = frame.pc if frame is self.frames[-1] else frame.pc - 1
            found.append(BacktraceFrame(plan.index, plan.name, plan.body[at][2]))
        return tuple(found)
