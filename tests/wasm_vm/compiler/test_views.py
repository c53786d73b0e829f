"""Views of a memory: made anew when it grows, in every namespace that uses them."""

from __future__ import annotations

import gc
import weakref

import wasm_vm
from wasm_vm.compiler.views import LETTERS, Namespace, views_of


def memory(pages: int = 1) -> wasm_vm.Memory:
    return wasm_vm.Memory(wasm_vm.MemoryType(wasm_vm.Bounds(pages, 4)))


def test_a_memory_has_one_set_of_views() -> None:
    found = memory()
    assert views_of(found) is views_of(found)
    assert views_of(found) is not views_of(memory())


def test_each_width_sees_the_same_bytes() -> None:
    found, space = memory(), Namespace()
    views_of(found).add(space, 0)
    found.write(8, b"\xff\xff\xff\xff\0\0\0\0")
    names = space.names
    assert (names["MB0"][8], names["Mb0"][8], names["MH0"][4], names["Mi0"][2]) == (
        255,
        -1,
        0xFFFF,
        -1,
    )
    assert names["MQ0"][1] == 0xFFFF_FFFF
    assert names["D0"] is found.data
    assert names["O0"] is found


def test_all_namespaces_see_a_grown_memory() -> None:
    found, first, second = memory(), Namespace(), Namespace()
    views_of(found).add(first, 0)
    views_of(found).add(second, 3)
    assert found.grow(1) == 1
    for space, index in ((first, 0), (second, 3)):
        for letter in LETTERS:
            assert space.names[f"M{letter}{index}"].nbytes == 2 * wasm_vm.PAGE_SIZE
    assert found.grow(9) == -1
    assert len(first.names["MI0"]) == 2 * wasm_vm.PAGE_SIZE // 4


def test_an_empty_memory_has_views_without_elements() -> None:
    found, space = memory(0), Namespace()
    views_of(found).add(space, 0)
    assert len(space.names["MI0"]) == 0
    found.grow(1)
    assert space.names["MI0"][0] == 0


def test_views_do_not_keep_an_instance_alive() -> None:
    found, space = memory(), Namespace()
    views_of(found).add(space, 0)
    gone = weakref.ref(space)
    del space
    gc.collect()
    assert gone() is None
    assert found.grow(1) == 1
