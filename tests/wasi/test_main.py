"""The console script `wasm-vm`, as a process of its own and as a function."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import wasi
from tests.support import wat
from tests.support.documents import emitted_fields, table_fields
from tests.support.program import killed
from tests.support.waiting import SECONDS_MAX
from tests.wasi.test_system import HELLO
from wasi.__main__ import main

ECHO = f"""
(import "{wasi.MODULE}" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
(import "{wasi.MODULE}" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
(memory (export "memory") 1)
(func (export "_start")
  (i32.store (i32.const 0) (i32.const 1000))
  (i32.store (i32.const 4) (i32.const 500))
  (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
  (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64))))
"""
SHOW = f"""
(import "{wasi.MODULE}" "%s" (func $get (param i32 i32) (result i32)))
(import "{wasi.MODULE}" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
(memory (export "memory") 1)
(func (export "_start")
  (i32.store (i32.const 0) (i32.const 1000))
  (i32.store (i32.const 4) (i32.const 500))
  (drop (call $get (i32.const 100) (i32.const 1000)))
  (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64))))
"""
KEEP = f"""
(import "{wasi.MODULE}" "path_open"
  (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
(import "{wasi.MODULE}" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
(import "{wasi.MODULE}" "proc_exit" (func $exit (param i32)))
(memory (export "memory") 1)
(data (i32.const 0) "\\10\\00\\00\\00\\05\\00\\00\\00")
(data (i32.const 16) "a.txt")
(func (export "_start") (local $errno i32)
  (local.set $errno (call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 5)
    (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 32)))
  (if (i32.eqz (local.get $errno)) (then (local.set $errno
    (call $write (i32.load (i32.const 32)) (i32.const 0) (i32.const 1) (i32.const 40)))))
  (call $exit (local.get $errno)))
"""
"""Writes its own name into the file a.txt; the exit code is an errno."""
CALL = f"""
(import "{wasi.MODULE}" "%s" (func $call (param %s) (result i32)))
(memory (export "memory") 1)
(func (export "call") (param %s) (result i32) (call $call %s))
"""
RANDOM = CALL % ("random_get", "i32 i32", "i32 i32", "(local.get 0) (local.get 1)")
EXITING = f"""
(import "{wasi.MODULE}" "proc_exit" (func $exit (param i32)))
(memory 1)
(func (export "leave") (param i32) (call $exit (local.get 0)))
"""


def run(
    folder: Path, text: str, *options: str, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    file = folder / "guest.wasm"
    file.write_bytes(wat.assemble(text))
    command = [sys.executable, "-m", "wasi", "run", str(file), *options]
    found = subprocess.run(
        command, input=stdin, capture_output=True, timeout=SECONDS_MAX, check=False
    )
    assert b"Traceback" not in found.stderr
    return found


def test_output_exit_code_and_statistics(tmp_path: Path) -> None:
    found = run(tmp_path, HELLO, "--stats")
    assert (found.returncode, found.stdout) == (7, b"hello\n")
    assert b"system call: fd_write allowed 1\n" in found.stderr
    assert b"system call: proc_exit allowed 1\n" in found.stderr


def test_standard_input_passes(tmp_path: Path) -> None:
    assert run(tmp_path, ECHO, stdin=b"over and out").stdout == b"over and out"


def test_a_guest_that_reads_nothing_does_not_wait_for_input(tmp_path: Path) -> None:
    file = tmp_path / "guest.wasm"
    file.write_bytes(wat.assemble(HELLO))
    command = [sys.executable, "-m", "wasi", "run", str(file)]
    pipe = subprocess.PIPE
    with killed(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)) as process:
        # The pipe stays open until the process has ended.
        assert process.wait(timeout=SECONDS_MAX) == 7
        assert process.stdout is not None
        assert process.stdout.read() == b"hello\n"


def test_arguments_and_variables(tmp_path: Path) -> None:
    found = run(tmp_path, SHOW % "args_get", "--", "one", "--two")
    assert found.stdout.startswith(str(tmp_path / "guest.wasm").encode() + b"\0one\0--two\0")
    found = run(tmp_path, SHOW % "environ_get", "--env", "A=1", "--env", "B=x=y")
    assert found.stdout.startswith(b"A=1\0B=x=y\0\0")
    found = run(tmp_path, SHOW % "environ_get")
    assert found.stdout == bytes(500), "the process's own variables do not reach the guest"
    found = run(tmp_path, SHOW % "environ_get", "--env", "A=1", "--deny", "env")
    assert found.stdout == bytes(500)


def quick(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, *options: str
) -> tuple[int, str, str]:
    file = folder / "guest.wasm"
    file.write_bytes(wat.assemble(text))
    try:
        code = main(["run", str(file), *options])
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_permissions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    invoke = ("--stats", "--invoke", "call", "8", "16")
    for options, errno, line in (
        ((), "0", "random_get substituted 1"),
        (("--allow", "random"), "0", "random_get allowed 1"),
        (("--deny", "random"), "76", "random_get denied 1"),
        (("--deny", "random_*", "--allow", "random"), "76", "random_get denied 1"),
    ):
        code, out, err = quick(tmp_path, capsys, RANDOM, *options, *invoke)
        assert (code, out.strip()) == (0, errno)
        assert line in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--deny", "nothing"), "'nothing' is no system call and no group"),
        (("--env", "A"), "--env A: write it as NAME=VALUE"),
        (("--allow", "network"), "invalid choice: 'network'"),
        (("--seed", "x"), "invalid int value: 'x'"),
        (("--deny", "fd_read=EIO"), "'EIO' is no errno of WASI"),
        (("--dir", "::/"), "--dir ::/: write it as HOST::GUEST"),
        (("--dir", "/nowhere::/"), "/nowhere: No such file or directory"),
        (("--audit", "/nowhere/a"), "/nowhere/a: No such file or directory"),
        (("--quota", "many"), "'many' is no size"),
    ],
)
def test_bad_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], message: str
) -> None:
    code, out, err = quick(tmp_path, capsys, HELLO, *options)
    assert (code, out) == (126, "")
    assert message in err
    assert err.count("\n") == 1


def test_a_program_without_an_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = quick(tmp_path, capsys, "(memory 1)")
    assert code == 126
    assert "the module exports neither _start nor _initialize" in err


@pytest.mark.parametrize(("guest", "shown"), [(3, 3), (200, 125)])
def test_an_exit_from_an_invoked_function(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], guest: int, shown: int
) -> None:
    code, _, err = quick(tmp_path, capsys, EXITING, "--stats", "--invoke", "leave", str(guest))
    assert code == shown
    assert "system call: proc_exit allowed 1" in err
    assert ("is shown as 125" in err) == (guest != shown)


def test_an_exit_from_the_start_function(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = EXITING + "(func $s (call $exit (i32.const 5))) (start $s)"
    assert quick(tmp_path, capsys, text)[0] == 5


@pytest.mark.parametrize(
    ("options", "code", "written"),
    [
        (("--dir", "{folder}::/"), 0, b"a.txt"),
        (("--dir", "{folder}"), 0, b"a.txt"),
        (("--dir", "{folder}::/:ro"), 76, None),
        ((), 8, None),
        (("--dir", "{folder}::/", "--quota", "3"), 0, b"a.t"),
        (("--dir", "{folder}::/", "--quota", "0"), 19, b""),
        (("--dir", "{folder}::/", "--deny", "path_*=ROFS"), 69, None),
        (("--dir", "{folder}::/", "--deny", "filesystem"), 76, None),
        (("--dir", "{folder}::/", "--deny", "path_open=allow", "--deny", "path_*"), 0, b"a.txt"),
    ],
)
def test_a_directory_for_the_guest(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    code: int,
    written: bytes | None,
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    words = [option.format(folder=folder) for option in options]
    assert quick(tmp_path, capsys, KEEP, *words)[0] == code
    assert (folder / "a.txt").exists() == (written is not None)
    if written is not None:
        assert (folder / "a.txt").read_bytes() == written


def test_a_call_that_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = quick(tmp_path, capsys, KEEP, "--dir", str(tmp_path), "--deny", "path_*=kill")
    assert code == 134
    assert "path_open is not allowed" in err


def test_the_audit_is_as_documented(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audit = tmp_path / "audit.json"
    options = ("--dir", str(tmp_path), "--audit", str(audit))
    quick(tmp_path, capsys, KEEP, *options)
    lines = [json.loads(line) for line in audit.read_text("utf-8").splitlines()]
    assert [line["call"] for line in lines] == ["path_open", "fd_write", "proc_exit"]
    assert lines[0]["paths"] == ["a.txt"]
    assert [line["errno"] for line in lines] == ["SUCCESS"] * 3
    found = {
        field if not field.startswith("arguments.") else "arguments.*"
        for field in emitted_fields(lines[0])
    }
    assert found == table_fields("--audit", 0)


def test_arguments_right_behind_the_file(tmp_path: Path) -> None:
    found = run(tmp_path, SHOW % "args_get", "one", "two", "--seed", "3", "--", "--three")
    assert b"\0one\0two\0--three\0" in found.stdout


def test_an_interrupt_ends_it_cleanly(tmp_path: Path) -> None:
    """The guest says that it is there, and waits for input."""
    file = tmp_path / "guest.wasm"
    write = "(drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64)))"
    file.write_bytes(wat.assemble(ECHO.replace("(drop (call $read", write + "(drop (call $read")))
    command = [sys.executable, "-m", "wasi", "run", str(file)]
    started = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored in background
    )
    with killed(started) as process:
        assert process.stdout is not None
        assert process.stdout.read(500) == bytes(500)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=SECONDS_MAX) == 130
        assert process.stderr is not None
        assert process.stderr.read() == b"wasm-vm: interrupted\n"
