"""wasm-vm run, trace and profile of one WASI program: the same run, seen in three ways."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import wat
from tests.support.sources import ROOT
from tests.support.waiting import SECONDS_MAX

HELLO = """
(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
(memory (export "memory") 1)
(data (i32.const 0) "\\10\\00\\00\\00\\06\\00\\00\\00")
(data (i32.const 16) "hello\\0a")
(func $say (param $times i32)
  (loop $again
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
(func (export "_start") (call $say (i32.const 3)) (call $exit (i32.const 7)))
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    file = tmp_path / "hello.wasm"
    file.write_bytes(wat.assemble(HELLO))
    return file


def tool(command: str, file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "wasi", command, str(file), *words],
        cwd=ROOT,
        input="",
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )


def test_run(program: Path) -> None:
    found = tool("run", program, "--stats")
    assert (found.returncode, found.stdout) == (7, "hello\n" * 3)
    assert "system call: fd_write allowed 3" in found.stderr


def test_a_report_has_standard_output_for_itself(program: Path) -> None:
    stats = tool("run", program, "--stats").stderr
    fuel = int(stats.partition("fuel: ")[2].partition(" ")[0])
    traced = tool("trace", program, "--json")
    *steps, end = [json.loads(line) for line in traced.stdout.splitlines()]
    assert (traced.returncode, traced.stderr) == (7, "hello\n" * 3)
    assert (end["end"], end["code"], end["instructions"]) == ("exited", 7, len(steps))
    assert steps[-1]["instruction"] == "call 1 $exit"
    assert steps[-1]["fuel"] == fuel
    profiled = tool("profile", program, "--json")
    data = json.loads(profiled.stdout)
    assert (profiled.returncode, profiled.stderr) == (7, "hello\n" * 3)
    assert (data["fuel"], data["instructions"]) == (fuel, len(steps))
    by_name = {each["name"]: each for each in data["opcodes"]}
    assert by_name["call"]["instructions"] == 5


def test_nobody_reads_the_trace(program: Path) -> None:
    endless = program.with_name("endless.wasm")
    endless.write_bytes(wat.assemble('(func (export "_start") (loop (br 0)))'))
    command = [sys.executable, "-m", "wasi", "trace", str(endless), "--fuel", "1_000_000"]
    done = subprocess.run(
        ["bash", "-c", '"$@" | head -1; exit ${PIPESTATUS[0]}', "bash", *command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert b"function 0+0" in done.stdout
    assert (done.stderr, done.returncode) == (b"", 141)
