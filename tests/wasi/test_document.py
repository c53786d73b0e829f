from __future__ import annotations

import re

from tests.support.sources import ROOT
from wasi import CALLS
from wasi.document import document

DOCUMENT = ROOT / "docs" / "wasi.md"


def test_the_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text("utf-8") == document()


def test_every_call_has_a_row_with_its_meaning() -> None:
    rows = dict(re.findall(r"^\| `(\w+)`[ *]* \|.*\| ([^|]+) \|$", document(), re.MULTILINE))
    assert rows.keys() == CALLS.keys()
    assert all(meaning.endswith(".") for meaning in rows.values())
    assert "| `clock_time_get` * | clock: i32, precision: i64, time_at: i32 | clock |" in document()
