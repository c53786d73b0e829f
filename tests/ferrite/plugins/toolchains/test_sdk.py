"""Where the SDKs are found."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from ferrite.plugins.toolchains import BuildError, sdk, sdk_folder
from tests.support.require import ROOT


def test_in_the_source_tree() -> None:
    assert sdk_folder("c") == ROOT / "sdk" / "c"
    assert (sdk_folder("c") / "ferrite.h").is_file()


def test_in_an_installation_and_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdk, "__file__", str(tmp_path / "a" / "b" / "c" / "sdk.py"))
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    with pytest.raises(BuildError, match="the SDK of ts is in none of"):
        sdk_folder("ts")
    installed = tmp_path / "share" / "ferrite" / "sdk" / "typescript"
    installed.mkdir(parents=True)
    assert sdk_folder("ts") == installed
