"""A call tree as a flame graph: one SVG file without scripts, callers below, width is fuel."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape
from zlib import crc32

from wasm_vm.commands.account import Node, walk
from wasm_vm.commands.terminal import printable

WIDTH = 1200
ROW_HEIGHT = 18
_LETTER_WIDTH = 6.7
_NARROWEST = 0.2
"""Pixels; what is narrower is left out."""

Box = tuple[Node, int, float, float]
"""A place in the tree, its depth, and in pixels where it begins and how wide it is."""


def flame_graph(root: Node) -> str:
    """The SVG of a tree."""
    totals = _totals(root)
    boxes = list(_boxes(root, totals))
    height = ROW_HEIGHT * (1 + max(depth for _, depth, _, _ in boxes))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="monospace" font-size="11">'
    )
    whole = max(totals[root], 1)
    return "\n".join([head, *(_drawn(box, totals, whole, height) for box in boxes), "</svg>", ""])


def _totals(root: Node) -> dict[Node, int]:
    """Fuel of each node and everything below it."""
    nodes = [node for node, _ in walk(root)]
    totals = {node: node.count.fuel for node in nodes}
    for node in reversed(nodes):
        for child in node.children.values():
            totals[node] += totals[child]
    return totals


def _boxes(root: Node, totals: dict[Node, int]) -> Iterator[Box]:
    """Boxes from the root upwards, children in the order of their first call."""
    unit = WIDTH / max(totals[root], 1)
    waiting: list[Box] = [(root, 0, 0.0, float(WIDTH))]
    while waiting:
        node, depth, x, width = waiting.pop()
        yield node, depth, x, width
        for child in node.children.values():
            size = totals[child] * unit
            if size >= _NARROWEST:
                waiting.append((child, depth + 1, x, size))
            x += size


def _drawn(box: Box, totals: dict[Node, int], whole: int, height: int) -> str:
    """One box: a rectangle with a tooltip and, where there is room, the label."""
    node, depth, x, width = box
    y = height - (depth + 1) * ROW_HEIGHT
    label = printable(node.label)
    share = 100 * totals[node] / whole
    own = node.count
    title = (
        f"{label}: {totals[node]} units ({share:.2f}%), {own.fuel} of them its own, "
        f"{own.calls} calls"
    )
    letters = int((width - 6) / _LETTER_WIDTH)
    shown = label if len(label) <= letters else label[: letters - 1] + "…" if letters > 2 else ""
    text = f'<text x="{x + 3:.1f}" y="{y + 13}">{escape(shown)}</text>' if shown else ""
    return (
        f'<g><title>{escape(title)}</title><rect x="{x:.2f}" y="{y}" width="{width:.2f}" '
        f'height="{ROW_HEIGHT - 1}" fill="{_colour(label)}"/>{text}</g>'
    )


def _colour(label: str) -> str:
    """A warm colour that a function keeps from run to run."""
    number = crc32(label.encode())
    return f"hsl({number % 50 + 10} 80% {number // 64 % 16 + 62}%)"
