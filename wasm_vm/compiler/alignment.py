"""Trailing zeros of locals over the turns of a loop: what makes addresses provably aligned."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wasm_vm.compiler.body import Body

DEPTH_MOST = 6
"""Instructions of nesting that an assigned expression is followed into."""

SETS_MOST = 200
ROUNDS_MOST = 8

_LEAST_OF_BOTH = frozenset({"add", "sub", "or", "xor"})


def zeros_in_loop(body: Body, start: int, end: int) -> dict[int, int]:
    """Locals that a range assigns, with low bits that are zero before it and after each turn.

    The facts of the body are those before the loop. Assume that they hold at the start of a turn,
    look at every assignment, and assume less until that is true.
    """
    assumed: dict[int, int] = {}
    for index, (_, _, zeros) in body.facts.items():
        if zeros and body.assigned_between(index, start, end):
            assumed[index] = zeros
    inside = {index: _between(body.sets[index], start, end) for index in assumed}
    for index, places in inside.items():
        if len(places) > SETS_MOST:
            del assumed[index]
    for _ in range(ROUNDS_MOST):
        changed = False
        for index, zeros in list(assumed.items()):
            found = min(
                _zeros(body, place - 1, start, end, assumed, 0)[0] for place in inside[index]
            )
            if found < zeros:
                changed = True
                if found:
                    assumed[index] = found
                else:
                    del assumed[index]
        if not changed:
            return assumed
    return {}


def _between(places: list[int], start: int, end: int) -> list[int]:
    return places[bisect_left(places, start) : bisect_left(places, end)]


def _zeros(
    body: Body, at: int, start: int, end: int, assumed: dict[int, int], depth: int
) -> tuple[int, int]:
    """Zeros of the operand that an instruction leaves on top, and the instruction before it.

    (0, -1) where that is not known.
    """
    if depth > DEPTH_MOST or at < start:
        return 0, -1
    row, immediate, _ = body.plan.body[at]
    kind, _, verb = row.name.partition(".")
    if row.name == "local.get":
        return _local(body, immediate, start, end, assumed), at - 1
    if row.name == "local.tee":
        return _zeros(body, at - 1, start, end, assumed, depth + 1)
    if kind not in ("i32", "i64"):
        return 0, -1
    if verb == "const":
        return (immediate & -immediate).bit_length() - 1 if immediate else 64, at - 1
    if row.operands is None or len(row.operands) != 2:
        return 0, -1
    right, before = _zeros(body, at - 1, start, end, assumed, depth + 1)
    if before < 0:
        return 0, -1
    left, first = _zeros(body, before, start, end, assumed, depth + 1)
    if verb == "shl" and body.plan.body[at - 1][0].name.endswith(".const"):
        return left + (body.plan.body[at - 1][1] & 31), first
    if verb in _LEAST_OF_BOTH:
        return min(left, right), first
    if verb == "and":
        return max(left, right), first
    if verb == "mul":
        return left + right, first
    return 0, first


def _local(body: Body, index: int, start: int, end: int, assumed: dict[int, int]) -> int:
    if index in assumed:
        return assumed[index]
    if index in body.facts and not body.assigned_between(index, start, end):
        return body.facts[index][2]
    return 0
