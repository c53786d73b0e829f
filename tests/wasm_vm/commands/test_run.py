from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import wat
from tests.support.command_line import CommandLine

MODULE = """
(memory 2)
(tag $e (param i32))
(func $deep (throw $e (i32.const 1)))
(func (export "thrower") (call $deep))
(func (export "two") (param f64) (result i32 f64) (i32.const -1) (local.get 0))
(func $turn (export "forever") (loop (br 0)))
(func (export "rest") (call $turn))
"""


def test_results_are_printed_one_a_line(tool: CommandLine) -> None:
    found = tool(MODULE, "run", "--invoke", "two", "0.5")
    assert (found.code, found.out, found.err) == (0, "-1\n0.5\n", "")


def test_results_that_are_no_python_numbers(tool: CommandLine) -> None:
    found = tool(
        """(func $f (export "f") (result v128 anyref anyref funcref f64)
             (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 255)
             (ref.null any) (ref.i31 (i32.const 7)) (ref.func $f) (f64.const nan))""",
        "run", "--invoke", "f",
    )  # fmt: skip
    assert found.out.splitlines() == [
        "0x000102030405060708090a0b0c0d0eff", "null", "i31 7", "function f", "nan",
    ]  # fmt: skip


def test_an_uncaught_exception_has_a_backtrace(tool: CommandLine) -> None:
    found = tool(MODULE, "run", "--invoke", "thrower")
    assert found.code == 134
    lines = found.err.splitlines()
    assert lines[0] == "tool: uncaught exception"
    assert [line.split(" at byte ")[0] for line in lines[1:]] == ["  at $deep", "  at function 1"]


def test_out_of_fuel_has_a_backtrace(tool: CommandLine) -> None:
    found = tool(MODULE, "run", "--fuel", "10", "--invoke", "rest")
    assert found.code == 137
    lines = found.err.splitlines()
    assert lines[0] == "tool: out of fuel: 10 units used, the next instruction costs at least 1"
    assert [line.split(" at byte ")[0] for line in lines[1:]] == ["  at $turn", "  at function 4"]
    before_entry = tool(MODULE, "run", "--fuel", "0", "--invoke", "rest")
    assert before_entry.err.splitlines()[1].startswith("  at function 4 at byte 0x")


def test_statistics_go_to_standard_error(tool: CommandLine) -> None:
    found = tool(MODULE, "run", "--stats", "--invoke", "two", "1")
    assert found.out == "-1\n1.0\n"
    assert "fuel: 3 units\nmemory: 131072 bytes in 2 pages\ntime: " in found.err


def test_there_are_no_statistics_without_an_instance(tool: CommandLine) -> None:
    found = tool('(import "env" "f" (func))', "run", "--stats", "--invoke", "f")
    assert found.code == 126
    assert found.err == "tool: FILE: unknown import env.f: function [] -> []\n"


def test_a_bad_engine(tool: CommandLine) -> None:
    found = tool(MODULE, "run", "--engine", "warp", "--invoke", "two", "1")
    assert found.code == 126
    assert "invalid choice: 'warp'" in found.err


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from wasm_vm.cli import main

    assert main(["run", str(tmp_path / "absent.wasm")]) == 126
    assert "No such file or directory" in capsys.readouterr().err
    assert wat.assemble("") == b"\0asm\1\0\0\0"
