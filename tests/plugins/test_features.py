"""docs/features.md: every promise has a test that is there, or says that it is open."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from ferrite.hooks import Event
from ferrite.permissions import Right
from ferrite.plugins import document
from tests.support.plugin_bench import plugin_bench
from tests.support.require import ROOT
from tests.support.sources import read

PAGE = (ROOT / "docs" / "features.md").read_text()
ROWS = re.findall(r"^\| ([\w-]+) \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)[1:]


def functions(path: Path) -> set[str]:
    tree = ast.parse(read(path))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_there_are_promises() -> None:
    assert len(ROWS) > 70
    assert len({identity for identity, _, _ in ROWS}) == len(ROWS), "each id once"


@pytest.mark.parametrize(("identity", "promise", "kept_by"), ROWS)
def test_every_promise_is_kept_or_open(identity: str, promise: str, kept_by: str) -> None:
    assert promise
    if kept_by.startswith("open: "):
        assert len(kept_by) > len("open: ")
        return
    match = re.fullmatch(r"`(tests/[\w/]+\.py)::(\w+)`", kept_by)
    assert match is not None, identity
    assert match[2] in functions(Path(match[1])), identity


def test_every_command_is_named() -> None:
    with plugin_bench() as bench:
        families = ("plugin.", "wasm.")
        names = [c.name.upper() for c in bench.state.registry if c.name.startswith(families)]
    assert not [name for name in names if name not in PAGE]


def test_every_event_and_permission_is_named() -> None:
    assert not [event.value for event in Event if f"hooks-{event.value}" not in PAGE]
    assert not {right.resource for right in Right if f"permissions-{right.resource}" not in PAGE}


@pytest.mark.parametrize(
    ("page", "name"),
    [(document.guide, "plugin-guide"), (document.configuration, "configuration")],
)
def test_the_generated_pages_are_those_of_the_declarations(page: object, name: str) -> None:
    assert callable(page)
    assert (ROOT / "docs" / f"{name}.md").read_text() == page(), "run `make docs`"
