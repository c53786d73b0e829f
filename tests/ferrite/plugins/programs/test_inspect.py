"""`ferrite plugin inspect`: everything that is in a module, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ferrite.plugins.cli import main
from ferrite.plugins.toolchains import build_plugin
from tests.support.require import ROOT

HELLO = ROOT / "plugins" / "hello"


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_plugin(HELLO, tmp_path_factory.mktemp("inspect") / "hello.wasm")


def test_json(module: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(module), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["package"], found["version"]) == ("hello", "1.0.0")
    assert found["exports"] == ["hello_world", "hello_count"]
    assert "ferrite_v1.incr_by" in found["imports"]
    assert found["permissions_asked"] == found["permissions_used"]
    assert found["permissions_missing"] == []
    assert found["commands"][0] == {
        "name": "HELLO.WORLD",
        "min_args": 0,
        "max_args": 1,
        "flags": "read fast",
        "description": "Greet somebody, or the world",
    }
    size = module.stat().st_size
    assert found["bytes"] == size == 8 + sum(each["bytes"] for each in found["sections"])
    manifest = found["sections"][-1]
    assert (manifest["section"], manifest["name"]) == ("custom", "ferrite-manifest")


def test_text(module: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(module)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "permissions used: storage.read, storage.write" in lines
    assert "hooks: none" in lines
    assert any(
        line.startswith("HELLO.COUNT  0         1         read write fast") for line in lines
    )


def test_a_folder_is_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "x", "--lang", "c", "--into", str(tmp_path)]) == 0
    capsys.readouterr()
    assert main(["inspect", str(tmp_path / "x"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["package"] == "x"


@pytest.mark.parametrize(("content", "message"), [(b"x", "malformed module"), (None, "no such")])
def test_errors(
    content: bytes | None, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.wasm"
    if content is not None:
        path.write_bytes(content)
    assert main(["inspect", str(path)]) == 1
    assert message in capsys.readouterr().err
