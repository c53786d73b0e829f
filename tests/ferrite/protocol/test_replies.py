from __future__ import annotations

import pytest

from ferrite.protocol.replies import Verbatim


def test_verbatim_compares_by_value() -> None:
    assert Verbatim("txt", b"a") == Verbatim("txt", b"a")
    assert Verbatim("txt", b"a") != Verbatim("mkd", b"a")
    assert hash(Verbatim("txt", b"a")) == hash(Verbatim("txt", b"a"))
    assert Verbatim("txt", b"a") != b"a"


@pytest.mark.parametrize("format", ["", "text", "tx", "äöü"])
def test_verbatim_format_is_three_letters(format: str) -> None:
    with pytest.raises(ValueError, match="three ASCII letters"):
        Verbatim(format, b"")
