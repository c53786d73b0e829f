"""TypeScript: which folders it takes, what it says where tools are missing, and what it builds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import wasm_vm
from ferrite.plugins.manifest import SECTION_NAME
from ferrite.plugins.toolchains import BuildError, build_binary, find_toolchain
from ferrite.plugins.toolchains.typescript import TypeScript
from tests.support.guest_projects import NODE_MODULES
from tests.support.require import require

SOURCE = """import { command, PluginContext, Result, Value } from '@ferrite/plugin-sdk';

@command({ name: 'X.Y', flags: ['read'] })
export function answer(ctx: PluginContext, args: Value[]): Result {
  return Result.ok(Value.integer(42));
}
"""
PROJECT = {
    "name": "@me/x",
    "version": "1.2.3",
    "devDependencies": {"@ferrite/plugin-sdk": "0.1.0"},
}


def project(folder: Path, source: str = SOURCE) -> Path:
    (folder / "src").mkdir()
    (folder / "src" / "index.ts").write_text(source)
    (folder / "package.json").write_text(json.dumps(PROJECT))
    return folder


def linked(folder: Path, source: str = SOURCE) -> Path:
    require("assemblyscript")
    (folder / "node_modules").symlink_to(NODE_MODULES)
    return project(folder, source)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (json.dumps(PROJECT), True),
        ('{"dependencies": {"@ferrite/plugin-sdk": "*"}}', True),
        ('{"dependencies": {"left-pad": "*"}}', False),
        ('{"dependencies": ["@ferrite/plugin-sdk"]}', False),
        ("[]", False),
        ("no json", False),
        (None, False),
    ],
)
def test_folders(tmp_path: Path, text: str | None, expected: bool) -> None:
    if text is not None:
        (tmp_path / "package.json").write_text(text)
    assert TypeScript().recognises(tmp_path) == expected
    if expected:
        assert isinstance(find_toolchain(tmp_path), TypeScript)


def test_without_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match=r"node is not installed: install Node\.js 20 or newer"):
        build_binary(project(tmp_path))


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_the_compiler_comes_by_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools, folder = tmp_path / "tools", tmp_path / "project"
    tools.mkdir()
    project(folder_made(folder))
    program(tools, "node", "exit 3")
    monkeypatch.setenv("PATH", str(tools))
    with pytest.raises(BuildError, match=r"npm is not installed: install Node\.js"):
        build_binary(folder)
    program(tools, "npm", "exit 1")
    with pytest.raises(BuildError, match=r"exit code 1: assemblyscript comes from the npm reg"):
        build_binary(folder)
    program(tools, "npm", f'echo "$@" > {tmp_path}/words')
    with pytest.raises(BuildError, match="node failed with exit code 3"):
        build_binary(folder)
    assert (tmp_path / "words").read_text() == "install --no-audit --no-fund\n"


def folder_made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_the_manifest_is_that_of_the_decorators(tmp_path: Path) -> None:
    module = wasm_vm.load(build_binary(linked(tmp_path))).module
    assert module.custom(SECTION_NAME) == (
        b'[package]\nname = "x"\nversion = "1.2.3"\n\n[[commands]]\nname = "X.Y"\n'
        b'flags = ["read"]\n\n[[permissions]]\nresource = "storage"\naction = "read"\n'
    )
    assert {export.name for export in module.exports} == {"x_y", "memory", "_initialize"}


def test_a_manifest_of_the_project_takes_its_place(tmp_path: Path) -> None:
    text = '[package]\nname = "z"\n[[commands]]\nname = "X.Y"\n'
    (tmp_path / "plugin.toml").write_text(text)
    module = wasm_vm.load(build_binary(linked(tmp_path))).module
    assert module.custom(SECTION_NAME) == text.encode()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("flags:", "flag:", "src/index.ts:3:25: @command has no field flag; it has name, desc"),
        ("['read']", "'read'", "src/index.ts:3:25: flags is an array of strings"),
        ("name: 'X.Y', ", "", "src/index.ts:3:1: @command needs name: '...'"),
        ("{ name: 'X.Y', flags: ['read'] }", "", "write it as @command({ name: '...' })"),
        ("ctx: PluginContext, ", "", "@command is for a function answer(ctx: PluginContext, ar"),
        ("): Result", "): Value", "src/index.ts:3:1: @command is for a function answer(ctx"),
        ("42)", "fortyTwo)", "Cannot find name 'fortyTwo'"),
        ("42)", "42", "src/index.ts:5:37: ')' expected"),
        ("'@ferrite", "'./other'; import { x } from '@ferrite", "there is no ./other.ts"),
        ("42)", "args[0]?.() ?? 1)", "a call cannot be optional"),
    ],
)
def test_errors(
    tmp_path: Path, old: str, new: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    linked(tmp_path, SOURCE.replace(old, new))
    with pytest.raises(BuildError, match="node failed with exit code 1"):
        build_binary(tmp_path)
    told = capfd.readouterr().err
    assert message in told
    assert "    at " not in told, "a trace of the compiler's own calls"


def test_unit_tests(tmp_path: Path) -> None:
    assert TypeScript().unit_tests(project(tmp_path)) is None
    require("assemblyscript")
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "x.test.mjs").write_text("")
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    command, environment = TypeScript().unit_tests(tmp_path) or ([], {})
    assert command == [shutil.which("node"), "--test", "test/x.test.mjs"]
    assert environment == {}
