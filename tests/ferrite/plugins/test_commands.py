"""PLUGIN.*: grammar, answers, errors, and who may run them."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from ferrite.errors import CommandError
from ferrite.protocol.replies import OK, Reply
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import guest, manifest, module, with_manifest

RUN = guest("(i32.const 0)")
ENCODED = base64.b64encode(RUN)


def error(reply: Reply) -> str:
    assert isinstance(reply, CommandError)
    return reply.text


@pytest.mark.parametrize("words", [("PLUGIN.LOAD",), ("PLUGIN", "LOAD"), ("plugin", "load")])
def test_load_from_base64_in_both_spellings(words: tuple[str, ...]) -> None:
    with plugin_bench() as bench:
        assert bench.reply(*words, "t", "BASE64", ENCODED) == OK
        assert bench.reply("T.RUN") == OK
        unload = (words[0][:6], "UNLOAD") if len(words) == 2 else ("PLUGIN.UNLOAD",)
        assert bench.reply(*unload, "t") == OK
        assert bench.reply("PLUGIN.LIST") == []


def test_load_from_a_file_with_a_manifest(tmp_path: Path) -> None:
    (tmp_path / "m.wasm").write_bytes(RUN)
    (tmp_path / "x.toml").write_text('[package]\nname = "x"\nversion = "9.9.9"\n')
    with plugin_bench() as bench:
        bench.config.plugins.plugin_dir = str(tmp_path)
        assert bench.reply("PLUGIN.LOAD", "a", "m.wasm", "MANIFEST", "x.toml") == OK
        assert bench.reply("PLUGIN.LOAD", "b", str(tmp_path / "m.wasm")) == OK
        assert bench.reply("PLUGIN.LIST") == [
            {b"name": b"a", b"version": b"9.9.9", b"state": b"active"},
            {b"name": b"b", b"version": b"1.2.3", b"state": b"active"},
        ]


def test_info_gives_the_eight_fields_first() -> None:
    text = manifest("T.RUN", "T.FAIL", permissions=["storage.read a*"])
    code = module(
        """(func (export "T.RUN") (result i32) (i32.const 0))
        (func (export "T.FAIL") (result i32) (i32.const 1))"""
    )
    with plugin_bench(with_manifest(code, text)) as bench:
        for command in ("T.RUN", "T.RUN", "T.FAIL"):
            bench.reply(command)
        info = bench.reply("PLUGIN.INFO", "t")
        assert isinstance(info, dict)
        assert list(info)[:8] == [
            *(b"name", b"version", b"state", b"commands"),
            *(b"hooks", b"loaded_at", b"executions", b"errors"),
        ]
        assert info[b"commands"] == [b"T.RUN", b"T.FAIL"]
        assert info[b"hooks"] == []
        assert re.fullmatch(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", info[b"loaded_at"])
        assert (info[b"executions"], info[b"errors"]) == (3, 1)
        assert info[b"permissions"] == [b"storage.read a*"]
        assert info[b"source"] == b"BASE64"
        assert info[b"memory_bytes"] == 65_536
        assert info[b"last_error"] == b"ERR plugin returned 1"


def test_without_a_manifest_the_version_is_zero() -> None:
    with plugin_bench(module('(func (export "f") (result i32) (i32.const 0))')) as bench:
        info = bench.reply("PLUGIN.INFO", "t")
        assert isinstance(info, dict)
        assert info[b"version"] == b"0.0.0"
        assert info[b"commands"] == [b"F"]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (["PLUGIN.LOAD"], "ERR wrong number of arguments for 'plugin.load' command"),
        (["PLUGIN.LOAD", "x"], "ERR wrong number of arguments for 'plugin.load' command"),
        (["PLUGIN.LOAD", "x", "BASE64"], "ERR syntax error"),
        (["PLUGIN.LOAD", "x", "f", "MANIFEST"], "ERR syntax error"),
        (["PLUGIN.LOAD", "x", "f", "WHAT", "y"], "ERR syntax error"),
        (["PLUGIN.LOAD", "x", "f", "MANIFEST", "a", "MANIFEST", "b"], "ERR syntax error"),
        (["PLUGIN.LOAD", "x", "/none.wasm"], "ERR plugin 'x': /none.wasm: no such file"),
        (["PLUGIN.LOAD", "x y", "/none.wasm"], "ERR plugin 'x y': a plugin's name must be of"),
        (["PLUGIN.LOAD", "t", "/none.wasm"], "ERR plugin 't': a plugin of this name is loaded"),
        (
            ["PLUGIN.LOAD", "x", "BASE64", "AA*A"],
            "ERR plugin 'x': BASE64: unexpected character at position 2",
        ),
        (
            ["PLUGIN.LOAD", "x", "BASE64", "AAAA"],
            "ERR plugin 'x': BASE64: malformed module: ",
        ),
        (
            ["PLUGIN.LOAD", "x", "https://example.com/x.wasm"],
            "ERR plugin 'x': https://example.com/x.wasm: example.com:443 is not among url_hosts",
        ),
        (["PLUGIN.LOAD", "x", "f", "SHA256", "0"], "ERR plugin 'x': SHA256 takes 64 hexadecimal"),
        (["PLUGIN.LOAD", "x", "f", "GRANT"], "ERR syntax error"),
        (["PLUGIN.LOAD", "x", "f", "GRANT", "fly"], "ERR plugin 'x': GRANT: 'fly' is no right"),
        (["PLUGIN.LOAD", "x", "f", "DRYRUN", "y"], "ERR syntax error"),
        (["PLUGIN.UNLOAD", "x"], "ERR plugin 'x': no such plugin is loaded"),
        (["PLUGIN.INFO", "x"], "ERR plugin 'x': no such plugin is loaded"),
        (["PLUGIN.LOG", "x"], "ERR plugin 'x': no such plugin is loaded"),
        (["PLUGIN.KILL", "x"], "ERR plugin 'x': no such plugin is loaded"),
        (["PLUGIN.KILL", "t"], "NOTBUSY plugin 't' has no call under way."),
        (["PLUGIN.INFO"], "ERR wrong number of arguments for 'plugin.info' command"),
        (["PLUGIN", "FLY"], "ERR unknown subcommand 'FLY'. Try PLUGIN HELP."),
    ],
)
def test_errors(request_: list[str], message: str) -> None:
    with plugin_bench(RUN) as bench:
        assert error(bench.reply(*request_)).startswith(message)
        assert len(list(bench.manager)) == 1


def test_a_load_that_fails_names_the_byte() -> None:
    with plugin_bench() as bench:
        broken = base64.b64encode(RUN[:40])
        text = error(bench.reply("PLUGIN.LOAD", "x", "BASE64", broken))
        assert re.search(r"malformed module: .* \(at byte 0x[0-9a-f]+\)$", text)


CHANGING = [["PLUGIN.LOAD", "x", "BASE64", ENCODED], ["PLUGIN.UNLOAD", "t"], ["PLUGIN.KILL", "t"]]


@pytest.mark.parametrize("request_", CHANGING)
def test_who_may_change_plugins(request_: list[bytes | str]) -> None:
    for option, address, allowed in (
        ("local", "127.0.0.1:5", True),
        ("local", "[::1]:5", True),
        ("local", "", True),
        ("local", "10.1.2.3:5", False),
        ("yes", "10.1.2.3:5", True),
        ("no", "127.0.0.1:5", False),
    ):
        with plugin_bench(guest("(i32.const 0)", name="U.RUN")) as bench:
            bench.config.plugins.enable_plugin_command = option
            reply = bench.reply(*request_, call=bench.client(address))
            refused = isinstance(reply, CommandError) and "command not allowed" in reply.text
            assert refused != allowed


def test_everybody_may_look() -> None:
    with plugin_bench(RUN) as bench:
        bench.config.plugins.enable_plugin_command = "no"
        far = bench.client("10.1.2.3:5")
        assert not isinstance(bench.reply("PLUGIN.INFO", "t", call=far), CommandError)
        assert not isinstance(bench.reply("PLUGIN.LIST", call=far), CommandError)


@pytest.mark.parametrize(
    "request_",
    [*CHANGING, ["PLUGIN.LIST"], ["PLUGIN.INFO", "t"], ["PLUGIN.LOG", "t"]],
)
def test_plugins_can_be_switched_off(request_: list[bytes | str]) -> None:
    with plugin_bench(RUN) as bench:
        bench.config.plugins.enabled = False
        assert error(bench.reply(*request_)).startswith("ERR plugins are disabled")


def test_help_lists_every_command() -> None:
    with plugin_bench() as bench:
        lines = bench.reply("PLUGIN", "HELP")
        assert bench.reply("PLUGIN.HELP") == lines
        assert isinstance(lines, list)
        named = {line.split(" ")[0] for line in lines[1::2]}
        commands = (c.name for c in bench.state.registry if c.name.startswith("plugin."))
        assert named == {name.removeprefix("plugin.").upper() for name in commands}
        assert {"LOAD", "RELOAD", "WHY", "HELP"} <= named


def test_all_are_admin_and_dangerous() -> None:
    with plugin_bench() as bench:
        family = [c for c in bench.state.registry if c.name.startswith("plugin.")]
        assert len(family) > 12
        for command in family:
            assert {"admin", "dangerous"} <= set(command.categories), command.name
