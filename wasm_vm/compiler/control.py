"""Structured control: blocks, loops, branches as Python's while, break, continue and if.

A Python loop (`Frame`) is made only where a branch needs one. Labels are compared by the first
instruction behind them that does something, so that a `break` which leads to a chain of `end`s
serves all labels on its way. A branch that leaves more than one Python loop sets the flag x_, which
is looked at behind each loop on the way, unless there is only one way on.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from wasm_vm.compiler import exceptions, switches
from wasm_vm.compiler.blocks import Block, Frame, Types
from wasm_vm.compiler.body import Body
from wasm_vm.compiler.switches import Switch
from wasm_vm.compiler.values import Value, closed, negated, plain, truthy
from wasm_vm.compiler.writer import WHILE_MOST, Unsupported
from wasm_vm.types import FunctionType
from wasm_vm.validation import Branch

INVERTED_MOST = 8
INVERTED_DEPTH = 60


class Control:
    """The open blocks and Python loops of a body."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.blocks: list[Block] = []
        self.frames: list[Frame] = []
        self.inverted: dict[int, Block] = {}
        self.switches: list[Switch] = []
        self.spines = switches.spines(body.flow)
        self.members: dict[int, tuple[Switch, int]] = {}
        self.tries = 0
        self.flagged = False
        self.last = len(body.plan.body) - 1

    # --- blocks -----------------------------------------------------------------------------

    def types(self, immediate: Any) -> tuple[Types, Types]:
        """Operands and results of a block type."""
        if isinstance(immediate, tuple):
            return (), immediate
        composite = self.body.module.module.types[immediate].composite
        assert isinstance(composite, FunctionType)  # validated
        return composite.parameters, composite.results

    def block(self, immediate: Any) -> None:
        """A block, alone or as the outermost of a switch."""
        body, flow = self.body, self.body.flow
        blocks = self.spines.get(body.at)
        if blocks:
            end = flow.ends[body.at]
            height = len(body.stack) - len(self.types(immediate)[0])
            body.settle(body.at, end, height)
            switches.begin(self, blocks, end, flow.follow(end + 1), None)
        self.open("block", immediate)

    def open(self, opcode: str, immediate: Any) -> Block:
        """Enter a block; its operands stay on the stack."""
        body = self.body
        start, (parameters, results) = body.at, self.types(immediate)
        end = body.flow.ends[start]
        height = len(body.stack) - len(parameters)
        body.settle(start, end, height)
        depth = body.writer.depth
        block = Block(opcode, start, end, height, parameters, results, depth)
        block.facts = dict(body.facts)
        if start in self.members:
            block.switch, block.part = self.members[start]
        elif opcode != "loop":
            own = (start, body.flow.elses.get(start))
            incoming = body.flow.incoming.get(end + 1, ())
            block.joined = bool(incoming) or opcode == "if"
            self.frame_for(block, [source for source in incoming if source not in own])
        self.blocks.append(block)
        return block

    def frame_for(self, block: Block, sources: list[int]) -> None:
        """Make a Python loop around a block where a branch to its end cannot do without."""
        flow = self.body.flow
        target = flow.follow(block.end + 1)
        if not sources or target == self.last:
            return
        if self.frames and self.frames[-1].exit == target:
            return
        if self.frames and target in self.frames[-1].labels:
            return
        if self.may_invert(block, sources):
            block.inverted = True
            self.inverted[block.end + 1] = block
            return
        block.frame = self.push_frame(target, None)

    def may_invert(self, block: Block, sources: list[int]) -> bool:
        """True when each branch can be an `if` around the rest of the block."""
        flow = self.body.flow
        if block.opcode != "block" or len(sources) > INVERTED_MOST or block.results:
            return False
        if self.body.writer.depth > INVERTED_DEPTH:
            return False
        return all(
            flow.names[source] == "br_if" and flow.parents[source] == block.start
            for source in sources
        )

    def push_frame(self, exit_: int | None, head: int | None) -> Frame:
        """Open a Python loop."""
        self.bound()
        writer = self.body.writer
        frame = Frame(exit_, head, writer.depth)
        writer.line("while 1:")
        writer.depth += 1
        self.frames.append(frame)
        return frame

    def bound(self) -> None:
        """Raise Unsupported where Python takes no more nested statements."""
        if len(self.frames) + self.tries >= WHILE_MOST:
            raise Unsupported("loops nested too deeply for Python")

    def pop_frame(self, natural: int | None) -> None:
        """Close a Python loop, behind which the instruction `natural` follows in the text."""
        writer = self.body.writer
        frame = self.frames.pop()
        writer.close(frame.depth)
        targets = list(frame.crossing)
        if targets and not frame.used and len(targets) == 1:
            self.land(targets[0])
            return
        if targets:
            writer.line("if x_:")
            depth = writer.depth
            for target in targets:
                writer.depth = depth + 1
                if target is not targets[-1]:
                    writer.line(f"if x_ == {frame.crossing[target]}:")
                    writer.depth += 1
                self.land(target)
            writer.close(depth)
        if frame.used and frame.exit is not None and frame.exit != natural:
            self.jump(frame.exit)

    def end(self) -> None:
        """Leave the innermost block."""
        body = self.body
        block = self.blocks.pop()
        flow, writer = body.flow, body.writer
        alive = bool(flow.reachable[block.end + 1])
        if block.switch is not None:
            self.end_part(block, block.switch)
        elif block.opcode == "loop":
            self.end_loop(block)
        else:
            incoming = flow.incoming.get(block.end + 1, ())
            guard = block.opcode == "if" and not body.alive and len(incoming) == 1
            guard = guard and not any(
                body.assigned_between(fact[0], block.start, block.end)
                for fact in (block.condition.when if block.condition else ())
                if fact
            )
            if block.joined and body.alive:
                body.to_slots(block.height, len(block.results))
            elif not body.alive:
                body.drop_to(block.height)
            if block.opcode == "if":
                self.end_if(block)
            if block.opcode == "else":
                writer.close(block.depth + (1 if block.frame is not None else 0))
            if block.opcode == "try_table":
                exceptions.end_try(self, block)
            if block.inverted:
                writer.close(block.depth)
                del self.inverted[block.end + 1]
            if block.frame is not None:
                if body.alive or block.opcode in ("if", "else"):
                    block.frame.used = True
                    writer.line("break")
                self.pop_frame(flow.follow(block.end + 1))
            if block.joined:
                body.drop_to(block.height)
                body.from_slots(block.results if alive else ())
                body.facts = block.facts
                body.forget(block.start, block.end)
                if guard and block.condition is not None:
                    body.learn_condition(block.condition, False)
        body.alive = alive

    def end_part(self, block: Block, switch: Switch) -> None:
        """The end of a block of a switch: the next part, or the end of the switch."""
        body = self.body
        flow = body.flow
        if body.alive:
            body.to_slots(block.height, len(block.results))
        body.drop_to(block.height)
        if block.part < switch.parts:
            switches.next_part(self, switch, block.part, body.alive)
        else:
            if body.alive:
                switch.frame.used = True
                body.writer.line("break")
            switches.finish(self, switch)
            self.pop_frame(flow.follow(block.end + 1))
            body.facts = dict(switch.facts)
        if flow.reachable[block.end + 1]:
            body.from_slots(block.results)

    # --- if ---------------------------------------------------------------------------------

    def if_(self, immediate: Any) -> None:
        """The condition, and the first arm."""
        body = self.body
        condition = truthy(body.pop())
        block = self.open("if", immediate)
        count = len(block.parameters)
        block.saved = body.stack[len(body.stack) - count :]
        block.condition = condition
        body.learn_condition(condition, True)
        body.writer.line(f"if {condition.text}:")
        body.writer.depth += 1

    def else_(self) -> None:
        """The second arm."""
        body = self.body
        block = self.blocks[-1]
        depth = block.depth + (1 if block.frame is not None else 0)
        if body.alive:
            body.to_slots(block.height, len(block.results))
        body.drop_to(block.height)
        self.second_arm(block, depth)
        for value in block.saved:
            body.push(value)
        body.facts = dict(block.facts)
        if block.condition is not None:
            body.learn_condition(block.condition, False)
        block.opcode = "else"
        body.alive = True

    def second_arm(self, block: Block, depth: int) -> None:
        """Write `else:` and pay the difference to the likely arm."""
        body = self.body
        body.writer.close(depth)
        body.writer.line("else:")
        body.writer.depth = depth + 1
        paid = body.flow.before(block.start + 1)
        branch = body.flow.targets(block.start)[0]
        body.settle_fuel(paid, branch.target)

    def end_if(self, block: Block) -> None:
        """An if without else: where the condition is zero, the operands are the results."""
        body = self.body
        depth = block.depth + (1 if block.frame is not None else 0)
        body.drop_to(block.height)
        paid = body.flow.before(block.start + 1)
        if block.parameters or body.adjust(paid, block.end + 1):
            self.second_arm(block, depth)
            for value in block.saved:
                body.push(value)
            body.to_slots(block.height, len(block.parameters))
        body.writer.close(depth)

    # --- loops ------------------------------------------------------------------------------

    def loop(self, immediate: Any) -> None:
        """A Python loop, where a branch leads back to the start."""
        body = self.body
        flow = body.flow
        block = self.open("loop", immediate)
        if block.start + 1 not in flow.loops:
            return
        body.to_slots(block.height, len(block.parameters))
        falls = flow.reachable[block.end]
        exit_ = flow.follow(block.end + 1) if falls else self.likely_exit(block)
        blocks = self.spines.get(block.start)
        if blocks:
            switch = switches.begin(self, blocks, block.end, exit_, block.start + 1)
            block.frame, block.merged = switch.frame, switch
            body.from_slots(block.parameters)
            body.header(block.start + 1)
            return
        block.frame = self.push_frame(exit_, block.start + 1)
        body.forget_in_loop(block.start, block.end)
        body.from_slots(block.parameters)
        body.header(block.start + 1)

    def likely_exit(self, block: Block) -> int | None:
        """Where most branches out of a loop lead that is never left at its end."""
        flow = self.body.flow
        found: Counter[int] = Counter()
        for at in range(block.start, block.end):
            for branch in flow.targets(at) if flow.reachable[at] else ():
                if not block.start < branch.target <= block.end:
                    found[flow.follow(branch.target)] += 1
        found.pop(self.last, None)
        return found.most_common(1)[0][0] if found else None

    def end_loop(self, block: Block) -> None:
        """The end of a loop leaves it."""
        body = self.body
        if block.frame is None:
            if not body.alive:
                body.drop_to(block.height)
            return
        falls = body.flow.reachable[block.end]
        if body.alive:
            body.to_slots(block.height, len(block.results))
            block.frame.used = True
            body.writer.line("break")
        body.drop_to(block.height)
        if block.merged is not None:
            switches.finish(self, block.merged)
        body.facts = block.facts
        body.forget(block.start, block.end)
        self.pop_frame(body.flow.follow(block.end + 1) if falls else None)
        if falls:
            body.from_slots(block.results)

    # --- branches ---------------------------------------------------------------------------

    def leave(self, values: list[Value]) -> None:
        """Return from the function."""
        texts = [self.body.clean(value).text for value in values]
        match len(texts):
            case 0:
                self.body.writer.line("return")
            case 1:
                self.body.writer.line(f"return {texts[0]}")
            case _:
                self.body.writer.line(f"return ({', '.join(texts)})")

    def return_values(self, branch: Branch) -> list[Value]:
        """The function's results when a branch leads to its end."""
        stack = self.body.stack
        kept = stack[len(stack) - branch.keep :] if branch.keep else []
        values = stack[: branch.height] + kept
        count = len(self.body.plan.type.results)
        return values[len(values) - count :]

    def take(self, branch: Branch, paid: int) -> None:
        """Branch, here and now; the symbolic stack stays as it is."""
        body = self.body
        target = body.flow.follow(branch.target)
        if target == self.last:
            body.settle_fuel(paid, branch.target)
            self.leave(self.return_values(branch))
            return
        kept = body.stack[len(body.stack) - branch.keep :] if branch.keep else []
        for position, value in enumerate(kept, branch.height):
            name = f"s{position}"
            if value.dirty:
                value = body.clean(value)
            text = closed(value).text
            if text != name:
                body.writer.line(f"{name} = {text}")
        body.settle_fuel(paid, branch.target)
        self.jump(self.label(branch.target))

    def label(self, target: int) -> int:
        """How frames know a label: a loop by its head, all others by what follows."""
        flow = self.body.flow
        if flow.names[target - 1] == "loop":
            return target
        return flow.follow(target)

    def is_direct(self, target: int) -> bool:
        """True when the innermost Python loop can go there."""
        frame = self.frames[-1]
        return target in (frame.exit, frame.head) or target in frame.labels

    def jump(self, target: int) -> None:
        """Go to a target that some open Python loop knows."""
        line = self.body.writer.line
        frame = self.frames[-1]
        if target in frame.labels:
            line(f"z{frame.depth} = {frame.labels[target]}")
            line("continue")
        elif target == frame.head:
            line("continue")
        elif target == frame.exit:
            frame.used = True
            line("break")
        else:
            self.flagged = True
            frame.crossing.setdefault(target, target + 1)
            line(f"x_ = {target + 1}")
            line("break")

    def land(self, target: int) -> None:
        """Behind a Python loop that a branch has left: go on to its target."""
        if not self.frames:
            raise Unsupported("a branch to nowhere")
        if self.is_direct(target):
            self.body.writer.line("x_ = 0")
            self.jump(target)
        else:
            self.frames[-1].crossing.setdefault(target, target + 1)
            self.body.writer.line("break")

    def br(self) -> None:
        """An unconditional branch."""
        body = self.body
        branch = body.flow.targets(body.at)[0]
        self.take(branch, body.flow.before(branch.target))
        body.alive = False

    def br_if(self) -> None:
        """A conditional branch on the operand on top."""
        self.conditional(truthy(self.body.pop()), self.body.flow.targets(self.body.at)[0])

    def conditional(self, condition: Value, branch: Branch) -> None:
        """Branch where a Python condition holds; the operands are on the stack."""
        body = self.body
        flow, writer = body.flow, body.writer
        paid = flow.before(flow.predicted(body.at))
        block = self.inverted.get(branch.target)
        if block is not None:
            if body.adjust(paid, branch.target):
                writer.line(f"if {condition.text}:")
                writer.depth += 1
                body.settle_fuel(paid, branch.target)
                writer.depth -= 1
                writer.line("else:")
            else:
                writer.line(f"if {negated(condition).text}:")
            writer.depth += 1
        else:
            writer.line(f"if {condition.text}:")
            writer.depth += 1
            self.take(branch, paid)
            writer.depth -= 1
        body.settle_fuel(paid, body.at + 1)
        body.learn_condition(condition, False)

    def br_table(self) -> None:
        """A balanced tree of comparisons."""
        body = self.body
        index = plain(body.pop())
        if switches.table(self, index):
            return
        index = closed(index)
        branches = body.flow.targets(body.at)
        arms: list[tuple[int, Branch]] = []
        for number, branch in enumerate(branches):
            if not arms or arms[-1][1] != branch:
                arms.append((number, branch))
        if len(arms) > 1:
            index = body.name(index)
        self.tree(index, arms)
        body.alive = False

    def tree(self, index: Value, arms: list[tuple[int, Branch]]) -> None:
        """Go where an index says; each arm is valid from its number on."""
        if len(arms) == 1:
            self.take(arms[0][1], 0)
            return
        writer, middle = self.body.writer, len(arms) // 2
        depth = writer.depth
        writer.line(f"if {index.text} < {arms[middle][0]}:")
        writer.depth = depth + 1
        self.tree(index, arms[:middle])
        writer.close(depth)
        writer.line("else:")
        writer.depth = depth + 1
        self.tree(index, arms[middle:])
        writer.close(depth)
