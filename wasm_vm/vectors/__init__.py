"""Vector operations by the name of their instruction (spec 4.3.5, 4.3.6): 16 bytes in and out."""

from __future__ import annotations

from wasm_vm.vectors import floats, integers, moves, relaxed
from wasm_vm.vectors.integers import shuffle
from wasm_vm.vectors.lanes import Operation

__all__ = ["OPERATIONS", "Operation"]

OPERATIONS: dict[str, Operation] = {
    **integers.OPERATIONS,
    **floats.OPERATIONS,
    **relaxed.OPERATIONS,
    **moves.OPERATIONS,
    "i8x16.shuffle": shuffle,
}
