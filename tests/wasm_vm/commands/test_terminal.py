from __future__ import annotations

import pytest

from wasm_vm.commands.terminal import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name 7", "plain name 7"),
        ("größer", "größer"),
        ("a\nb", r"a\nb"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\u202eright to left", r"\u202eright to left"),
        ("\0", r"\x00"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(text).isprintable()
