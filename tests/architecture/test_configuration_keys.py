"""docs/configuration.md: every key of ferrite.toml has a test of its effect, which is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from ferrite.option_tables import options_of
from ferrite.plugin_options import PluginOptions, SandboxOptions
from ferrite.plugins.document import configuration
from tests.support.require import ROOT
from tests.support.sources import read

TABLES = ("[plugins.grants.NAME]", "[plugins.config.NAME]", "[plugins.quotas.USER]")
KEYS = [name for holder in (PluginOptions, SandboxOptions) for name, _ in options_of(holder)]
ROWS = dict(re.findall(r"^\| `([^`]+)` \|.* \| `(tests/[^`]+)` \|$", configuration(), re.MULTILINE))


def test_the_document_has_every_key() -> None:
    assert sorted(ROWS) == sorted((*KEYS, *TABLES))


@pytest.mark.parametrize("key", [*KEYS, *TABLES])
def test_every_key_has_a_test_of_its_effect(key: str) -> None:
    file, _, name = ROWS[key].partition("::")
    path = ROOT / file
    assert path.exists(), f"{key}: there is no {file}"
    tree = ast.parse(read(Path(file)))
    found = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert name in found, (
        f"{key}: add {ROWS[key]}, or name another test in ferrite.plugins.document"
    )
    word = key.split(".")[1] if key.startswith("[") else key
    assert word in read(Path(file)), f"{key} is not in the file of its test"
