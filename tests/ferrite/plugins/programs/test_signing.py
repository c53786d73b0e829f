"""`ferrite plugin keygen`, `sign` and `verify`, one after the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.plugins.cli import main
from ferrite.plugins.toolchains import build_plugin
from tests.support.guest_projects import copied
from tests.support.require import ROOT


def test_sign_and_verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copied(ROOT / "plugins" / "hello", tmp_path / "hello")
    module, key = str(build_plugin(folder)), str(tmp_path / "key")
    assert main(["keygen", key]) == 0
    identity = capsys.readouterr().out.split()[-1]
    assert main(["verify", module, "--key", key + ".pub"]) == 1
    assert "is not signed" in capsys.readouterr().err
    for options in ([], ["--embed"]):
        assert main(["sign", module, "--key", key, *options]) == 0
    assert main(["verify", module, "--key", key + ".pub"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{module}: signed by key {identity}"
    assert main(["verify", module, "--key", str(tmp_path / "none")]) == 1
    assert "No such file" in capsys.readouterr().err
