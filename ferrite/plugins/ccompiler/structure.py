"""A function's blocks and jumps as nested control (Ramsey 2022, "Beyond Relooper").

Rule: the dominator tree decides the nesting. A block with two ways in follows a `block` that its
dominator opened, a loop header opens a `loop`, anything else stands where it is jumped to. Only
a jump into the middle of a loop has no such form, and C has that through `goto` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

Node: TypeAlias = Any
"""A block, as its maker knows it: anything hashable."""


class IrreducibleError(Exception):
    """Control enters a loop past its header."""


class Flow:
    """Order and dominance of the blocks that an entry block reaches.

    order: position of each block in reverse postorder, the entry first.
    children: the blocks each block dominates directly, in that order.
    loop_headers: blocks that a later block jumps back to.
    merges: blocks with more than one way in, not counting the ways back.
    """

    def __init__(self, entry: Node, successors: Callable[[Node], Sequence[Node]]) -> None:
        nodes = _reverse_postorder(entry, successors)
        self.order = {node: position for position, node in enumerate(nodes)}
        forward: dict[Node, list[Node]] = {node: [] for node in nodes}
        backward: list[tuple[Node, Node]] = []
        for node in nodes:
            for target in successors(node):
                if self.is_back_edge(node, target):
                    backward.append((node, target))
                else:
                    forward[target].append(node)
        self._dominator = {entry: entry}
        for node in nodes[1:]:
            self._dominator[node] = self._common_dominator(forward[node])
        self.children: dict[Node, list[Node]] = {node: [] for node in nodes}
        for node in nodes[1:]:
            self.children[self._dominator[node]].append(node)
        self.merges = {node for node in nodes if len(forward[node]) > 1}
        self.loop_headers = {target for _, target in backward}
        for source, target in backward:
            if not self._dominates(target, source):
                raise IrreducibleError

    def is_back_edge(self, source: Node, target: Node) -> bool:
        """Whether the jump goes back to a loop header."""
        return self.order[target] <= self.order[source]

    def _common_dominator(self, predecessors: list[Node]) -> Node:
        """The nearest block all of them pass: exact in one pass, since the rest is a DAG."""
        common = predecessors[0]
        for other in predecessors[1:]:
            while common != other:
                if self.order[common] > self.order[other]:
                    common = self._dominator[common]
                else:
                    other = self._dominator[other]
        return common

    def _dominates(self, node: Node, other: Node) -> bool:
        while self.order[other] > self.order[node]:
            other = self._dominator[other]
        return bool(other == node)


def _reverse_postorder(entry: Node, successors: Callable[[Node], Sequence[Node]]) -> list[Node]:
    seen = {entry}
    finished: list[Node] = []
    stack = [(entry, iter(successors(entry)))]
    while stack:
        node, remaining = stack[-1]
        for target in remaining:
            if target not in seen:
                seen.add(target)
                stack.append((target, iter(successors(target))))
                break
        else:
            finished.append(node)
            stack.pop()
    return finished[::-1]
