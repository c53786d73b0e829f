"""Plugins in C meet what no client should send (tests.support.hostile_inputs)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ferrite.errors import CommandError
from ferrite.plugins.toolchains import build_binary
from tests.support.c_plugins import ALL_STORAGE, SOURCES, manifest_text, write_plugin
from tests.support.hostile_inputs import VALUES, inputs, unclean, withstands
from tests.support.plugin_server import Client, plugin_server
from tests.support.require import ROOT

CONFIG = "[plugins.sandbox]\nmax_cpu_ms = 100\n"
BAD = """FERRITE_COMMAND(x_bad) {
    return ferrite_reply_error(FERRITE_TEXT("ERR ValueError: x"));
}"""
UNCLEAN = [
    "no code", "ERR two\nlines", "ERR Traceback (most recent call last)", "ERR internal error",
    "ERR <x object at 0x7f>", "ERR TypeError: no", "ERR 'NoneType' is not", "ERR\r\n+OK",
]  # fmt: skip


@pytest.mark.parametrize("text", UNCLEAN)
def test_what_is_unclean(text: str) -> None:
    for reply in (CommandError(text), [1, [CommandError(text)]], {b"a": CommandError(text)}):
        assert unclean(reply)


def test_what_is_clean() -> None:
    for reply in (
        CommandError("ERR no"),
        CommandError("WRONGTYPE Operation"),
        1,
        b"Traceback",
        None,
    ):
        assert not unclean([reply])


def test_every_value_is_sent_at_every_place() -> None:
    sent = list(inputs())
    for value in VALUES:
        assert {index for each in sent for index in range(len(each)) if each[index] == value} >= {
            0,
            1,
            2,
        }


def test_a_server_that_answers_badly_is_found_out(tmp_path: Path) -> None:
    with plugin_server() as server:
        load(server.client(), write_plugin(tmp_path / "x.wasm", BAD, manifest_text(["X.BAD"])))
        with pytest.raises(AssertionError, match=r"X\.BAD .*shows 'ValueError'"):
            withstands(server.port, ["X.BAD"])


def load(client: Client, path: Path) -> None:
    assert client.ask("PLUGIN.LOAD", path.stem, str(path)) == "OK"


@pytest.mark.parametrize("protocol", [2, 3])
def test_the_sample_in_c(tmp_path: Path, protocol: int) -> None:
    path = tmp_path / "hello.wasm"
    path.write_bytes(build_binary(ROOT / "plugins" / "hello"))
    run(tmp_path, path, ["HELLO.WORLD", "HELLO.COUNT"], protocol)


@pytest.mark.parametrize("name", ["store", "types", "any", "network"])
def test_the_sources_of_other_tests(tmp_path: Path, name: str) -> None:
    source = (SOURCES / f"{name}.c").read_text().replace("VERSION", "1").replace("PORT", "1")
    commands = [
        each.replace("_", ".", 1).upper()
        for each in re.findall(r"FERRITE_COMMAND\((\w+)\)", source)
    ]
    extra = '[[data_types]]\nname = "COUNTERS"\nversion = 1\n' if name == "types" else ""
    text = manifest_text(commands, permissions=ALL_STORAGE, extra=extra)
    run(tmp_path, write_plugin(tmp_path / f"{name}.wasm", source, text), commands, 3)


def run(folder: Path, path: Path, commands: list[str], protocol: int) -> None:
    config = folder / "ferrite.toml"
    config.write_text(CONFIG)
    with plugin_server("--config", str(config)) as server:
        load(server.client(), path)
        print(f"\n{path.stem}: {withstands(server.port, commands, protocol)}")
