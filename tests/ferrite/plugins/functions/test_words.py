from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.errors import CommandError
from ferrite.plugins.bounds import Overrides
from ferrite.plugins.functions.terms import PERMISSIONS_READ_ONLY, Terms
from ferrite.plugins.functions.words import key_indexes, read_source, read_text, split_call


def words(text: str) -> list[bytes]:
    return text.encode().split()


def test_a_source_with_every_option() -> None:
    wanted = read_source(
        words(
            "path f.wasm timeout 100ms PERMISSIONS storage.read storage.write=a:*"
            " COMMANDS GET @Read DENY_COMMANDS flushall MAX_MEMORY 16MB replace MAX_FUEL 1000"
        )
    )
    assert wanted.path == Path("f.wasm")
    assert wanted.replace
    source = wanted.source(Terms())
    assert source.function == Terms(
        ("storage.read", "storage.write=a:*"), False, ("get", "@read"), ("flushall",)
    )
    overrides = wanted.overrides(Overrides())
    assert overrides == Overrides(memory_bytes=16 << 20, timeout_ms=100, fuel=1000)


def test_what_was_not_said_stays() -> None:
    old = Terms(PERMISSIONS_READ_ONLY, True, ("get",), ("set",))
    assert read_source([b"\0asm"]).source(old).function == old
    assert read_source([b"x", b"COMMANDS", b"ping"]).source(old).function == Terms(
        PERMISSIONS_READ_ONLY, True, ("ping",), ("set",)
    )
    wider = read_source([b"x", b"PERMISSIONS", b"storage"]).source(old).function
    assert wider is not None
    assert not wider.read_only
    assert read_text([b"(module)", b"READ_ONLY"]).source(Terms()).function == Terms(
        PERMISSIONS_READ_ONLY, True
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PATH",
        "x REPLACE REPLACE",
        "x REPLACE yes",
        "x PERMISSIONS",
        "x TIMEOUT",
        "x TIMEOUT 1 2",
        "x READ_ONLY PERMISSIONS storage",
        "x other",
    ],
)
def test_bad_options(text: str) -> None:
    with pytest.raises(CommandError, match="syntax error"):
        read_source(words(text))


def test_bad_values() -> None:
    with pytest.raises(CommandError, match="ERR MAX_MEMORY lots"):
        read_source(words("x MAX_MEMORY lots"))
    with pytest.raises(ValueError, match="'fly' is no right"):
        read_source(words("x PERMISSIONS fly"))


@pytest.mark.parametrize(
    ("text", "keys", "arguments"),
    [
        ("", "", ""),
        ("KEYS a b ARGS c d", "a b", "c d"),
        ("keys a args", "a", ""),
        ("KEYS", "", ""),
        ("ARGS KEYS a", "", "KEYS a"),
        ("ARGS", "", ""),
        ("KEYS a ARGS b ARGS c", "a", "b ARGS c"),
        ("0", "", ""),
        ("0 a", "", "a"),
        ("2 args b c", "args b", "c"),
    ],
)
def test_calls(text: str, keys: str, arguments: str) -> None:
    assert split_call(words(text)) == (words(keys), words(arguments))
    request = [b"WASM.CALL", b"f", *words(text)]
    assert [request[index] for index in key_indexes(request)] == words(keys)


@pytest.mark.parametrize("text", ["1", "-1", "x", "3 a b", "9" * 40])
def test_calls_that_cannot_be(text: str) -> None:
    with pytest.raises(CommandError, match=r"[Nn]umber of keys"):
        split_call(words(text))
    assert list(key_indexes([b"WASM.CALL", b"f", *words(text)])) == []
