from __future__ import annotations

import pytest

from tests.support import wat
from tests.support.binaries import PREAMBLE, custom, leb, module, raw_section
from wasm_vm.binary.layout import NAMES, section_ranges
from wasm_vm.binary.sections import SECTIONS
from wasm_vm.errors import Malformed


def test_every_section_has_a_name() -> None:
    assert set(range(len(NAMES))) == {0, *(code for code, _, _ in SECTIONS)}


def test_sections_lie_where_they_say() -> None:
    binary = wat.assemble('(memory 1) (data "abc") (func $f (export "f"))')
    found = section_ranges(binary)
    assert [each.name for each in found] == [
        "type", "function", "memory", "export", "code", "data", "name",
    ]  # fmt: skip
    position = len(PREAMBLE)
    for each in found:
        assert binary[position] == each.code
        assert binary[position + 1] == each.size
        content = binary[each.offset : each.offset + each.size]
        if each.name == "data":
            assert content.endswith(b"abc")
        position = each.offset + each.size
    assert position == len(binary)


def test_a_custom_section_has_a_name_of_its_own() -> None:
    (only,) = section_ranges(module(custom("type", b"123")))
    assert (only.code, only.name, only.offset, only.size) == (0, "type", 10, 8)


def test_a_module_without_sections() -> None:
    assert section_ranges(PREAMBLE) == []


def test_a_size_that_is_cut_off() -> None:
    with pytest.raises(Malformed, match="unexpected end"):
        section_ranges(PREAMBLE + b"\x01\x80")
    assert section_ranges(module(raw_section(1, leb(0))))[0].size == 1
