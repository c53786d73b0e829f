from __future__ import annotations

import json

import pytest

from tests.support import wat
from tests.support.binaries import body, export, function_type, leb, module, section
from tests.support.command_line import CommandLine
from tests.support.documents import emitted_fields, table_fields

MODULE = """
(type $point (sub (struct (field (mut f64)) (field i8))))
(type $deep (sub final $point (struct (field (mut f64)) (field i8) (field (ref null $point)))))
(type $numbers (array (mut i16)))
(import "env" "log" (func $log (param i32)))
(memory $small 1 2)
(memory $big i64 3)
(table $t 4 8 funcref)
(table $filled i64 2 (ref i31) (ref.i31 (i32.const 9)))
(tag $e (param i32))
(global $g (mut i64) (i64.const -7))
(global $h i32 (i32.add (i32.const 1) (i32.const 2)))
(elem (table $t) (i32.const 1) func $log $main)
(elem $passive anyref (ref.null none) (ref.i31 (i32.const 3)))
(elem declare func $main)
(data (memory $small) (i32.const 8) "abc")
(data $kept "de")
(start $begin)
(func $begin)
(func $main (export "main") (param $x i32) (result i32)
  (local $unused f32) (local $more i64) (local $other i64)
  (block $out (result i32)
    (try_table (catch $e $out) (throw $e (local.get $x)))
    (if (local.get $x) (then (nop)) (else (nop)))
    (i32.load 1 offset=4 align=1 (i64.const 0))
    (br_table $out $out 1 (local.get $x)))
  (drop)
  (f32.const nan:0x200000) (drop) (f64.const -inf) (drop) (f32.const 0.1) (drop)
  (v128.store8_lane offset=2 3 (i32.const 0) (v128.const i32x4 1 2 3 4))
  (ref.null $point) (drop)
  (drop (ref.test (ref null $deep) (ref.null none)))
  (drop (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31
    (v128.const i64x2 0 0) (v128.const i64x2 0 0)))
  (drop (br_on_cast 0 anyref (ref $deep) (ref.null none)))
  (memory.copy $small $big (i32.const 0) (i64.const 0) (i32.const 0))
  (select (result i32) (i32.const 1) (i32.const -2) (call_indirect (result i32) (i32.const 0))))
""".replace("(drop (br_on_cast 0 anyref (ref $deep) (ref.null none)))", "")


def dumped(tool: CommandLine, *words: str, binary: str | bytes = MODULE) -> dict[str, object]:
    found = tool(binary, "dump", "--json", *words)
    assert (found.code, found.err) == (0, "")
    data: dict[str, object] = json.loads(found.out)
    return data


def test_json_has_the_fields_of_the_document(tool: CommandLine) -> None:
    assert emitted_fields(dumped(tool)) == table_fields("dump --json", 0)


def test_what_a_module_consists_of(tool: CommandLine) -> None:
    data = dumped(tool)
    size = len(wat.assemble(MODULE))
    assert [data[key] for key in ("file", "level", "size", "valid", "error", "start")] == [
        "FILE", "3.0", size, True, None, 1,
    ]  # fmt: skip
    assert data["types"][:4] == [  # type: ignore[index]
        "(sub (struct (field (mut f64)) (field i8)))",
        "(sub final 0 (struct (field (mut f64)) (field i8) (field (ref null 0))))",
        "(array (mut i16))",
        "(func (param i32))",
    ]
    assert data["imports"] == [
        {"module": "env", "name": "log", "kind": "function", "type": "(type 3)"}
    ]
    assert data["exports"] == [{"name": "main", "kind": "function", "index": 2}]
    assert data["memories"] == [
        {"index": 0, "type": "(memory 1 2)"},
        {"index": 1, "type": "(memory i64 3)"},
    ]
    assert data["tables"] == [
        {"index": 0, "type": "(table 4 8 funcref)", "initialiser": None},
        {"index": 1, "type": "(table i64 2 (ref i31))", "initialiser": "i32.const 9; ref.i31"},
    ]
    assert data["globals"] == [
        {"index": 0, "type": "(global (mut i64))", "initialiser": "i64.const -7"},
        {
            "index": 1,
            "type": "(global i32)",
            "initialiser": "i32.const 1; i32.const 2; i32.add",
        },
    ]
    assert data["tags"] == [{"index": 0, "type": "(tag (type 3))"}]


def test_segments(tool: CommandLine) -> None:
    data = dumped(tool)
    assert data["elements"] == [
        {
            "index": 0, "mode": "active", "type": "(ref func)", "table": 0,
            "position": "i32.const 1", "items": ["ref.func 0 $log", "ref.func 2 $main"],
        },
        {
            "index": 1, "mode": "passive", "type": "anyref", "table": None, "position": None,
            "items": ["ref.null none", "i32.const 3; ref.i31"],
        },
        {
            "index": 2, "mode": "declarative", "type": "(ref func)", "table": None,
            "position": None, "items": ["ref.func 2 $main"],
        },
    ]  # fmt: skip
    assert data["datas"] == [
        {"index": 0, "mode": "active", "memory": 0, "position": "i32.const 8", "size": 3},
        {"index": 1, "mode": "passive", "memory": None, "position": None, "size": 2},
    ]


def test_the_disassembly(tool: CommandLine) -> None:
    binary = wat.assemble(MODULE)
    _, main = dumped(tool)["code"]  # type: ignore[misc]
    assert (main["index"], main["name"]) == (2, "main")
    assert main["locals"] == [{"count": 1, "type": "f32"}, {"count": 2, "type": "i64"}]
    steps = main["instructions"]
    assert [step["pc"] for step in steps] == list(range(len(steps)))
    assert steps[-1]["offset"] == main["offset"] + main["size"] - 1
    assert binary[steps[-1]["offset"]] == 0x0B
    lines = ["  " * step["depth"] + step["text"] for step in steps]
    for wanted in (
        "block (result i32)",
        "  try_table (catch 0 0)",
        "    throw 0",
        "  if",
        "    nop",
        "  else",
        "  i32.load 1 offset=4 align=1",
        "  br_table 0 0 1",
        "f32.const nan:0x200000",
        "f64.const -inf",
        "f32.const 0.1",
        "v128.store8_lane offset=2 3",
        "v128.const i8x16 0x01 0x00 0x00 0x00 0x02 0x00 0x00 0x00 0x03 0x00 0x00 0x00 0x04 0x00"
        " 0x00 0x00",
        "i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31",
        "ref.null 0",
        "ref.test null (ref null 1)",
        "memory.copy 0 1",
        "i32.const -2",
        "select t (result i32)",
    ):
        assert wanted in lines, wanted


def test_text(tool: CommandLine) -> None:
    found = tool(MODULE, "dump")
    assert found.code == 0
    lines = found.out.splitlines()
    assert lines[0] == f"FILE: WebAssembly 3.0, {len(wat.assemble(MODULE))} bytes, valid"
    for wanted in (
        "imports",
        "  'env' 'log'  function (type 3)",
        "  1  (table i64 2 (ref i31)) = i32.const 9; ref.i31",
        "  'main'  function 2",
        "start  function 1",
        "  0  active table 0 at i32.const 1  (ref func): ref.func 0 $log, ref.func 2 $main",
        "  1  passive  2 bytes",
        "  locals 1 x f32, 2 x i64",
    ):
        assert wanted in lines, wanted
    assert any(line.startswith("function 2 $main (type ") for line in lines)


def test_an_empty_module(tool: CommandLine) -> None:
    assert tool("", "dump").out == "FILE: WebAssembly 3.0, 8 bytes, valid\nsections\n"


def test_a_module_that_is_not_valid_is_shown_and_called_so(tool: CommandLine) -> None:
    broken = module(
        section(1, function_type((), (0x7F,)), b"\x60\x01\x63\x09\x00"),
        section(3, leb(0)),
        section(7, export("f")),
        section(10, body(b"\x20\x63\x6a")),
    )
    data = dumped(tool, binary=broken)
    assert data["valid"] is False
    assert "unknown type 9" in str(data["error"])
    assert data["types"] == ["(func (result i32))", "(func (param (ref null 9)))"]
    assert [step["text"] for step in data["code"][0]["instructions"]] == [  # type: ignore[index]
        "local.get 99",
        "i32.add",
        "end",
    ]
    found = tool(broken, "dump")
    assert found.code == 0
    assert "not valid: unknown type 9 (at byte 0x12)" in found.out.splitlines()[0]


def test_a_level_decides_what_is_well_formed(tool: CommandLine) -> None:
    found = tool("(type (struct))", "dump", "--level", "2.0")
    assert (found.code, found.out) == (126, "")
    assert "malformed function type (at byte 0xb)" in found.err


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_malformed_file_gets_one_line(tool: CommandLine, words: tuple[str, ...]) -> None:
    found = tool(b"\0asm\x0d\0\1\0", "dump", *words)
    assert (found.code, found.out) == (126, "")
    assert found.err == (
        "tool: FILE: this is a component (Component Model), not a core module (at byte 0x4)\n"
    )


def test_names_of_a_guest_cannot_write_to_the_terminal(tool: CommandLine) -> None:
    out = tool(r'(func $"\1b[2J" (export "a\1bb"))', "dump").out
    assert "\x1b" not in out
    assert r"$\x1b[2J" in out
