"""The records of open blocks and loops: each has its own."""

from __future__ import annotations

from wasm_vm.compiler.blocks import Block, Frame


def test_a_frame_knows_its_own_labels() -> None:
    first, second = Frame(3, None, 0), Frame(5, 1, 1)
    first.labels[7] = 2
    first.crossing[9] = 10
    assert (second.labels, second.crossing, second.used) == ({}, {}, False)


def test_a_block_starts_without_a_loop_of_python() -> None:
    first, second = (Block("block", 0, 4, 0, (), (), 3) for _ in range(2))
    first.facts[0] = (0, 1, 0)
    assert (second.frame, second.joined, second.inverted, second.facts) == (None, False, False, {})
