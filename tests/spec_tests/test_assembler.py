from __future__ import annotations

import sys

import pytest
from assembler import AssemblerMissing, AssemblyError, assemble, assembler, rewrite
from script import ModuleSource, read_script

from tests.support.require import require

HEADER = b"\0asm\1\0\0\0"


def source(text: str) -> ModuleSource:
    (command,) = read_script(text)
    assert isinstance(command.body, ModuleSource)
    return command.body


@pytest.fixture(autouse=True)
def _wasmtime() -> None:
    require("wasmtime")


def test_texts_quoted_texts_and_definitions_are_assembled() -> None:
    for text in ("(module)", '(module quote "(func)")', "(module definition $m)"):
        assert assemble(source(text), "3.0").startswith(HEADER)


def test_binaries_pass_unread() -> None:
    assert assemble(source('(module binary "no module")'), "2.0") == b"no module"


@pytest.mark.parametrize("text", ["(module (func x))", '(module quote "(func")'])
def test_a_rejected_text_is_an_assembly_error(text: str) -> None:
    with pytest.raises(AssemblyError):
        assemble(source(text), "2.0")


def test_confusing_characters_keep_their_bytes() -> None:
    name = "\u202e\ufeff\u0301é"
    binary = assemble(source(f'(module (func (export "{name}")) ;; {name}\n)'), "2.0")
    assert name.encode() in binary


def test_targets_of_segments_at_1_0() -> None:
    text = '(module (memory $m 1) (table $t 1 funcref) (data $m (i32.const 0) "a")'
    text += " (data 0x0 (i32.const 0)) (elem 0 (i32.const 0)) (elem $t (offset (i32.const 0))))"
    plain = '(module (memory 1) (table 1 funcref) (data (i32.const 0) "a")'
    plain += " (data (i32.const 0)) (elem (i32.const 0)) (elem (i32.const 0)))"
    named = assemble(source(text), "1.0")
    assert named.startswith(assemble(source(plain), "1.0").partition(b"\x04name")[0][:-2])


def test_filled_tables_get_their_1_0_encoding() -> None:
    text = '(module (func $f) (table $t (export "t") funcref (elem $f ;; $x\n $f)))'
    assert b"\x09\x08\x01\x00\x41\x00\x0b\x02\x00\x00" in assemble(source(text), "1.0")
    assert b"\x09\x08\x01\x00\x41\x00\x0b\x02\x00\x00" not in assemble(source(text), "2.0")


def test_later_levels_keep_their_segments() -> None:
    text = '(module (memory 1) (data $d (i32.const 0) "a"))'
    assert rewrite(text, "2.0") == text


def test_a_missing_assembler_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wasmtime", None)
    assembler.cache_clear()
    with pytest.raises(AssemblerMissing, match="pip install wasmtime"):
        assembler()
