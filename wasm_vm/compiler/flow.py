"""What can run, and what it costs: fuel is charged ahead, once per region, by potentials.

A *header* is a place where the account is exact: the function's entry, the head of a loop (unless
every turn of it passes another header), the place behind each call-like instruction, where a caught
exception goes on. There the generated code makes sure that the dearest way to the next header
(`dearest`) is affordable, so that fuel cannot run out in between, and pays the predicted way
(`ahead`). Whoever leaves the predicted way pays the difference or gets it back; a trap gives back
what was paid for instructions behind it.

A *soft header* only pays: targets of br_table, whose many ways would have as many differences.
"""

from __future__ import annotations

from collections.abc import Iterable

from wasm_vm.types import DefinedType, FunctionType
from wasm_vm.validation import Branch, FunctionPlan

CALLS = frozenset({"call", "call_indirect", "call_ref"})
TAIL_CALLS = frozenset({"return_call", "return_call_indirect", "return_call_ref"})
FINAL = TAIL_CALLS | {"br", "br_table", "return", "unreachable", "throw", "throw_ref"}
"""Nothing behind these is reached by falling through."""


BULK_MOST = 16_384
"""Bytes of a bulk instruction that are paid ahead where they are known."""

SEARCH_MOST = 500
"""Instructions that are searched for a way round a loop without a header."""


class Flow:
    """The control flow of a function, by the index of each instruction.

    ends: of each block, loop, if, try_table the index of its end; elses: of each if that has one
    its else. reachable: 1 where control can come. ahead: units of the predicted way from here to
    the next header; dearest: of the dearest one.
    """

    __slots__ = (
        "ahead",
        "dearest",
        "elses",
        "ends",
        "headers",
        "incoming",
        "joins",
        "loops",
        "names",
        "onward",
        "parents",
        "plan",
        "reachable",
        "soft",
        "types",
    )

    def __init__(self, plan: FunctionPlan, types: tuple[DefinedType, ...]) -> None:
        """types: those of the module, in which block types are indices."""
        self.plan = plan
        self.types = types
        self.names = [row.name for row, _, _ in plan.body]
        size = len(self.names)
        self.ends: dict[int, int] = {}
        self.elses: dict[int, int] = {}
        self.reachable = bytearray(size + 1)
        self.incoming: dict[int, list[int]] = {}
        self.headers: set[int] = set()
        self.soft: set[int] = set()
        self.joins: set[int] = set()
        self.loops: set[int] = set()
        self.parents = [-1] * size
        self.ahead = [0] * (size + 1)
        self.dearest = [0] * (size + 1)
        self._match()
        self.onward = self._forward()
        self._reach()
        self._potentials()

    def _match(self) -> None:
        opened: list[int] = []
        for at, name in enumerate(self.names[:-1]):
            if opened:
                self.parents[at] = opened[-1]
            if name in ("block", "loop", "if", "try_table"):
                opened.append(at)
            elif name == "else":
                self.elses[opened[-1]] = at
            elif name == "end":
                self.ends[opened.pop()] = at

    def _forward(self) -> list[int]:
        """For each instruction the first one from there on that does something.

        An `end` or `else` does something where a label in front of it leaves fewer operands in
        slots than the block behind it: the others have to be put there.
        """
        last = len(self.names) - 1
        onward = list(range(last + 2))
        ended = {end: start for start, end in self.ends.items()}
        ended |= {else_: start for start, else_ in self.elses.items()}
        for at in range(last - 1, -1, -1):
            if self.names[at] == "nop":
                onward[at] = onward[at + 1]
            elif at in ended and self._moves(at, ended):
                continue
            elif self.names[at] == "end":
                onward[at] = onward[at + 1]
            elif self.names[at] == "else":
                branch = self.plan.branches[at]
                assert isinstance(branch, Branch)  # validated
                onward[at] = onward[branch.target]
        return onward

    def _moves(self, at: int, ended: dict[int, int]) -> bool:
        before = at - 1
        while self.names[before] == "nop":
            before -= 1
        if self.names[before] != "end":
            return False
        return self._result_count(ended[before]) != self._result_count(ended[at])

    def _result_count(self, start: int) -> int:
        row, immediate, _ = self.plan.body[start]
        kind = immediate[0] if row.name == "try_table" else immediate
        if isinstance(kind, tuple):
            return len(kind)
        composite = self.types[kind].composite
        assert isinstance(composite, FunctionType)  # validated
        return len(composite.results)

    def follow(self, at: int) -> int:
        """The first instruction from here that does something."""
        return self.onward[at]

    def targets(self, at: int) -> tuple[Branch, ...]:
        """The branches of an instruction."""
        branch = self.plan.branches.get(at)
        if branch is None:
            return ()
        return (branch,) if isinstance(branch, Branch) else branch

    def _reach(self) -> None:
        reachable, names = self.reachable, self.names
        reachable[0] = 1
        catches = {handler.start: handler.branches for handler in self.plan.handlers}
        for at, name in enumerate(names):
            if not reachable[at]:
                continue
            for branch in self.targets(at):
                reachable[branch.target] = 1
                self.incoming.setdefault(branch.target, []).append(at)
            if name == "br_table":
                self.soft.update(self.follow(branch.target) for branch in self.targets(at))
            for branch in catches.get(at, ()):
                reachable[branch.target] = 1
                self.incoming.setdefault(branch.target, []).append(at)
                self.headers.add(self.follow(branch.target))
            if name not in FINAL and name != "else":
                reachable[at + 1] = 1
            if self.is_border(at):
                self.headers.add(at + 1)
        self.joins = self.soft | (
            self.headers
            - {at + 1 for at in range(len(names)) if reachable[at] and self.is_border(at)}
        )
        for at, name in enumerate(names):
            if name == "loop" and any(source > at for source in self.incoming.get(at + 1, ())):
                self.loops.add(at + 1)
                self.joins.discard(at + 1)
        self.headers |= self.loops
        for head in sorted(self.loops, reverse=True):
            if self._has_border_on_every_turn(head):
                self.headers.discard(head)

    def _ways(self, at: int) -> list[int]:
        """Where control can go from an instruction."""
        if at == len(self.names) - 1:
            return []
        ways = [branch.target for branch in self.targets(at)]
        if self.names[at] not in FINAL and self.names[at] != "else":
            ways.append(at + 1)
        return ways

    def _has_border_on_every_turn(self, head: int) -> bool:
        """True when no way leads from the head of a loop back to it but over other headers."""
        seen = {head}
        pending = [head]
        while pending:
            at = pending.pop()
            if len(seen) > SEARCH_MOST or len(self.targets(at)) > SEARCH_MOST:
                return False
            for way in self._ways(at):
                if way == head:
                    return False
                if way not in self.headers and way not in seen:
                    seen.add(way)
                    pending.append(way)
        return True

    def _order(self) -> Iterable[int]:
        """The instructions, each behind all that follow it on ways without headers."""
        if self.loops <= self.headers:
            return range(len(self.names) - 1, -1, -1)
        order: list[int] = []
        seen = bytearray(len(self.names))
        for start in range(len(self.names) - 1, -1, -1):
            pending = [start] if self.reachable[start] and not seen[start] else []
            while pending:
                at = pending[-1]
                if seen[at] == 0:
                    seen[at] = 1
                    pending += [
                        way for way in self._ways(at) if way not in self.headers and not seen[way]
                    ]
                else:
                    pending.pop()
                    if seen[at] == 1:
                        seen[at] = 2
                        order.append(at)
        return order

    def is_border(self, at: int) -> bool:
        """True where the account must be exact: foreign code or a variable cost comes in."""
        row = self.plan.body[at][0]
        return row.name in CALLS or (row.variable != "" and self.bytes_known(at) is None)

    def bytes_known(self, at: int) -> int | None:
        """The bytes of a memory.copy or memory.fill, where a small constant says how many."""
        if (
            self.names[at] not in ("memory.copy", "memory.fill")
            or self.names[at - 1] != "i32.const"
        ):
            return None
        count: int = self.plan.body[at - 1][1]
        return count if count <= BULK_MOST else None

    def cost(self, at: int) -> int:
        """Units of an instruction, as far as they are known."""
        return self.plan.body[at][0].cost + (self.bytes_known(at) or 0)

    def before(self, at: int) -> int:
        """Units paid ahead when control comes to an instruction."""
        return 0 if at in self.headers or at in self.soft else self.ahead[at]

    def predicted(self, at: int) -> int:
        """The likely successor of an instruction that has one."""
        name = self.names[at]
        if name in ("br", "else"):
            return self.targets(at)[0].target
        if name == "br_if" and self.targets(at)[0].target <= at:
            return self.targets(at)[0].target
        if name == "br_table":
            return self.targets(at)[-1].target
        return at + 1

    def _potentials(self) -> None:
        for at in self._order():
            if not self.reachable[at]:
                continue
            cost = self.cost(at)
            ways = self._ways(at)
            paid = self.before(self.predicted(at)) if ways else 0
            self.ahead[at] = cost + paid
            self.dearest[at] = cost + max(
                (0 if way in self.headers else self.dearest[way] for way in set(ways)), default=0
            )

    def refund(self, at: int) -> int:
        """Units paid ahead for what a trap at an instruction keeps from happening."""
        return self.ahead[at] - self.plan.body[at][0].cost
