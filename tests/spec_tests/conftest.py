"""Puts spec-tests/ on the path: it is a folder of scripts, which import one another by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.require import require

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "spec-tests"))


@pytest.fixture
def wasmtime_installed() -> None:
    """Skip where the assembler of the suite is not installed."""
    require("wasmtime")


@pytest.fixture
def suites_present() -> None:
    """Skip where the suite is neither beside the checkout nor fetched."""
    require("spec")
