"""Plain text everywhere; colours and bars on a terminal alone."""

from __future__ import annotations

import io
import sys

import pytest

from ferrite.plugins.programs import output


def print_all() -> None:
    output.line(("good", output.GOOD), " [and] plain")
    output.table(("a", "long"), [("x", "1"), ("yyy", "")])
    assert list(output.progress([1, 2], "Work", 2)) == [1, 2]


def test_plain(capsys: pytest.CaptureFixture[str]) -> None:
    print_all()
    assert capsys.readouterr() == ("good [and] plain\na    long\nx    1\nyyy\n", "")


def test_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    print_all()
    assert "\x1b[32mgood\x1b[0m [and] plain\n" in terminal.getvalue()
    assert "long" in terminal.getvalue()
