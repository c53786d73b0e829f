"""`trace FILE`: one line per instruction that runs."""

from __future__ import annotations

import argparse
import json
from typing import Any

from wasm_vm.commands.describe import Describer, function_label, public_value, raw_value
from wasm_vm.commands.guest import Ending, Guest, System, add_guest, count
from wasm_vm.commands.terminal import printable
from wasm_vm.interpreter import Frame
from wasm_vm.validation import FunctionPlan

STACK_SHOWN = 4
"""Operands from the top of the stack that a line shows."""


def add(commands: Any, system: System | None) -> None:
    """Declare the command."""
    parser = commands.add_parser("trace", help="show every instruction that runs")
    parser.set_defaults(command=trace)
    add_guest(parser, system, report=True)
    parser.add_argument("--json", action="store_true", help="JSON lines (docs/wasm-vm.md)")
    parser.add_argument("--limit", type=count, metavar="N", help="show the first N instructions")


def trace(options: argparse.Namespace, system: System | None) -> int:
    """Run under a tracer; the guest's exit code. Raises WasmError."""
    guest = Guest(options, system)
    tracer = Tracer(Describer(guest.module.module), options.json, options.limit)
    return guest.observe(tracer, tracer.end)


class Tracer:
    """An observer that prints the first instructions and counts all of them."""

    def __init__(self, say: Describer, as_json: bool, limit: int | None) -> None:
        self._say = say
        self._json = as_json
        self._limit = limit
        self._texts: dict[FunctionPlan, list[str]] = {}
        self.instructions = 0
        self.fuel = 0

    def __call__(self, frame: Frame, at: int) -> None:
        """See `wasm_vm.interpreter.observe`."""
        self.instructions += 1
        self.fuel = frame.machine.meter.used
        if self._limit is None or self.instructions <= self._limit:
            self._show(frame, at)

    def _show(self, frame: Frame, at: int) -> None:
        plan = frame.function.plan
        texts = self._texts.get(plan)
        if texts is None:
            texts = [self._say.instruction(row, immediate) for row, immediate, _ in plan.body]
            self._texts[plan] = texts
        top = [raw_value(value) for value in frame.stack[-STACK_SHOWN:]]
        if self._json:
            step = {
                "function": plan.index,
                "name": plan.name,
                "depth": len(frame.machine.frames),
                "pc": at,
                "offset": plan.body[at][2],
                "instruction": texts[at],
                "height": len(frame.stack),
                "stack": top,
                "fuel": self.fuel,
            }
            print(json.dumps(step))
            return
        more = "... " if len(frame.stack) > STACK_SHOWN else ""
        where = f"{function_label(plan.index, plan.name)}+{at}"
        stack = f"[{more}{' '.join(top)}]"
        print(printable(f"{self.fuel:10}  {where:24}  {texts[at]:32}  {stack}"))

    def end(self, ending: Ending) -> None:
        """The last line: how it ended."""
        found = {
            "end": ending.how,
            "code": ending.code,
            "results": [public_value(result) for result in ending.results],
            "message": ending.message,
            "instructions": self.instructions,
        }
        if self._json:
            print(json.dumps(found))
            return
        results = "".join(f" {public_value(result)}" for result in ending.results)
        message = f": {ending.message}" if ending.message else ""
        print(printable(f"{ending.how}{results}{message} after {self.instructions} instructions"))
