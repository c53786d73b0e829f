"""`ferrite plugin build` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.plugins.cli import main
from tests.support.require import ROOT


def test_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "hello.wasm"
    assert main(["build", str(ROOT / "plugins" / "hello"), "-o", str(target)]) == 0
    size = target.stat().st_size
    assert capsys.readouterr() == (f"{target}: {size} bytes\n", "")


def test_an_error_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plugin.toml").write_text('[package]\nname = "x"\n[[commands]]\nname = "X"\n')
    (tmp_path / "x.c").write_text("int x(void) {\n  return y;\n}\n")
    assert main(["build", str(tmp_path)]) == 1
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors == f'{tmp_path}/x.c:2:10: Undeclared identifier: "y"\n'


@pytest.mark.parametrize("arguments", [[], ["build"], ["fly"]])
def test_a_wrong_call_is_told_its_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: ferrite plugin" in capsys.readouterr().err
