"""Go: which folders it takes, what it says without a compiler, and what it builds."""

from __future__ import annotations

from pathlib import Path

import pytest

import wasm_vm
from ferrite.plugins.toolchains import BuildError, build_binary, find_toolchain, go, sdk_folder
from ferrite.plugins.toolchains.go import Go
from tests.support.require import require

SOURCE = """package main

import "github.com/ferrite/plugin-sdk-go"

//export x_y
func answer(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	return plugin.Ok(plugin.Integer(42))
}

func main() {}
"""


def project(folder: Path, source: str = SOURCE) -> Path:
    (folder / "main.go").write_text(source)
    (folder / "go.mod").write_text(
        "module x\n\ngo 1.24\n\nrequire github.com/ferrite/plugin-sdk-go v0.1.0\n"
        f"\nreplace github.com/ferrite/plugin-sdk-go => {sdk_folder('go')}\n"
    )
    return folder


def test_folders(tmp_path: Path) -> None:
    assert not Go().recognises(tmp_path)
    assert isinstance(find_toolchain(project(tmp_path)), Go)


def test_without_a_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match=r"go is not installed: install Go 1\.24 or newer"):
        build_binary(project(tmp_path))


def test_unit_tests(tmp_path: Path) -> None:
    assert Go().unit_tests(project(tmp_path)) is None
    require("go")
    (tmp_path / "main_test.go").write_text("package main\n")
    command, environment = Go().unit_tests(tmp_path) or ([], {})
    assert command[1:] == ["test", "./..."]
    assert environment == {"GOTOOLCHAIN": "local"}


def test_a_build_without_a_manifest(tmp_path: Path) -> None:
    require("go")
    binary = build_binary(project(tmp_path))
    exports = {export.name for export in wasm_vm.load(binary).module.exports}
    assert {"X.Y", "memory", "_initialize"} <= exports
    assert build_binary(tmp_path) == binary


def test_a_module_has_room_for_its_heap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require("go")
    (roomy,) = wasm_vm.load(build_binary(project(tmp_path))).module.memories
    monkeypatch.setattr(go, "ROOM_PAGES", 0)
    (plain,) = wasm_vm.load(build_binary(tmp_path)).module.memories
    assert roomy.bounds.minimum - plain.bounds.minimum == 96


def test_a_compiler_error_reaches_the_author(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    require("go")
    with pytest.raises(BuildError, match="go failed with exit code 1"):
        build_binary(project(tmp_path, SOURCE.replace("42", "fortyTwo")))
    assert "main.go:7" in capfd.readouterr().err
