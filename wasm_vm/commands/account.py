"""An exact account of a run: instructions and fuel per opcode and per place in the call tree.

Nothing is sampled. Every unit of the meter is booked once: the fixed cost on the instruction, the
variable cost on the instruction that paid it, entering a function on that function, and what a host
function charges on the call of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from wasm_vm.commands.describe import function_label
from wasm_vm.interpreter import Frame
from wasm_vm.runtime import GuestFunction, Meter

DEPTH_MAX = 256
"""Levels of the call tree; what is called below the last one is booked there."""

ENTRY = 1
"""Units for entering a function (cost model 1)."""


@dataclass(slots=True)
class Count:
    """What was booked on an opcode, a function or a place in the call tree."""

    instructions: int = 0
    fuel: int = 0
    calls: int = 0


@dataclass(slots=True, eq=False)
class Node:
    """A function in the call tree; the root stands for the embedder."""

    label: str
    index: int
    name: str | None
    count: Count = field(default_factory=Count)
    children: dict[GuestFunction, Node] = field(default_factory=dict)


def walk(root: Node) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """All nodes with the labels from the root to them, the root's left out; parents first."""
    waiting: list[tuple[Node, tuple[str, ...]]] = [(root, ())]
    while waiting:
        node, path = waiting.pop()
        yield node, path
        waiting += [(child, (*path, child.label)) for child in node.children.values()]


class Account:
    """An observer that books every unit of fuel.

    root: the call tree. opcodes: by name. entries: units for entering functions.
    """

    def __init__(self) -> None:
        self.root = Node("all", -1, None)
        self.opcodes: dict[str, Count] = {}
        self.entries = 0
        self.used = 0
        self._stack: list[tuple[Frame, int, Node]] = []
        self._last = (self.root.count, Count())

    @property
    def instructions(self) -> int:
        """Instructions in all."""
        return sum(count.instructions for count in self.opcodes.values())

    def __call__(self, frame: Frame, at: int) -> None:
        """See `wasm_vm.interpreter.observe`."""
        row = frame.function.plan.body[at][0]
        place = self._place(frame).count
        opcode = self.opcodes.get(row.name)
        if opcode is None:
            opcode = self.opcodes[row.name] = Count()
        used = frame.machine.meter.used
        before = used - self.used - row.cost
        if at == 0:
            before -= ENTRY
            self.entries += ENTRY
            place.fuel += ENTRY
            place.calls += 1
        for booked in self._last:
            booked.fuel += before
        place.instructions += 1
        place.fuel += row.cost
        opcode.instructions += 1
        opcode.fuel += row.cost
        self.used = used
        self._last = (place, opcode)

    def finish(self, meter: Meter) -> None:
        """Book what the last instruction has paid beside its fixed cost.

        One that could not pay the rest has got its fixed cost back: it has not happened. For a
        function that was entered and could not pay its first instruction this is the entry.
        """
        rest = meter.used - self.used
        if not self.opcodes:
            self.entries += rest
        for booked in self._last:
            booked.fuel += rest
            booked.instructions -= rest < 0
        self.used = meter.used

    def _place(self, frame: Frame) -> Node:
        """Where an activation stands in the call tree."""
        stack = self._stack
        if stack and stack[-1][0] is frame:
            return stack[-1][2]
        while stack:
            top, depth, _ = stack[-1]
            frames = top.machine.frames
            if top is frame or (depth <= len(frames) and frames[depth - 1] is top):
                break
            stack.pop()
        if not stack or stack[-1][0] is not frame:
            parent = stack[-1][2] if stack else self.root
            stack.append((frame, len(frame.machine.frames), self._child(parent, frame)))
        return stack[-1][2]

    def _child(self, parent: Node, frame: Frame) -> Node:
        if len(self._stack) >= DEPTH_MAX:
            return parent
        function = frame.function
        node = parent.children.get(function)
        if node is None:
            plan = function.plan
            node = Node(function_label(plan.index, plan.name), plan.index, plan.name)
            parent.children[function] = node
        return node
