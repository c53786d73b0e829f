"""Blocks and jumps as nested control: dominators, loops, merges, and what has no nesting."""

from __future__ import annotations

import random

import pytest

from ferrite.plugins.ccompiler.structure import Flow, IrreducibleError

Graph = dict[str, list[str]]


def flow(graph: Graph) -> Flow:
    return Flow("a", graph.__getitem__)


def test_a_diamond_merges_once() -> None:
    found = flow({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []})
    assert found.merges == {"d"}
    assert found.loop_headers == set()
    assert set(found.children["a"]) == {"b", "c", "d"}
    assert found.order["d"] == 3


def test_a_loop_is_no_merge() -> None:
    found = flow({"a": ["b"], "b": ["c", "d"], "c": ["b"], "d": []})
    assert found.loop_headers == {"b"}
    assert found.merges == set()
    assert found.is_back_edge("c", "b")
    assert not found.is_back_edge("b", "c")


def test_a_block_may_be_both() -> None:
    found = flow({"a": ["b", "c"], "b": ["c"], "c": ["c", "d"], "d": []})
    assert found.loop_headers == found.merges == {"c"}


def test_unreachable_blocks_are_left_out() -> None:
    assert set(flow({"a": [], "b": ["a"]}).order) == {"a"}


def test_a_jump_into_a_loop_has_no_nesting() -> None:
    with pytest.raises(IrreducibleError):
        flow({"a": ["b", "c"], "b": ["c"], "c": ["b"]})


def dominators(graph: Graph) -> dict[str, set[str]]:
    """By definition: a block is dominated by what its removal makes unreachable."""

    def reach(without: str | None) -> set[str]:
        found: set[str] = set()
        waiting = ["a"] if without != "a" else []
        while waiting:
            node = waiting.pop()
            if node not in found and node != without:
                found.add(node)
                waiting += graph[node]
        return found

    everything = reach(None)
    return {node: everything - reach(node) for node in everything}


def test_dominators_of_random_graphs_are_those_of_the_definition() -> None:
    generator = random.Random(1)
    checked = 0
    for _ in range(400):
        names = "abcdefgh"[: generator.randint(2, 8)]
        graph = {
            name: [generator.choice(names) for _ in range(generator.randint(0, 2))]
            for name in names
        }
        try:
            found = flow(graph)
        except IrreducibleError:
            continue
        checked += 1
        expected = dominators(graph)
        for parent, children in found.children.items():
            for child in children:
                assert child in expected[parent]
                between = expected[parent] - {parent, child}
                assert not any(child in expected[other] for other in between)
    assert checked > 200
