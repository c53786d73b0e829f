from __future__ import annotations

import pytest

from ferrite.client.printing import Style, shown


@pytest.mark.parametrize(
    ("style", "printed"),
    [(Style.TERMINAL, b'"a\\n"\n'), (Style.RAW, b"a\n\n"), (Style.JSON, b'"a\\n"\n')],
)
def test_styles(style: Style, printed: bytes) -> None:
    assert shown(b"a\n", style, [b"GET", b"k"]) == printed


@pytest.mark.parametrize("line", ["info", "Memory doctor", "client list", "latency graph x"])
def test_texts_for_people_are_printed_as_they_are(line: str) -> None:
    assert shown(b"a\n", Style.TERMINAL, line.encode().split()) == b"a\n"
