"""What is not WebAssembly 3.0 is refused by the name that its readers know it by."""

from __future__ import annotations

import pytest

import wasm_vm
from tests.support.binaries import PREAMBLE, leb, module, one_function, section

WITH_ONE_MEMORY = [section(5, b"\0\1")]

CODE = {
    "atomic.fence": (b"\xfe\x03\x00", "threads"),
    "i32.atomic.load": (b"\x41\0\xfe\x10\x02\x00\x1a", "threads"),
    "memory.atomic.notify": (b"\x41\0\x41\0\xfe\x00\x02\x00\x1a", "threads"),
    "i64.add128": (b"\x42\0" * 4 + b"\xfc\x13\x1a\x1a", "wide-arithmetic"),
    "i64.sub128": (b"\x42\0" * 4 + b"\xfc\x14\x1a\x1a", "wide-arithmetic"),
    "i64.mul_wide_s": (b"\x42\0" * 2 + b"\xfc\x15\x1a\x1a", "wide-arithmetic"),
    "i64.mul_wide_u": (b"\x42\0" * 2 + b"\xfc\x16\x1a\x1a", "wide-arithmetic"),
    "try": (b"\x06\x40\x0b", "legacy exception handling"),
    "catch": (b"\x07\x00", "legacy exception handling"),
    "rethrow": (b"\x09\x00", "legacy exception handling"),
    "delegate": (b"\x18\x00", "legacy exception handling"),
    "catch_all": (b"\x19", "legacy exception handling"),
}

MEMORIES = {
    "shared": (b"\x03\x01\x01", "threads"),
    "shared, 64 bits": (b"\x07\x01\x01", "threads"),
    "pages of one byte": (b"\x08\x01\x00", "custom-page-sizes"),
    "pages of one byte, bounded": (b"\x09\x01\x01\x00", "custom-page-sizes"),
}


@pytest.mark.parametrize("name", CODE)
@pytest.mark.parametrize("level", wasm_vm.Features)
def test_instructions(name: str, level: wasm_vm.Features) -> None:
    code, proposal = CODE[name]
    with pytest.raises(wasm_vm.Malformed) as caught:
        wasm_vm.decode(one_function(code, sections=WITH_ONE_MEMORY), features=level)
    assert f"illegal opcode {_opcode(code):02x}" in str(caught.value)
    assert f"{proposal} is not supported" in str(caught.value)


def _opcode(code: bytes) -> int:
    """The first one that is no constant."""
    at = 0
    while code[at] in (0x41, 0x42):
        at += 2
    return code[at]


@pytest.mark.parametrize("name", MEMORIES)
@pytest.mark.parametrize("level", wasm_vm.Features)
def test_memories(name: str, level: wasm_vm.Features) -> None:
    kind, proposal = MEMORIES[name]
    imported = section(2, leb(1) + b"a" + leb(1) + b"b" + b"\x02" + kind)
    for binary in (module(section(5, kind)), module(imported)):
        with pytest.raises(wasm_vm.Malformed) as caught:
            wasm_vm.decode(binary, features=level)
        assert f"the {proposal} proposal" in str(caught.value)


@pytest.mark.parametrize("rest", [b"", b"\x00\x08\x04name\x00\x01\x00\x00", bytes(100)])
def test_a_component(rest: bytes) -> None:
    with pytest.raises(wasm_vm.Malformed) as caught:
        wasm_vm.decode(PREAMBLE[:4] + b"\x0d\x00\x01\x00" + rest)
    assert caught.value.message == "this is a component (Component Model), not a core module"
    assert caught.value.offset == 4


def test_an_unknown_opcode_is_of_no_proposal() -> None:
    for code in (b"\xff", b"\xfc\x17", b"\x27", b"\xfd\x9a\x01"):
        with pytest.raises(wasm_vm.Malformed) as caught:
            wasm_vm.decode(one_function(code))
        assert "illegal opcode" in caught.value.message
        assert "supported" not in caught.value.message
