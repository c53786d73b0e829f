"""Sections of a module, found and exchanged."""

from __future__ import annotations

import pytest

import wasm_vm
from ferrite.plugins import encoder
from ferrite.plugins.sections import sections, with_custom_section, with_more_memory
from tests.support.wat import assemble

MODULE = (
    encoder.PREAMBLE
    + encoder.custom_section("a", b"1")
    + encoder.section(encoder.TYPE, encoder.vector([]))
    + encoder.custom_section("a", b"2")
    + encoder.custom_section("b", b"")
)


def test_sections() -> None:
    assert [section[2:] for section in sections(MODULE)] == [
        (0, "a", b"1"),
        (1, "", b""),
        (0, "a", b"2"),
        (0, "b", b""),
    ]
    assert b"".join(MODULE[each.start : each.end] for each in sections(MODULE)) == MODULE[8:]


def test_exchange() -> None:
    for name in ("a", "b", "c"):
        changed = with_custom_section(MODULE, name, b"new")
        found = [(each.name, each.content) for each in sections(changed)]
        assert found[-1] == (name, b"new")
        kept = [(each.name, each.content) for each in sections(MODULE) if each.name != name]
        assert found[:-1] == kept
        assert wasm_vm.load(changed).module.custom(name) == b"new"
    assert with_custom_section(with_custom_section(MODULE, "a", b"x"), "a", b"y") == (
        with_custom_section(MODULE, "a", b"y")
    )


@pytest.mark.parametrize("pages", [0, 1, 100, 60_000])
@pytest.mark.parametrize(
    "fields",
    [
        "(memory 1)",
        '(type (func)) (memory 127) (export "memory" (memory 0)) (data (i32.const 0) "abc")',
        "(memory 128 65536)",
        "(memory 3) (memory 5 6)",
    ],
)
def test_more_memory(fields: str, pages: int) -> None:
    binary = assemble(fields)
    first, *others = wasm_vm.load(binary).module.memories
    changed = with_more_memory(binary, pages)
    grown, *kept = wasm_vm.load(changed).module.memories
    assert grown.bounds.minimum == first.bounds.minimum + pages
    assert grown.bounds.maximum == first.bounds.maximum
    assert kept == others
    names = [(each.number, each.content) for each in sections(binary)]
    assert [(each.number, each.content) for each in sections(changed)] == names
    assert changed == binary or pages


def test_more_memory_of_none() -> None:
    assert with_more_memory(MODULE, 5) == MODULE


@pytest.mark.parametrize("size", range(len(MODULE)))
def test_what_is_cut_off_is_left_alone(size: int) -> None:
    changed = with_custom_section(MODULE[:size], "z", b"")
    assert changed == MODULE[:size] + encoder.custom_section("z", b"")
