"""The meanings of the instruction table as Python functions.

The text that is compiled here stands in the table's own rows; nothing of a guest ever gets here.
"""

from __future__ import annotations

from functools import cache
from math import copysign
from typing import Any

from wasm_vm import numeric, vectors
from wasm_vm.instructions.row import Instruction

OPERANDS = ("a", "b", "c")

NAMESPACE: dict[str, Any] = {
    **{name: value for name, value in vars(numeric).items() if not name.startswith("_")},
    "copysign": copysign,
    **{name.replace(".", "_"): value for name, value in vectors.OPERATIONS.items()},
}
"""What a meaning may name: the helpers of numeric.py, and the vector operations."""


def text(instruction: Instruction, *operands: str) -> str:
    """The meaning as a Python expression over the operands given as expressions.

    The immediate is called `immediate`.
    """
    return instruction.meaning.format(**dict(zip(OPERANDS, operands, strict=False)), i="immediate")


@cache
def function(instruction: Instruction) -> Any:
    """The meaning as a function of the operands' raw values."""
    names = OPERANDS[: len(instruction.operands or ())]
    source = f"lambda {', '.join(names)}: {text(instruction, *names)}"
    return eval(source, NAMESPACE)
