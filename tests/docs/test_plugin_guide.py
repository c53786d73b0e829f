"""docs/plugin-guide.md, followed block by block in each language."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.plugins.toolchains import TOOLCHAINS
from tests.support.fenced import Reader, blocks_of
from tests.support.real_redis import free_port
from tests.support.require import ROOT, require

NEEDS = {"c": (), "rust": ("rust-wasi",), "go": ("go",), "ts": ("assemblyscript",)}
TITLES = {"c": "C", "rust": "Rust", "go": "Go", "ts": "TypeScript"}
NODE_MODULES = ROOT / ".cache" / "assemblyscript" / "node_modules"
PORTS = ("6380", "6381")


@pytest.mark.parametrize("language", [toolchain.language for toolchain in TOOLCHAINS])
def test_tutorial(language: str, tmp_path: Path) -> None:
    for name in NEEDS[language]:
        require(name)
    page = (ROOT / "docs" / "plugin-guide.md").read_text("utf-8")
    others = set(TITLES.values()) - {TITLES[language]}
    mine = [block for block in blocks_of(page) if not others & set(block.headings)]
    ports = {port: str(free_port()) for port in PORTS}
    replacing = {"LANGUAGE=c\n": f"LANGUAGE={language}\n", **ports}
    if language == "ts":  # what npm would fetch
        (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    with Reader(tmp_path, replacing) as reader:
        reader.follow(mine)
    made = [block for block in mine if TITLES[language] in block.headings]
    assert len(made) >= 1
