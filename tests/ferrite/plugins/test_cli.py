"""`ferrite plugin`: help, wrong calls, and errors without a traceback."""

from __future__ import annotations

import pytest

from ferrite.plugins import cli
from ferrite.plugins.cli import main
from ferrite.plugins.toolchains import BuildError

NAMES = ("new", "build", "test", "run", "inspect", "bench", "replay", "keygen", "sign", "verify")


@pytest.mark.parametrize("arguments", [[], ["new"], ["fly"], ["sign"], ["build", "--fast"]])
def test_a_wrong_call_is_told_its_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: ferrite plugin" in capsys.readouterr().err


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    output = capsys.readouterr().out
    assert all(f"    {name} " in output for name in NAMES)
    for name in NAMES:
        with pytest.raises(SystemExit):
            main([name, "--help"])
        assert f"usage: ferrite plugin {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (BuildError("cc is missing"), 1, "cc is missing\n"),
        (FileNotFoundError(2, "No such file", "x"), 1, "x: No such file\n"),
        (OSError("odd"), 1, "odd\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_what_fails_is_told(
    error: BaseException,
    code: int,
    text: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> int:
        raise error

    monkeypatch.setattr(cli.build.project, "build", fail)
    assert main(["build"]) == code
    assert capsys.readouterr() == ("", text)
