"""Rust plugins for tests: built once per run, with what cargo makes kept between the runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from ferrite.plugins.toolchains import build_binary
from tests.support.require import ROOT

LISTINGS = ROOT / "tests" / "listings" / "rust"


@contextmanager
def kept_target(folder: Path) -> Iterator[None]:
    """Let cargo put what it makes of a project of the tree into a place of its own."""
    before = os.environ.get("CARGO_TARGET_DIR")
    name = "-".join(folder.relative_to(ROOT).parts)
    os.environ["CARGO_TARGET_DIR"] = str(ROOT / ".cache" / "rust" / name)
    try:
        yield
    finally:
        if before is None:
            del os.environ["CARGO_TARGET_DIR"]
        else:
            os.environ["CARGO_TARGET_DIR"] = before


@cache
def built(folder: Path) -> bytes:
    """The plugin of a project of the tree."""
    with kept_target(folder):
        return build_binary(folder)
