"""Sections and keys; tests/plugins/test_signatures.py has signed plugins."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.plugins import signatures
from ferrite.plugins.signatures import SignatureError
from tests.support.plugin_guests import guest

RUN = guest("(i32.const 0)")


def test_the_signature_section_is_the_last_one() -> None:
    assert signatures.split(RUN) == (RUN, [])
    once = signatures.embed(RUN, "line one")
    assert signatures.split(once) == (RUN, ["line one"])
    twice = signatures.embed(once, "line two")
    assert signatures.split(twice) == (RUN, ["line one", "line two"])
    assert signatures.split(twice + b"\0\2\1x")[1] == [], "what comes behind it is not signed"


@pytest.mark.parametrize("binary", [b"", b"\0asm", b"\0asm\1\0\0\0\0", b"\0asm\1\0\0\0\0\xff\xff"])
def test_what_is_no_module(binary: bytes) -> None:
    assert signatures.split(binary) == (binary, [])


@pytest.mark.parametrize("text", ["", "AAAA", "not base64!", "A" * 100])
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(SignatureError):
        signatures.read_public_key(text)


def test_a_key_is_called_by_its_digest(tmp_path: Path) -> None:
    identity = signatures.generate(tmp_path / "k")
    public = signatures.read_public_key((tmp_path / "k.pub").read_text())
    assert signatures.key_id(public) == identity
    line = signatures.sign(RUN, None, signatures.load_private_key(tmp_path / "k"))
    assert line.startswith(f"ed25519 {identity} ")
    assert signatures.check(RUN, None, line, [(tmp_path / "k.pub").read_text()], "f") == identity
