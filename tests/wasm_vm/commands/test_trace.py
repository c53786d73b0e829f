from __future__ import annotations

import json

from tests.support.command_line import CommandLine
from tests.support.documents import emitted_fields, table_fields

MODULE = """
(type $s (struct (field i32)))
(type $a (array i8))
(memory 1)
(func $double (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1)))
(func $main (export "main") (result i32)
  (memory.fill (i32.const 0) (i32.const 7) (i32.const 100))
  (call $double (i32.const 21)))
(func (export "values")
  (f32.const nan:0x200000) (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
  (struct.new $s (i32.const 1)) (array.new_default $a (i32.const 3)) (ref.null any)
  (ref.i31 (i32.const -1)) (ref.func $double)
  (br 0))
(elem declare func $double)
"""


def test_a_line_per_instruction(tool: CommandLine) -> None:
    found = tool(MODULE, "trace", "--invoke", "main")
    assert [line.split() for line in found.out.splitlines()] == [
        ["2", "$main+0", "i32.const", "0", "[]"],
        ["3", "$main+1", "i32.const", "7", "[0]"],
        ["4", "$main+2", "i32.const", "100", "[0", "7]"],
        ["5", "$main+3", "memory.fill", "[0", "7", "100]"],
        ["106", "$main+4", "i32.const", "21", "[]"],
        ["107", "$main+5", "call", "0", "$double", "[21]"],
        ["109", "$double+0", "local.get", "0", "[]"],
        "110 $double+1 i32.const 1 [42]".replace("42", "21").split(),
        ["111", "$double+2", "i32.shl", "[21", "1]"],
        ["111", "$double+3", "end", "[42]"],
        ["111", "$main+6", "end", "[42]"],
        ["returned", "42", "after", "11", "instructions"],
    ]


def test_json_has_the_fields_of_the_document(tool: CommandLine) -> None:
    found = tool(MODULE, "trace", "--json", "--invoke", "main")
    *steps, end = (json.loads(line) for line in found.out.splitlines())
    assert set().union(*map(emitted_fields, steps)) == table_fields("trace --json", 0)
    assert emitted_fields(end) == table_fields("trace --json", 1)
    assert table_fields("profile --json", 0) > emitted_fields(end)
    assert steps[8] == {
        "function": 0, "name": "double", "depth": 2, "pc": 2, "offset": steps[8]["offset"],
        "instruction": "i32.shl", "height": 2, "stack": ["21", "1"], "fuel": 111,
    }  # fmt: skip
    assert end == {
        "end": "returned", "code": 0, "results": ["42"], "message": None, "instructions": 11,
    }  # fmt: skip


def test_values_show_what_they_are(tool: CommandLine) -> None:
    found = tool(MODULE, "trace", "--json", "--invoke", "values")
    steps = [json.loads(line) for line in found.out.splitlines()]
    branch = next(step for step in steps if step.get("instruction") == "br 0")
    assert branch["height"] == 7
    assert branch["stack"] == ["array of 3", "null", "i31 2147483647", "function double"]
    assert any("struct" in step.get("stack", ()) for step in steps)
    stacks = [value for step in steps for value in step.get("stack", ())]
    assert "nan:0x200000" in stacks or "nan:0x4000000000000" in stacks
    assert "0x000102030405060708090a0b0c0d0e0f" in stacks
    text = tool(MODULE, "trace", "--invoke", "values").out
    assert "[... array of 3 null i31 2147483647 function double]" in text


def test_a_limit_ends_the_lines_and_not_the_guest(tool: CommandLine) -> None:
    found = tool(MODULE, "trace", "--limit", "2", "--invoke", "main")
    assert len(found.out.splitlines()) == 3
    assert found.out.endswith("returned 42 after 11 instructions\n")
    none = tool(MODULE, "trace", "--limit", "0", "--invoke", "main")
    assert none.out == "returned 42 after 11 instructions\n"


def test_names_of_a_guest_cannot_write_to_the_terminal(tool: CommandLine) -> None:
    found = tool(r'(func $"\1b[2J" (export "f"))', "trace", "--invoke", "f")
    assert r"$\x1b[2J+0" in found.out
    assert "\x1b" not in found.out
