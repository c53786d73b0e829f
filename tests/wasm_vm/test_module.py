from __future__ import annotations

import dataclasses

import pytest

import wasm_vm
from tests.support.binaries import custom, module, name, section
from wasm_vm.module import CatchKind, ExternKind, MemoryArgument


def decode() -> wasm_vm.Module:
    return wasm_vm.decode(
        module(
            section(
                2,
                name("env") + name("a") + b"\x03\x7f\x00",
                name("env") + name("m") + b"\x02\x00\x01",
                name("env") + name("b") + b"\x03\x7e\x00",
            ),
            custom("note", b"one"),
            custom("note", b"two"),
        )
    )


def test_imports_of_a_kind_keep_their_order() -> None:
    found = decode()
    assert [entry.name for entry in found.imported(ExternKind.GLOBAL)] == ["a", "b"]
    assert [entry.name for entry in found.imported(ExternKind.MEMORY)] == ["m"]
    assert found.imported(ExternKind.FUNCTION) == []


def test_the_first_custom_section_of_a_name_counts() -> None:
    assert decode().custom("note") == b"one"
    assert decode().custom("") is None


def test_the_function_type_at_an_index() -> None:
    found = wasm_vm.decode(module(section(1, b"\x60\x01\x7f\x00", b"\x5e\x7f\x00")))
    assert found.function_type(0) == wasm_vm.FunctionType((wasm_vm.I32,), ())
    with pytest.raises(TypeError, match="type 1 is no function type"):
        found.function_type(1)


def test_a_module_cannot_be_changed() -> None:
    found = decode()
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.start = 0  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.imports[0].name = "c"  # type: ignore[misc]


def test_codes_of_kinds_are_those_of_the_binary_format() -> None:
    assert [kind.value for kind in ExternKind] == [0, 1, 2, 3, 4]
    assert [kind.value for kind in CatchKind] == [0, 1, 2, 3]
    assert MemoryArgument(2, 8, 0).offset == 8
