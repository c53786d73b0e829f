"""Field tables of docs/wasm-vm.md, and the fields of JSON data in the same notation."""

from __future__ import annotations

import re
from typing import Any

from tests.support.sources import ROOT

DOCUMENT = ROOT / "docs" / "wasm-vm.md"


def section(title: str) -> str:
    """The text below a heading."""
    return DOCUMENT.read_text("utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]


def table_fields(title: str, number: int) -> set[str]:
    """The fields that a table below a heading lists."""
    tables = re.findall(r"\| field \| meaning \|\n\|---\|---\|\n((?:\|.*\n)+)", section(title))
    return set(re.findall(r"^\| `([^`]+)` \|", tables[number], re.MULTILINE))


def emitted_fields(data: Any, path: str = "") -> set[str]:
    """Paths of all values, as in `sections[].name`; an empty list says nothing of its items."""
    if isinstance(data, dict):
        found: set[str] = set()
        for key, value in data.items():
            found |= emitted_fields(value, f"{path}.{key}" if path else key)
        return found
    if isinstance(data, list):
        return set().union(*(emitted_fields(item, f"{path}[]") for item in data))
    return {path}
