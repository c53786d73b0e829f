"""The helpers of sdk/c/ferrite.h, compiled by our own build and by clang."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrite.errors import CommandError
from ferrite.protocol.encoder import encode
from tests.support.c_plugins import c_plugin, manifest_text
from tests.support.clang import build_by_clang
from tests.support.plugin_bench import PluginBench, plugin_bench
from tests.support.plugin_guests import with_manifest

SOURCE = """#include "ferrite.h"
static char one[1024], two[1024], words[64];

/* H.AT text offset: kind, bytes (its count for a container), where the next begins */
FERRITE_COMMAND(h_at)
{
    struct ferrite_value value;
    long long at = 0;
    int size = ferrite_arg_read(0, one, sizeof(one)), end;
    ferrite_arg_i64(1, &at);
    end = ferrite_value_at(one, size, (int)at, &value);
    if (end < 0)
        return ferrite_reply_null();
    ferrite_reply_array(3);
    ferrite_reply_bulk(&value.kind, 1);
    if (value.kind == '*' || value.kind == '%' || value.kind == '~')
        ferrite_reply_int(value.length);
    else
        ferrite_reply_bulk(value.text, value.length);
    return ferrite_reply_int(end);
}

/* H.AFTER text offset */
FERRITE_COMMAND(h_after)
{
    long long at = 0;
    int size = ferrite_arg_read(0, one, sizeof(one));
    ferrite_arg_i64(1, &at);
    return ferrite_reply_int(ferrite_value_after(one, size, (int)at));
}

/* H.OF text name */
FERRITE_COMMAND(h_of)
{
    int size = ferrite_arg_read(0, one, sizeof(one));
    int length = ferrite_arg_read(1, two, sizeof(two));
    return ferrite_reply_int(ferrite_value_of(one, size, two, length));
}

/* H.CALL word ...: through a request that has 64 bytes of room */
FERRITE_COMMAND(h_call)
{
    struct ferrite_request request;
    int count = ferrite_arg_count(), handle, i;
    ferrite_request_begin(&request, words, sizeof(words), count);
    for (i = 0; i < count; i++)
        ferrite_request_word(&request, one, ferrite_arg_read(i, one, sizeof(one)));
    handle = ferrite_request_call(&request);
    if (handle == FERRITE_ERR_LIMIT)
        return ferrite_reply_error(FERRITE_TEXT("no room"));
    return handle < 0 ? ferrite_fail() : ferrite_reply_handle(handle);
}

/* H.COPY text offset: moved there by ferrite_copy, between zeros of ferrite_clear */
FERRITE_COMMAND(h_copy)
{
    long long at = 0;
    int size = ferrite_arg_read(0, one, sizeof(one)), i;
    ferrite_arg_i64(1, &at);
    for (i = 0; i < (int)sizeof(two); i++)
        two[i] = 'x';
    ferrite_clear(two + 1, size + (int)at + 2);
    ferrite_copy(two + 1 + at, one, size);
    return ferrite_reply_bulk(two, size + (int)at + 4);
}

/* H.IS text: whether it is the word CAPACITY; H.SAME a b */
FERRITE_COMMAND(h_is)
{
    int size = ferrite_arg_read(0, one, sizeof(one));
    return ferrite_reply_int(ferrite_is_word(one, size, "CAPACITY"));
}

FERRITE_COMMAND(h_same)
{
    int size = ferrite_arg_read(0, one, sizeof(one));
    ferrite_arg_read(1, two, sizeof(two));
    return ferrite_reply_int(ferrite_same(one, two, size));
}
"""
COMMANDS = ("H.AT", "H.AFTER", "H.OF", "H.CALL", "H.COPY", "H.IS", "H.SAME")


@pytest.fixture(scope="module", params=["ferrite plugin build", "clang"])
def bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PluginBench]:
    manifest = manifest_text(COMMANDS)
    if request.param == "clang":
        folder = tmp_path_factory.mktemp("header")
        Path(folder, "h.c").write_text(SOURCE)
        build_by_clang(folder / "h.c", folder / "h.wasm")
        binary = with_manifest((folder / "h.wasm").read_bytes(), manifest)
        shutil.rmtree(folder)
    else:
        binary = c_plugin(SOURCE, manifest)
    with plugin_bench(binary) as made:
        yield made


VALUES = [
    (b"bytes", b"$"),
    (b"", b"$"),
    (b"\r\n$5\r\n", b"$"),
    (17, b":"),
    (-9, b":"),
    (None, b"_"),
    (1.5, b","),
    (True, b"#"),
    (CommandError("ERR no"), b"-"),
    ([1, [b"a", {b"k": []}], b"z"], b"*"),
    ({b"k": {b"l": [1, 2]}, b"m": b"n"}, b"%"),
    ([], b"*"),
    ({}, b"%"),
]


@pytest.mark.parametrize(("value", "kind"), VALUES)
def test_values_are_read(bench: PluginBench, value: object, kind: bytes) -> None:
    text = encode(value, 3)  # type: ignore[arg-type]
    whole = b"before" + text + b"+after\r\n"
    found = bench.reply("H.AT", whole, "6")
    assert isinstance(found, list)
    assert found[0] == kind
    if isinstance(value, bytes):
        assert found[1:] == [value, 6 + len(text)]
    elif isinstance(value, list | dict):
        assert found[1] == len(value)
    else:
        assert found[1:] == [text[1:-2], 6 + len(text)]
    assert bench.reply("H.AFTER", whole, "6") == 6 + len(text)
    for end in range(len(text) - (2 if isinstance(value, bytes) else 0)):
        assert bench.reply("H.AFTER", text[:end], "0") in (-1, len(text)), "cut off"


def test_a_key_of_a_map_is_found(bench: PluginBench) -> None:
    text = encode({b"status": 200, b"headers": {b"body": b"not this"}, b"body": b"this"}, 3)
    assert bench.reply("H.OF", text, "status") == text.index(b":200")
    assert bench.reply("H.OF", text, "body") == text.index(b"$4\r\nthis")
    assert bench.reply("H.OF", text, "other") == -1
    assert bench.reply("H.OF", encode([b"a"], 3), "a") == -1
    assert bench.reply("H.OF", b"", "a") == -1


def test_requests(bench: PluginBench) -> None:
    assert bench.reply("H.CALL", "ECHO", "hello") == b"hello"
    assert bench.reply("H.CALL", "ECHO", "") == b""
    fits = 64 - len(b"*2\r\n$4\r\nECHO\r\n$00\r\n\r\n")
    assert bench.reply("H.CALL", "ECHO", "x" * fits) == b"x" * fits
    for words in (["ECHO", "x" * (fits + 1)], ["ECHO", "x" * 1000], ["a"] * 50):
        reply = bench.reply("H.CALL", *words)
        assert isinstance(reply, CommandError)
        assert reply.text == "ERR no room"


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 16, 100])
def test_copies(bench: PluginBench, size: int) -> None:
    text = bytes(range(1, size + 1))
    for at in (0, 1, 3, 8):
        wanted = b"x" + bytes(at) + text + b"\x00\x00x"
        assert bench.reply("H.COPY", text, str(at)) == wanted


def test_words(bench: PluginBench) -> None:
    texts = {"CAPACITY": 1, "capacity": 1, "CapaCity": 1, "": 0, "CAPACIT": 0, "CAPACITYX": 0,
             "CAPACITY\x00": 0, "KAPACITY": 0}  # fmt: skip
    for text, wanted in texts.items():
        assert bench.reply("H.IS", text) == wanted, text
    assert bench.reply("H.SAME", "abc", "abc") == 1
    assert bench.reply("H.SAME", "abc", "abd") == 0
    assert bench.reply("H.SAME", "ab", "abd") == 1, "as many as were asked for"
