"""The binary format, written: read back by wasm_vm."""

from __future__ import annotations

import pytest

import wasm_vm
from ferrite.plugins import encoder


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (0, b"\0"),
        (127, b"\x7f"),
        (128, b"\x80\1"),
        (624485, b"\xe5\x8e\x26"),
        (2**32 - 1, b"\xff\xff\xff\xff\x0f"),
    ],
)
def test_unsigned(value: int, encoded: bytes) -> None:
    assert encoder.unsigned(value) == encoded


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (0, b"\0"),
        (63, b"\x3f"),
        (64, b"\xc0\0"),
        (-1, b"\x7f"),
        (-64, b"\x40"),
        (-65, b"\xbf\x7f"),
        (-123456, b"\xc0\xbb\x78"),
    ],
)
def test_signed(value: int, encoded: bytes) -> None:
    assert encoder.signed(value) == encoded


def test_a_module_of_sections() -> None:
    body = b"\0\x41\x2a\x0b"
    binary = (
        encoder.PREAMBLE
        + encoder.section(
            encoder.TYPE, encoder.vector([encoder.function_type([encoder.I64], [encoder.I32])])
        )
        + encoder.section(encoder.FUNCTION, encoder.vector([encoder.unsigned(0)]))
        + encoder.section(encoder.EXPORT, encoder.vector([encoder.name("f\u00fc") + b"\0\0"]))
        + encoder.section(encoder.CODE, encoder.vector([encoder.sized(body)]))
        + encoder.custom_section("note", b"text")
    )
    module = wasm_vm.load(binary)
    assert module.module.custom("note") == b"text"
    assert wasm_vm.instantiate(module).invoke("f\u00fc", 1) == 42
