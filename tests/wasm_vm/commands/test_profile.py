from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import wat
from tests.support.command_line import CommandLine
from tests.support.documents import emitted_fields, table_fields
from tests.support.wasmtime_3_0 import Oracle

MODULE = """
(memory 1)
(func $fib (param i32) (result i32)
  (if (result i32) (i32.lt_s (local.get 0) (i32.const 2)) (then (local.get 0))
    (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                   (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
(func $main (export "main") (result i32)
  (memory.fill (i32.const 0) (i32.const 1) (i32.const 1000))
  (call $fib (i32.const 10)))
(func (export "again") (drop (call $main)))
"""


def profiled(tool: CommandLine, name: str, *words: str) -> dict[str, Any]:
    found = tool(MODULE, "profile", "--json", *words, "--invoke", name)
    data: dict[str, Any] = json.loads(found.out)
    return data


def test_json_has_the_fields_of_the_document(tool: CommandLine) -> None:
    assert emitted_fields(profiled(tool, "main")) == table_fields("profile --json", 0)


def test_every_unit_is_booked_once(tool: CommandLine) -> None:
    data = profiled(tool, "again")
    assert data["fuel"] == Oracle(wat.assemble(MODULE)).invoke("again", (), ()).fuel
    assert sum(each["fuel"] for each in data["functions"]) == data["fuel"]
    assert sum(each["fuel"] for each in data["opcodes"]) + data["entries"] == data["fuel"]
    for what in ("functions", "opcodes"):
        assert sum(each["instructions"] for each in data[what]) == data["instructions"]
    assert sum(each["calls"] for each in data["functions"]) == data["entries"] == 179


def test_the_figures_of_functions_and_opcodes(tool: CommandLine) -> None:
    data = profiled(tool, "main")
    assert data["functions"] == [
        {"function": 0, "name": "fib", "calls": 177, "instructions": 1943, "fuel": 1766},
        {"function": 1, "name": "main", "calls": 1, "instructions": 7, "fuel": 1007},
    ]
    by_name = {each["name"]: (each["instructions"], each["fuel"]) for each in data["opcodes"]}
    assert by_name["memory.fill"] == (1, 1001)
    assert by_name["call"] == (177, 177)
    assert by_name["end"] == (266, 0)
    assert data["opcodes"][0]["name"] == "memory.fill"


def test_text(tool: CommandLine) -> None:
    lines = tool(MODULE, "profile", "--invoke", "main").out.splitlines()
    assert lines[:2] == ["returned 55", "1950 instructions, 2773 units of fuel"]
    assert ["1766", "1943", "177", "$fib"] in [line.split() for line in lines]
    assert ["1001", "1", "memory.fill"] in [line.split() for line in lines]
    assert lines[-1].split() == ["178", "entering", "functions"]


def test_folded_stacks_add_up_to_the_fuel(tool: CommandLine) -> None:
    lines = tool(MODULE, "profile", "--folded", "--invoke", "again").out.splitlines()
    counts = {path: int(count) for path, _, count in (line.rpartition(" ") for line in lines)}
    assert sum(counts.values()) == 2775
    assert counts["function 2"] == 2
    assert counts["function 2;$main"] == 1007
    assert counts["function 2;$main;$fib;$fib"] == 28
    assert max(path.count(";") for path in counts) == 11


@pytest.mark.parametrize("words", [(), ("--json",), ("--folded",)])
def test_a_flame_graph_is_written_beside_any_report(
    tool: CommandLine, tmp_path: Path, words: tuple[str, ...]
) -> None:
    target = tmp_path / "f.svg"
    found = tool(MODULE, "profile", *words, "--flame", str(target), "--invoke", "main")
    assert found.code == 0
    assert target.read_text("utf-8").startswith("<svg ")


def test_a_folder_that_is_not_there(tool: CommandLine, tmp_path: Path) -> None:
    target = tmp_path / "absent" / "f.svg"
    found = tool(MODULE, "profile", "--flame", str(target), "--invoke", "main")
    assert found.code == 126
    assert "No such file or directory" in found.err


def test_shapes_exclude_each_other(tool: CommandLine) -> None:
    assert tool(MODULE, "profile", "--json", "--folded", "--invoke", "main").code == 126


def test_a_separator_in_a_name_does_not_split_a_stack(tool: CommandLine) -> None:
    found = tool(r'(func $"a;b\0a" (export "f") (drop (i32.const 1)))', "profile", "--folded",
                 "--invoke", "f")  # fmt: skip
    assert found.out == "$a:b\\n 2\n"
