"""One source, three compilers: what ppci, clang and zig make of it gives the same replies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ferrite.plugins import encoder
from ferrite.plugins.manifest import SECTION_NAME
from ferrite.plugins.toolchains import build_plugin
from ferrite.protocol.encoder import encode
from tests.support.clang import build_by_clang, build_by_zig
from tests.support.plugin_bench import plugin_bench
from tests.support.require import ROOT

COMPILERS: dict[str, Callable[[Path, Path], None]] = {
    "clang": build_by_clang,
    "zig": build_by_zig,
}
REQUESTS = {
    "hello": [
        "HELLO.WORLD",
        "HELLO.WORLD Alice",
        "HELLO.WORLD " + "x" * 300,
        "HELLO.COUNT",
        "HELLO.COUNT visits",
        "HELLO.COUNT visits",
        "SET visits -9223372036854775808",
        "HELLO.COUNT visits",
        "SADD s 1",
        "HELLO.COUNT s",
        "HELLO.COUNT " + "k" * 2000,
    ],
    "bloom": [
        "BF.RESERVE f 0.01 1000",
        "BF.RESERVE f 0.01 1000",
        "BF.RESERVE g x 1000",
        "BF.RESERVE g 2 1000",
        "BF.ADD f one",
        "BF.ADD f one",
        *(f"BF.ADD f item:{number}" for number in range(50)),
        "BF.MADD f a b c one",
        "BF.MEXISTS f a b c d e " + "x" * 500,
        "BF.EXISTS f one",
        "BF.EXISTS none one",
        "BF.INFO f",
        "BF.INFO none",
        "BF.ADD auto first",
        "BF.INFO auto",
        "SET text 1",
        "BF.ADD text a",
        "DUMP f",
    ],
}


def replies(binary: bytes, requests: list[str]) -> list[bytes]:
    with plugin_bench(binary) as bench:
        return [encode(bench.reply(*request.split()), 3) for request in requests]


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("plugin", REQUESTS)
def test_replies_are_equal(plugin: str, compiler: str, tmp_path: Path) -> None:
    folder = ROOT / "plugins" / plugin
    ours = build_plugin(folder, tmp_path / "ours.wasm").read_bytes()
    COMPILERS[compiler](folder, tmp_path / "theirs.wasm")
    manifest = (folder / "plugin.toml").read_bytes()
    theirs = (tmp_path / "theirs.wasm").read_bytes()
    theirs += encoder.custom_section(SECTION_NAME, manifest)
    found = replies(ours, REQUESTS[plugin])
    assert found == replies(theirs, REQUESTS[plugin])
    assert len(set(found)) > 6
