"""Switches: nested blocks with a br_table inside, as one Python loop over numbered parts.

A switch is a br_table and the blocks around it, up to a loop or another instruction with structure.
The code behind the end of each block is a part; a branch to a block's end sets the part's number
and goes on with the loop, which finds the part by a balanced tree of comparisons. The innermost
body is part 0 and comes first, so that its br_table falls straight into the tree. Where a loop
is around the blocks, one Python loop serves both: its head is part 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wasm_vm.compiler.values import MASKS, Value, closed

if TYPE_CHECKING:
    from wasm_vm.compiler.blocks import Frame
    from wasm_vm.compiler.control import Control
    from wasm_vm.compiler.flow import Flow

LABELS_LEAST = 4
BLOCKS_LEAST = 2
NESTED_LEAST = 5


@dataclass(slots=True)
class Switch:
    """An open switch.

    blocks: start of each block, the outermost first. part: the one being written. parts: how many
    there are. outs: targets outside, by their number. facts: what is known in every part.
    """

    frame: Frame
    blocks: list[int]
    parts: int
    depth: int
    openings: dict[int, list[tuple[int, str]]]
    facts: dict[int, tuple[int, int, int]]
    part: int = 0
    outs: dict[int, int] = field(default_factory=dict)

    @property
    def variable(self) -> str:
        """The Python name of the part's number."""
        return f"z{self.frame.depth}"


def spines(flow: Flow) -> dict[int, list[int]]:
    """The blocks of each switch, the outermost first, by where its Python loop begins.

    That is the loop around the blocks, if nothing but blocks is between it and the br_table, else
    the outermost block. The br_table with most labels goes first.
    """
    claimed: set[int] = set()
    found: dict[int, list[int]] = {}
    tables = [at for at, name in enumerate(flow.names) if name == "br_table" and flow.reachable[at]]
    for at in sorted(tables, key=lambda at: (-len(flow.targets(at)), at)):
        if len(flow.targets(at)) >= LABELS_LEAST:
            _claim(flow, flow.parents[at], BLOCKS_LEAST, claimed, found)
    depths: dict[int, int] = {}
    for at, name in enumerate(flow.names):
        if name == "block" and flow.reachable[at] and at not in claimed:
            depths[at] = depths.get(flow.parents[at], 0) + 1
    seen: set[int] = set()
    for at in sorted(depths, key=lambda at: (-depths[at], at)):
        if depths[at] >= NESTED_LEAST and at not in claimed and at not in seen:
            seen.update(_claim(flow, at, NESTED_LEAST, claimed, found))
    return found


def _claim(
    flow: Flow, place: int, least: int, claimed: set[int], found: dict[int, list[int]]
) -> list[int]:
    """Make a switch of the blocks from a place outwards, if branches lead to enough of them.

    Returns the blocks looked at.
    """
    spine: list[int] = []
    while place >= 0 and flow.names[place] == "block" and place not in claimed:
        spine.append(place)
        place = flow.parents[place]
    used = [start for start in spine if flow.incoming.get(flow.ends[start] + 1)]
    if len(used) < least:
        return spine
    if (
        place >= 0
        and place + 1 in flow.loops
        and flow.names[place] == "loop"
        and place not in found
    ):
        found[place] = spine[::-1]
    else:
        spine = spine[: spine.index(used[-1]) + 1]
        found[spine[-1]] = spine[::-1]
    claimed.update(spine)
    return spine


def begin(
    control: Control, blocks: list[int], end: int, exit_: int | None, head: int | None
) -> Switch:
    """Open the Python loop and part 0. head: of a loop that shares it; then its end is `end`."""
    body = control.body
    writer, flow = body.writer, body.flow
    writer.line(f"z{writer.depth} = 0")
    frame = control.push_frame(exit_, None)
    count = len(blocks)
    if head is not None:
        frame.labels[head] = 0
    first = 0 if head is not None else 1  # whether the outermost block has a part behind it
    for position in range(count - 1, first - 1, -1):
        target = flow.follow(flow.ends[blocks[position]] + 1)
        if target != exit_:
            frame.labels[target] = count - position
    parts = count - first + 1
    if head is None:
        body.forget(blocks[0], end)
    else:
        body.forget_in_loop(head, end)
    switch = Switch(frame, blocks, parts, writer.depth, {}, dict(body.facts))
    for position, start in enumerate(blocks):
        control.members[start] = (switch, count - position)
    switch.openings[0] = [(writer.depth, f"if not {switch.variable}:")]
    _tree(switch, 1, parts + 1, writer.depth, [])
    control.switches.append(switch)
    _open_part(control, switch, 0)
    return switch


def _tree(switch: Switch, low: int, high: int, depth: int, before: list[tuple[int, str]]) -> None:
    """The lines that open each part; the last leaf is for targets outside."""
    if high - low == 1:
        switch.openings[low] = before
        return
    middle = (low + high) // 2
    test = (depth, f"if {switch.variable} < {middle}:")
    _tree(switch, low, middle, depth + 1, [*before, test])
    _tree(switch, middle, high, depth + 1, [(depth, "else:")])


def _open_part(control: Control, switch: Switch, part: int) -> None:
    writer = control.body.writer
    lines = switch.openings[part]
    if part:
        writer.close(lines[0][0] if lines else switch.depth)
    for depth, text in lines:
        writer.depth = depth
        writer.line(text)
        writer.depth = depth + 1
    switch.part = part
    control.body.facts = dict(switch.facts)


def next_part(control: Control, switch: Switch, number: int, alive: bool) -> None:
    """The end of a block: its part follows. Falling into it sets its number."""
    writer = control.body.writer
    if alive:
        writer.line(f"{switch.variable} = {number}")
        if switch.part:
            writer.line("continue")
    _open_part(control, switch, number)


def finish(control: Control, switch: Switch) -> None:
    """The last part is written: write the leaf for targets outside."""
    writer = control.body.writer
    _open_part(control, switch, switch.parts)
    outs = list(switch.outs.items())
    depth = writer.depth
    for target, number in outs:
        if number != switch.parts + len(outs) - 1:
            writer.line(f"if {switch.variable} == {number}:")
            writer.depth += 1
        control.jump(target)
        writer.depth = depth
    if not outs:
        writer.line("pass")
    writer.close(switch.depth)
    control.switches.pop()


def table(control: Control, index: Value) -> bool:
    """A br_table as a look-up of the part; False where no switch can take it."""
    body = control.body
    switch = control.switches[-1] if control.switches else None
    branches = body.flow.targets(body.at)
    if switch is None or not control.frames or control.frames[-1] is not switch.frame:
        return False
    if any(branch.keep for branch in branches) or len(branches) < 3:
        return False
    targets = [control.label(branch.target) for branch in branches]
    if control.last in targets or any(branch.target in control.inverted for branch in branches):
        return False
    numbers = []
    for target in targets:
        number = switch.frame.labels.get(target)
        if number is None:
            number = switch.outs.setdefault(target, switch.parts + len(switch.outs))
        numbers.append(number)
    last = len(numbers) - 1
    near = index.bits == 32 and -MASKS[32] <= index.low < 0 and index.high <= MASKS[32]
    index = body.name(index if near else closed(index))
    source = f"({', '.join(map(str, numbers[:-1]))},)[{index.text}]"
    if near:
        source += f" if 0 <= {index.text} < {last} else {numbers[-1]}"
    elif index.high >= last:
        source += f" if {index.text} < {last} else {numbers[-1]}"
    body.writer.line(f"{switch.variable} = {source}")
    innermost = body.flow.ends[switch.blocks[-1]]
    if switch.part or body.writer.depth != switch.depth + 1 or body.at + 1 != innermost:
        body.writer.line("continue")
    elif 0 in numbers:
        body.writer.line(f"if not {switch.variable}: continue")
    body.alive = False
    return True
