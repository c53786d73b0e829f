"""`ferrite plugin test`: a project that passes, and what is found in one that does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.plugins.cli import main

SOURCE = """#include "ferrite.h"
FERRITE_COMMAND(t_good) { return ferrite_reply_ok(); }
FERRITE_COMMAND(t_trap)
{
    char text[4];
    volatile int zero = 0;
    return ferrite_arg_read(0, text, 4) > 1000 ? 1 / zero : ferrite_reply_error("own error", 9);
}
FERRITE_COMMAND(t_half) { return ferrite_reply_array(2); }
FERRITE_COMMAND(t_status) { return 5; }
FERRITE_COMMAND(t_get) { return ferrite_get("k", 1, 0, 0) < 0 ? ferrite_fail() : 0; }
"""
HEAD = '[package]\nname = "t"\nversion = "1.0.0"\n'


def project(folder: Path, *commands: str, cases: str = "") -> list[str]:
    (folder / "t.c").write_text(SOURCE)
    tables = [f'[[commands]]\nname = "T.{name}"\nmax_args = 1\n' for name in commands]
    (folder / "plugin.toml").write_text(HEAD + "".join(tables))
    (folder / "tests.toml").write_text(cases)
    return ["test", str(folder)]


def test_a_new_project_passes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "x", "--lang", "c", "--into", str(tmp_path)]) == 0
    assert main(["test", str(tmp_path / "x")]) == 0
    output, errors = capfd.readouterr()
    assert "2 tests, 0 failed" in output
    assert "X.COUNT: 12 calls" in output
    assert "tests.toml: 5 cases" in output
    assert output.endswith("checks have passed\n")
    assert errors == ""


def test_faults_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(project(tmp_path, "GOOD", "TRAP", "HALF", "STATUS")) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "unit tests: none" in lines
    assert "  ok      T.GOOD: 14 calls" in lines
    failed = [line for line in lines if line.startswith("  failed  ")]
    traps = [line for line in failed if "T.TRAP" in line]
    assert len(traps) == 2  # a long argument, in both protocols
    trap = "trap: integer divide by zero"
    assert f"T.TRAP 'xxxxxxxxxxxxxxxxxxxx'... (RESP2): ERR plugin 't': {trap}" in traps[0]
    assert len([line for line in failed if "T.HALF" in line]) == 14
    assert len([line for line in failed if "T.STATUS" in line]) == 14
    assert lines[-1] == "30 of 57 checks have failed"


def test_a_missing_permission_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(project(tmp_path, "GET")) == 1
    assert "plugin.toml does not ask for what is imported: storage.read" in capsys.readouterr().out


def test_cases_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = """
[[case]]
command = "T.GOOD"
reply = "OK"
[[case]]
command = "T.GOOD"
reply = "KO"
[[case]]
command = "T.TRAP"
error = "ERR own"
[[case]]
command = "FLY"
"""
    assert main(project(tmp_path, "GOOD", "TRAP", cases=cases)) == 1
    output = capsys.readouterr().out
    assert f"{tmp_path}/tests.toml:6: T.GOOD: 'OK', expected 'KO'" in output
    assert output.count("tests.toml:") == 1


def test_a_bad_file_of_cases_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(project(tmp_path, "GOOD", cases="[[case]]\nx = 1")) == 1
    assert "tests.toml:2: case[0].x is no known key" in capsys.readouterr().err


def test_failing_unit_tests_are_counted(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    arguments = project(tmp_path, "GOOD")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "t.c").write_text(
        '#include "ferrite_test.h"\nFERRITE_TEST(fails) { CHECK(0); }\n'
    )
    assert main(arguments) == 1
    output = capfd.readouterr().out
    assert "  failed  unit tests: exit code 1" in output
    assert output.endswith("1 of 16 checks have failed\n")
