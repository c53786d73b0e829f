"""Cargo projects: which compiler is taken, and what an author is told."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import wasm_vm
from ferrite.plugins.manifest import SECTION_NAME, parse_manifest
from ferrite.plugins.programs.new import make_project
from ferrite.plugins.toolchains import BuildError, build_binary, find_toolchain, rust
from ferrite.plugins.toolchains.rust import Rust
from tests.support.require import require
from tests.support.rust_plugins import LISTINGS, built, kept_target
from tests.support.waiting import BUILD_SECONDS_MAX


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def compiler(folder: Path, target: str = "") -> None:
    """A cargo and a rustc that have the library of a target."""
    program(folder, "cargo", "exit 7")
    program(folder, "rustc", f"echo {folder}")
    if target:
        library = folder / "lib" / "rustlib" / target / "lib"
        library.mkdir(parents=True)
        (library / "libstd-0.rlib").touch()


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No compiler is on the machine but those that a test makes: in a and b, in this order."""
    monkeypatch.setattr(rust, "USUAL_FOLDERS", ())
    monkeypatch.setenv("PATH", os.pathsep.join(str(tmp_path / name) for name in "ab"))
    (tmp_path / "Cargo.toml").touch()
    return tmp_path


def greeter(tmp_path: Path) -> Path:
    """A new project."""
    make_project("greeter", "rust", tmp_path / "greeter")
    return tmp_path / "greeter"


def test_a_project_is_known_by_its_file(tmp_path: Path) -> None:
    assert not Rust().recognises(tmp_path)
    (tmp_path / "Cargo.toml").touch()
    (tmp_path / "helper.c").touch()
    assert find_toolchain(tmp_path).language == "rust"


def test_the_first_compiler_with_the_target_is_taken(alone: Path) -> None:
    compiler(alone / "a")
    compiler(alone / "b", "wasm32-wasi")
    command, environment = Rust().unit_tests(alone) or ([], {})
    assert command == [str(alone / "b" / "cargo"), "test"]
    assert environment["RUSTC"] == str(alone / "b" / "rustc")
    assert environment["PATH"].startswith(f"{alone / 'b'}{os.pathsep}")


def test_tests_need_no_target(alone: Path) -> None:
    compiler(alone / "b")
    command, _ = Rust().unit_tests(alone) or ([], {})
    assert command == [str(alone / "b" / "cargo"), "test"]
    with pytest.raises(BuildError, match="no Rust compiler with the target wasm32-wasi"):
        Rust().compile(alone, None, "")


def test_cargo_and_rustc_are_of_one_folder(alone: Path) -> None:
    program(alone / "a", "cargo", "exit 7")
    program(alone / "b", "rustc", f"echo {alone}")
    with pytest.raises(BuildError, match="libstd-rust-dev-wasm32"):
        Rust().compile(alone, None, "")
    with pytest.raises(BuildError, match="rustup target add wasm32-wasip1"):
        Rust().unit_tests(alone)


def test_a_broken_compiler_is_passed_by(alone: Path) -> None:
    program(alone / "a", "cargo", "exit 7")
    program(alone / "a", "rustc", "exit 1")
    with pytest.raises(BuildError, match="no Rust compiler"):
        Rust().compile(alone, None, "")


def test_the_template_is_a_whole_plugin(tmp_path: Path) -> None:
    require("rust-wasi")
    project = greeter(tmp_path)
    module = wasm_vm.load(build_binary(project)).module
    exports = {export.name for export in module.exports}
    assert {"_initialize", "GREETER.WORLD", "GREETER.COUNT"} <= exports
    section = module.custom(SECTION_NAME)
    assert section is not None
    manifest = parse_manifest(section.decode(), "section")
    assert (manifest.package.name, manifest.package.version) == ("greeter", "0.1.0")
    assert [command.name for command in manifest.commands] == ["GREETER.WORLD", "GREETER.COUNT"]
    assert manifest.commands[1].flags == ("read", "write", "fast")
    assert [p.right.value for p in manifest.permissions] == ["storage.read", "storage.write"]
    command, environment = Rust().unit_tests(project) or ([], {})
    done = subprocess.run(
        command,
        cwd=project,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
        timeout=BUILD_SECONDS_MAX,
    )
    assert b"2 passed" in done.stdout, done.stderr.decode()


def test_a_manifest_beside_it_replaces_the_one_inside(tmp_path: Path) -> None:
    require("rust-wasi")
    project = greeter(tmp_path)
    text = '[package]\nname = "other"\n[[commands]]\nname = "GREETER.COUNT"\n'
    (project / "plugin.toml").write_text(text)
    assert wasm_vm.load(build_binary(project)).module.custom(SECTION_NAME) == text.encode()


@pytest.mark.parametrize(
    ("project", "message"),
    [
        ('[package]\nname = "x"\nversion = "1.0.0"\n', r'needs \[lib\] with crate-type = \["cdyl'),
        ("[package\n", r"could not parse input as TOML|failed to parse manifest"),
    ],
)
def test_projects_that_are_none(tmp_path: Path, project: str, message: str) -> None:
    require("rust-wasi")
    (tmp_path / "Cargo.toml").write_text(project)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "lib.rs").touch()
    with pytest.raises(BuildError, match=message):
        build_binary(tmp_path)


def test_the_compiler_speaks_for_itself(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    require("rust-wasi")
    project = greeter(tmp_path)
    (project / "src" / "lib.rs").write_text("fn f() -> i32 { true }")
    with pytest.raises(BuildError, match="cargo failed with exit code 101"):
        build_binary(project)
    assert "mismatched types" in capfd.readouterr().err


def test_builds_are_reproducible(tmp_path: Path) -> None:
    require("rust-wasi")
    first = built(LISTINGS / "hello")
    with kept_target(LISTINGS / "hello"):
        assert build_binary(LISTINGS / "hello") == first
