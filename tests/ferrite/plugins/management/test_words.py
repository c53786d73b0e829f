"""Options in any order; GRANT takes what stands behind it."""

from __future__ import annotations

import pytest

from ferrite.errors import CommandError
from ferrite.plugins.management.words import read_wanted
from ferrite.plugins.sources import PluginSource

DIGEST = "A" * 64


def test_every_option_at_once() -> None:
    words = ["p.wasm", "GRANT", "storage.read=a*", "system", "sha256", DIGEST, "MANIFEST", "m"]
    wanted = read_wanted("p", [word.encode() for word in [*words, "DryRun"]])
    assert wanted.source == PluginSource.file("p.wasm")
    assert wanted.manifest == "m"
    assert wanted.pin == DIGEST.lower()
    assert wanted.dry_run
    assert wanted.grant is not None
    assert wanted.grant.describe()[0] == "storage.read a*"


def test_sources() -> None:
    assert read_wanted("p", [b"https://h/x"]).source == PluginSource.url("https://h/x")
    assert read_wanted("p", [b"base64", b"AAAA"]).source == PluginSource(data=b"\0\0\0")
    assert read_wanted("p", []).source is None
    assert read_wanted("p", [b"GRANT", b"none"]).source is None


@pytest.mark.parametrize(
    "words",
    ["f x", "f MANIFEST", "f MANIFEST a b", "f SHA256", "f GRANT", "f DRYRUN x", "f DRYRUN DRYRUN"],
)
def test_mistakes(words: str) -> None:
    with pytest.raises(CommandError, match="syntax error"):
        read_wanted("p", words.encode().split())
