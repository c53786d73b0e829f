from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import wasm_vm
from tests.support import wat
from tests.support.binaries import PREAMBLE
from wasm_vm.cli import main

PROGRAM = """
(import "env" "absent" (func))
"""
FUNCTIONS = """
(memory 1 3)
(func (export "add") (param i32 i64) (result i64)
  (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)))
(func (export "half") (param f64 f32) (result f64 f32)
  (f64.div (local.get 0) (f64.const 2)) (local.get 1))
(func (export "nothing"))
(func $divide (export "divide") (param i32) (result i32)
  (i32.div_u (i32.const 1) (local.get 0)))
(func (export "outer") (drop (call $divide (i32.const 0))))
(func (export "forever") (loop (br 0)))
(func $deep (export "deep") (call $deep))
(func (export "opaque") (param externref))
(func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
"""


class Run:
    """The command line on a file."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder = folder
        self._capsys = capsys
        self.file = folder / "m.wasm"

    def __call__(self, *words: str, binary: bytes | None = None) -> tuple[int, str, str]:
        """Exit code, standard output and standard error; FILE stands for the module's path."""
        self.file.write_bytes(wat.assemble(FUNCTIONS) if binary is None else binary)
        arguments = [str(self.file) if word == "FILE" else word for word in words]
        try:
            code = main(arguments)
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        captured = self._capsys.readouterr()
        assert "Traceback" not in captured.err
        return code, captured.out, captured.err.replace(str(self.file), "FILE")


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(tmp_path, capsys)


def test_validate(run: Run) -> None:
    code, out, _ = run("validate", "FILE")
    size = len(wat.assemble(FUNCTIONS))
    assert code == 0
    assert out.endswith(f"valid WebAssembly 3.0: {size} bytes, 9 functions, 0 imports, 9 exports\n")


def test_validate_at_a_level(run: Run) -> None:
    two = wat.assemble("(memory 1) (memory 1)")
    assert run("validate", "FILE", binary=two)[0] == 0
    code, _, err = run("validate", "FILE", "--level", "2.0", binary=two)
    assert (code, err) == (126, "python -m wasm_vm: FILE: multiple memories\n")


@pytest.mark.parametrize(
    ("binary", "message"),
    [
        (b"", "FILE: unexpected end (at byte 0x0)"),
        (b"no module at all", "FILE: magic header not detected (at byte 0x0)"),
        (PREAMBLE + b"\x01\x04\x01\x60\x00", "FILE: unexpected end: a section is longer"),
        (PREAMBLE + b"\x03\x02\x01\x00", "FILE: function and code section have inconsistent"),
    ],
)
def test_a_bad_file_gets_one_line_with_the_byte(run: Run, binary: bytes, message: str) -> None:
    for command in ("validate", "run"):
        code, out, err = run(command, "FILE", binary=binary)
        assert (code, out) == (126, "")
        assert err.startswith(f"python -m wasm_vm: {message}")
        assert err.count("\n") == 1
        assert "(at byte 0x" in err


def test_files_that_cannot_be_read(run: Run, tmp_path: Path) -> None:
    code, _, err = run("run", str(tmp_path / "absent.wasm"))
    assert (code, err.count("\n")) == (126, 1)
    assert "No such file or directory" in err
    assert run("validate", str(tmp_path))[0] == 126


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (("add", "-5", "0x10"), "11\n"),
        (("add", "4294967295", "-1"), "-2\n"),
        (("half", "3", "0.1"), "1.5\n0.10000000149011612\n"),
        (("half", "inf", "nan"), "inf\nnan\n"),
        (("nothing",), ""),
    ],
)
def test_invoke(run: Run, words: tuple[str, ...], out: str) -> None:
    name, *rest = words
    assert run("run", "FILE", "--invoke", name, "--", *rest) == (0, out, "")
    if not any(word.startswith("-") for word in rest):
        assert run("run", "FILE", "--invoke", *words) == (0, out, "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--invoke", "absent"), "no exported function 'absent'; exported functions: add, half"),
        (("--invoke", "add", "1"), "function 0 takes 2 arguments, got 1"),
        (("--invoke", "add", "1", "x"), "'x' is no i64"),
        (("--invoke", "add", "1", "0x1_0000_0000_0000_0000"), "does not fit into 64 bits"),
        (("--invoke", "half", "1", "x"), "'x' is no f32"),
        (("--invoke", "opaque", "1"), "an argument of type externref cannot be given"),
        ((), "name an exported function with --invoke"),
        (("--fuel", "-1"), "must not be negative"),
        (("--fuel", "many"), "invalid"),
        (("--memory", "lots"), "'lots' is no size; write it as in 65536, 64KB or 16MB"),
        (("--engine", "warp"), "invalid choice: 'warp'"),
    ],
)
def test_bad_usage(run: Run, words: tuple[str, ...], message: str) -> None:
    code, out, err = run("run", "FILE", *words)
    assert (code, out) == (126, "")
    assert message in err
    assert err.count("\n") == 1


def test_no_command_is_bad_usage(run: Run) -> None:
    assert run()[0] == 126
    assert run("dance", "FILE")[0] == 126


def test_help(run: Run) -> None:
    code, out, _ = run("run", "--help")
    assert code == 0
    assert "--fuel" in out


def test_a_missing_import(run: Run) -> None:
    code, _, err = run("run", "FILE", binary=wat.assemble(PROGRAM))
    assert code == 126
    assert "FILE: unknown import env.absent: function [] -> []" in err


def test_a_trap(run: Run) -> None:
    code, _, err = run("run", "FILE", "--invoke", "outer")
    assert code == 134
    first, inner, outer = err.splitlines()
    assert first == "python -m wasm_vm: trap: integer divide by zero"
    assert inner.startswith("  at $divide at byte 0x")
    assert outer.startswith("  at function 4 at byte 0x")


def test_an_exception_that_nobody_caught(run: Run) -> None:
    binary = wat.assemble('(tag $t) (func (export "f") (throw $t))')
    code, _, err = run("run", "FILE", "--invoke", "f", binary=binary)
    assert (code, err) == (
        134,
        "python -m wasm_vm: uncaught exception\n  at function 0 at byte 0x23\n",
    )


def test_limits(run: Run) -> None:
    code, _, err = run("run", "FILE", "--fuel", "1_000", "--invoke", "forever")
    assert code == 137
    assert "out of fuel: 1000 units used, the next instruction costs at least 1" in err
    assert run("run", "FILE", "--invoke", "deep")[0] == 134
    code, _, err = run("run", "FILE", "--memory", "1KB", "--invoke", "nothing")
    assert code == 138
    assert "limit total_bytes" in err
    assert run("run", "FILE", "--memory", "128KB", "--invoke", "grow", "1")[1] == "1\n"
    assert run("run", "FILE", "--memory", "128KB", "--invoke", "grow", "2")[1] == "-1\n"


def test_statistics_go_to_standard_error_whatever_happens(run: Run) -> None:
    for words, code, fuel in (
        (("--invoke", "add", "1", "2"), 0, 5),
        (("--invoke", "divide", "0"), 134, 4),
        (("--fuel", "100", "--invoke", "forever"), 137, 100),
    ):
        found, _, err = run("run", "FILE", "--stats", *words)
        assert found == code
        assert f"fuel: {fuel} units\n" in err
        assert "memory: 65536 bytes in 1 pages\n" in err
        assert "time: " in err


def test_names_of_a_guest_cannot_write_to_the_terminal(run: Run) -> None:
    r"""An export's name may hold anything; it is shown with escapes, on one line."""
    hostile = wat.assemble(r'(func (export "a\n\1b[31mred") unreachable)')
    code, _, err = run("run", "FILE", "--invoke", "b", binary=hostile)
    assert code == 126
    assert err.count("\n") == 1
    assert r"exported functions: a\n\x1b[31mred" in err
    named = wat.assemble(r'(func $"f\1b[2J" (export "f") unreachable)')
    code, _, err = run("run", "FILE", "--invoke", "f", binary=named)
    assert code == 134
    assert r"  at $f\x1b[2J at byte 0x" in err


def test_ctrl_c_ends_a_guest_without_a_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("wasm_vm.commands.guest.instantiate", interrupted)
    code, _, err = run("run", "FILE", "--invoke", "forever")
    assert (code, err) == (130, "python -m wasm_vm: interrupted\n")


class Machine:
    """A system around the VM, as wasi is one."""

    def __init__(self, code: int) -> None:
        self._code = code
        self.seen: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--greeting", default="none")

    def configure(self, options: argparse.Namespace) -> Mapping[str, Mapping[str, Any]]:
        if options.greeting == "bad":
            raise ValueError("--greeting bad: say something nice")
        self.seen += [options.greeting, *options.args]
        return {"env": {"absent": wasm_vm.host_function(lambda: None)}}

    def start(self, instance: wasm_vm.Instance) -> int:
        return self._code

    def statistics(self) -> list[str]:
        return ["greetings: 1"]


def test_a_system_adds_options_imports_a_start_and_statistics(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "m.wasm"
    file.write_bytes(wat.assemble(PROGRAM))
    system = Machine(7)
    words = ["run", str(file), "--greeting", "hi", "--stats", "--", "--one", "two"]
    assert main(words, "tool", system) == 7
    assert system.seen == ["hi", "--one", "two"]
    assert capsys.readouterr().err.endswith("greetings: 1\n")
    assert main(["run", str(file), "--greeting", "bad"], "tool", system) == 126
    assert capsys.readouterr().err == f"tool: {file}: --greeting bad: say something nice\n"


@pytest.mark.parametrize(("guest", "shown"), [(0, 0), (125, 125), (126, 125), (2**32 - 1, 125)])
def test_exit_codes_of_the_guest_end_below_our_own(
    guest: int, shown: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "m.wasm"
    file.write_bytes(PREAMBLE)
    assert main(["run", str(file)], "tool", Machine(guest)) == shown
    assert ("is shown as 125" in capsys.readouterr().err) == (guest > 125)
