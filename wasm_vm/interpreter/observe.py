"""Observation: a callable that sees every instruction before it happens.

Rule: who does not observe pays nothing. An observed store runs copies of its programs whose every
step calls the observer first; the machine and its loop know of it only where a program is chosen.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wasm_vm.interpreter.handlers import Handler
from wasm_vm.interpreter.program import Program, Step
from wasm_vm.runtime.store import Observer


def observed(program: Program, observer: Observer) -> Program:
    """A copy of a program that shows itself to an observer.

    The observer is called with the frame and the index of the instruction in the body (spec's
    program counter) once the fixed cost is paid and before anything else happens; what it raises
    ends the run. `frame.pc` is that index for as long as the instruction takes.
    """
    steps = [_observed(at, step, observer) for at, step in enumerate(program.steps)]
    return replace(program, steps=steps)


def _observed(at: int, step: Step, observer: Observer) -> Step:
    handler, cost, immediate = step

    def show(stack: list[Any], immediate: Any, frame: Any) -> int | None:
        frame.pc = at
        observer(frame, at)
        return handler(stack, immediate, frame)

    shown: Handler = show
    return shown, cost, immediate
