"""The machine: a stack of frames and the loop that runs them.

It keeps its own frames, so that guest recursion uses no Python stack and the depth is bounded by
the store's slots alone. It can stop before any instruction that is not affordable and go on later:
after OutOfFuel every frame stands exactly there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wasm_vm.errors import (
    BACKTRACE_FRAMES,
    BacktraceFrame,
    Traced,
    Trap,
    TrapKind,
    UncaughtException,
)
from wasm_vm.interpreter.handlers import SWITCH
from wasm_vm.interpreter.observe import observed
from wasm_vm.interpreter.program import Program, program_of
from wasm_vm.module import CatchKind
from wasm_vm.runtime.engine import Entry, unpacked
from wasm_vm.runtime.function import Function, GuestFunction, HostFunction
from wasm_vm.runtime.heap import ExceptionInstance
from wasm_vm.runtime.store import Store
from wasm_vm.validation import Branch

_ENTRY_COST = 1


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


def prepared(function: GuestFunction) -> Program:
    """The program of a function; made once, and observed where the store asks for it."""
    program: Program | None = function.program
    if program is None:
        program = program_of(function.plan, function.instance.module.module)
        observer = function.instance.store.observer
        if observer is not None:
            program = observed(program, observer)
        function.program = program
    return program


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

    __slots__ = ("frames", "meter", "mixed", "results", "store")

    def __init__(self, store: Store, mixed: bool = False) -> None:
        """mixed: called functions may run in the engines of their instances."""
        self.store = store
        self.mixed = mixed
        self.meter = store.meter
        self.frames: list[Frame] = []
        self.results: Sequence[Any] = ()

    def enter(self, function: GuestFunction, arguments: list[Any]) -> None:
        """Push an activation; takes its arguments off the list. Raises Trap (CALL_STACK)."""
        program = prepared(function)
        if self.store.slots < program.slots:
            raise Trap(TrapKind.CALL_STACK)
        self.store.slots -= program.slots
        first = len(arguments) - program.parameters
        values = arguments[first:]
        del arguments[first:]
        for count, zero in program.zeros:
            values += [zero] * count
        self.frames.append(Frame(self, function, program, values))

    def push(
        self, function: GuestFunction, at: int, values: list[Any], operands: list[Any]
    ) -> None:
        """Push an activation that stands at an instruction, -1 before its entry is paid."""
        frame = Frame(self, function, prepared(function), values)
        self.store.slots -= frame.program.slots
        frame.stack = operands
        if at >= 0:
            frame.pc, frame.entered = at, True
        self.frames.append(frame)

    def leave(self, frame: Frame, results: Sequence[Any]) -> None:
        """Pop the top activation and hand its results to the one below."""
        self.frames.pop()
        self.store.slots += frame.program.slots
        self._answer(results)

    def _answer(self, results: Sequence[Any]) -> None:
        if self.frames:
            self.frames[-1].stack += results
        else:
            self.results = results

    def call(self, function: Function, stack: list[Any], frame: Frame) -> int | None:
        """Call from a guest: a guest function gets a frame, or another engine runs it at once, as
        a host function runs.
        """
        entry: Entry | None = None
        if isinstance(function, GuestFunction):
            if self.mixed:
                entry = function.instance.engine.entry(function)
            if entry is None:
                self.enter(function, stack)
                return SWITCH
        first = len(stack) - len(function.type.parameters)
        stack[first:] = self._whole(function, entry, stack[first:], frame)
        return None

    def _whole(
        self, function: Function, entry: Entry | None, arguments: list[Any], frame: Frame
    ) -> Sequence[Any]:
        """Run a function that gets no frame here; its results."""
        if entry is None:
            assert isinstance(function, HostFunction)  # a Function is one of the two
            return function.call_from(frame.instance, arguments)
        slots = self.store.slots
        try:
            return unpacked(len(function.type.results), entry(*arguments, slots))
        finally:
            self.store.slots = slots

    def tail_call(self, function: Function, stack: list[Any], frame: Frame) -> int:
        """Call in place of the top activation, which is gone whatever becomes of the call."""
        entry: Entry | None = None
        if self.mixed and isinstance(function, GuestFunction):
            entry = function.instance.engine.entry(function)
        self.frames.pop()
        slots = frame.program.slots
        try:
            if isinstance(function, GuestFunction):
                self.store.slots += slots
                slots = 0
                if entry is None:
                    self.enter(function, stack)
                    return SWITCH
            first = len(stack) - len(function.type.parameters)
            results = self._whole(function, entry, stack[first:], frame)
        except Traced:
            if self.frames:  # which did not go on behind its call
                self.frames[-1].pc -= 1
            raise
        finally:
            self.store.slots += slots  # a host function's call weighs on top of the activation
        self._answer(results)
        return SWITCH

    def catch(self, exception: ExceptionInstance) -> bool:
        """Leave all activations above the one that catches the exception; False where none does.

        The top activation stands at the instruction that threw, those below behind their call.
        """
        at = self.frames[-1].pc if self.frames else 0
        for depth in reversed(range(len(self.frames))):
            frame = self.frames[depth]
            found = _catching(frame, at, exception)
            if found is not None:
                branch, values = found
                self.unwind(depth + 1)
                frame.stack[branch.height :] = values
                frame.pc = branch.target
                return True
            at = self.frames[depth - 1].pc - 1
        return False

    def run(self) -> Sequence[Any]:
        """Run until the first activation has returned; its raw results.

        Raises Trap, UncaughtException and OutOfFuel with a backtrace (after OutOfFuel `run` may be
        called again), and what host functions raise.
        """
        meter, fuel = self.meter, self.meter.fuel
        while self.frames:
            frame = self.frames[-1]
            steps, stack, pc = frame.program.steps, frame.stack, frame.pc
            try:
                if not frame.entered:
                    meter.charge(_ENTRY_COST)
                    frame.entered = True
                while True:
                    handler, cost, immediate = steps[pc]
                    if cost:
                        units = fuel.cell_contents
                        if cost > units:
                            meter.draw(cost)
                            units = fuel.cell_contents
                        fuel.cell_contents = units - cost
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
                    error.trace(*self.backtrace())
                    raise
            except Traced as error:
                frame.pc = pc
                error.trace(*self.backtrace())
                raise
            except BaseException:
                frame.pc = pc
                raise
        return self.results

    def unwind(self, depth: int = 0) -> None:
        """Give up all activations but the first ones."""
        while len(self.frames) > depth:
            self.store.slots += self.frames.pop().program.slots

    def backtrace(self) -> tuple[BacktraceFrame, ...]:
        """The activations, innermost first; a deep recursion is cut."""
        found = []
        for frame in reversed(self.frames[-BACKTRACE_FRAMES:]):
            at = frame.pc if frame is self.frames[-1] else frame.pc - 1
            found.append(frame.function.plan.frame(at))
        return tuple(found)
