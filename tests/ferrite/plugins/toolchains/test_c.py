"""What is C's own: which folders it takes, and that it needs a manifest."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.plugins.toolchains import BuildError, build_binary
from ferrite.plugins.toolchains.c import C


def test_folders(tmp_path: Path) -> None:
    assert not C().recognises(tmp_path)
    (tmp_path / "x.c").write_text("int x(void) { return 0; }")
    assert C().recognises(tmp_path)
    with pytest.raises(BuildError, match=r"plugin\.toml: a plugin in C needs it"):
        build_binary(tmp_path)
