"""Loading and unloading: all of a plugin joins the server, or nothing of it does."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from ferrite.errors import CommandError
from ferrite.pending import Pending
from ferrite.plugins.manager import PluginManager
from ferrite.plugins.plugin import PluginState
from ferrite.plugins.program import LoadError
from ferrite.plugins.sources import PluginSource
from ferrite.protocol.replies import OK
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import data, guest, manifest, module, with_manifest

RUN = guest("(i32.const 0)")


def test_a_plugin_joins_and_leaves() -> None:
    with plugin_bench() as bench:
        plugin = bench.load(RUN, "first")
        assert plugin.state is PluginState.ACTIVE
        assert list(bench.manager) == [plugin]
        assert bench.manager.get("first") is plugin
        assert bench.reply("T.RUN") == OK
        bench.loop.run_until_complete(bench.manager.unload("first"))
        assert list(bench.manager) == []
        answer = bench.reply("T.RUN")
        assert isinstance(answer, CommandError)
        assert answer.text.startswith("ERR unknown command 'T.RUN'")
        bench.load(RUN, "first")
        assert bench.reply("T.RUN") == OK


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("t", "a plugin of this name is loaded already"),
        ("", "a plugin's name must be of the form"),
        ("a b", "a plugin's name must be of the form"),
        ("../x", "a plugin's name must be of the form"),
    ],
)
def test_names(name: str, message: str) -> None:
    with plugin_bench(RUN) as bench, pytest.raises(LoadError, match=message):
        bench.load(guest("(i32.const 0)", name="U.RUN"), name)


def test_a_name_is_taken_from_the_start_of_loading_on() -> None:
    with plugin_bench() as bench:

        async def both() -> list[object]:
            source = PluginSource(data=RUN)
            loads = (bench.manager.load("t", source), bench.manager.load("t", source))
            return await asyncio.gather(*loads, return_exceptions=True)

        first, second = bench.loop.run_until_complete(both())
        assert not isinstance(first, Exception)
        assert isinstance(second, LoadError)
        assert len(list(bench.manager)) == 1


def test_there_is_a_most_of_plugins() -> None:
    with plugin_bench() as bench:
        bench.config.plugins.max_plugins = 1
        bench.load(RUN)
        with pytest.raises(LoadError, match="max_plugins = 1 are loaded already"):
            bench.load(guest("(i32.const 0)", name="U.RUN"), "u")


@pytest.mark.parametrize("taken", ["GET", "T.RUN", "PLUGIN.LOAD", "PLUGIN.MINE", "COMMAND"])
def test_a_command_that_is_taken_refuses_the_whole_plugin(taken: str) -> None:
    code = module(
        """(func (export "a") (result i32) (i32.const 0))
        (func (export "f") (result i32) (i32.const 0))"""
    )
    text = f'[package]\nname = "x"\n[[commands]]\nname = "A"\n[[commands]]\nname = "{taken}"\n'
    with plugin_bench(RUN) as bench:
        with pytest.raises(LoadError, match=taken.lower()):
            bench.load(with_manifest(code, text + 'export = "f"'), "x")
        assert len(list(bench.manager)) == 1
        assert bench.state.registry.get("a") is None, "none of its commands stays behind"
        assert bench.reply("T.RUN") == OK


def test_what_fails_to_load_can_be_loaded_afterwards() -> None:
    with plugin_bench() as bench:
        with pytest.raises(LoadError):
            bench.load(b"garbage")
        bench.load(RUN)
        assert bench.reply("T.RUN") == OK


def test_a_bad_default_grant_is_told_by_name() -> None:
    with plugin_bench() as bench:
        bench.config.plugins.default_grant = ("storage.fly",)
        with pytest.raises(LoadError, match=r"default_grant: 'storage\.fly' is no right"):
            bench.load(RUN)


HOOKED = """(func (export "T.RUN") (result i32) (i32.const 0))
    (func (export "ferrite_on_load") (result i32)
        (call $set (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 4)))
    (func (export "ferrite_on_unload") (result i32)
        (call $delete (i32.const 0) (i32.const 4)))"""


def test_on_load_and_on_unload_have_the_plugins_rights() -> None:
    binary = with_manifest(module(HOOKED + data(0, "load"), "set", "delete"), manifest("T.RUN"))
    with plugin_bench(binary) as bench:
        assert bench.keyspace.get(b"load") == b"load"
        # delete answers 1, which is an error of the hook: it is undone and only logged.
        bench.loop.run_until_complete(bench.manager.unload("t"))
        assert bench.keyspace.get(b"load") == b"load"


def test_an_on_load_that_fails_undoes_itself_and_the_load() -> None:
    fields = HOOKED.replace("(call $set", "(i32.add (i32.const 9) (call $set").replace(
        '(i32.const 0) (i32.const 4)))\n    (func (export "ferrite_on_un',
        '(i32.const 0) (i32.const 4))))\n    (func (export "ferrite_on_un',
    )
    binary = with_manifest(module(fields + data(0, "load"), "set", "delete"), manifest("T.RUN"))
    with plugin_bench() as bench:
        with pytest.raises(LoadError, match="ferrite_on_load: ERR plugin returned 9"):
            bench.load(binary)
        assert len(bench.keyspace) == 0
        assert list(bench.manager) == []


def test_a_failing_on_unload_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    code = module(
        """(func (export "T.RUN") (result i32) (i32.const 0))
        (func (export "ferrite_on_unload") (unreachable))"""
    )
    with plugin_bench(with_manifest(code, manifest("T.RUN"))) as bench:
        with caplog.at_level(logging.WARNING):
            bench.loop.run_until_complete(bench.manager.unload("t"))
        assert "ferrite_on_unload: ERR plugin 't': trap: unreachable" in caplog.text
        assert list(bench.manager) == []


def test_settings_of_the_server_beat_those_of_the_plugin(tmp_path: Path) -> None:
    from tests.ferrite.plugins.host_api.test_system import asking

    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "default.toml").write_text('greeting = "hi"\nname = "world"')
    (tmp_path / "m.wasm").write_bytes(asking("config"))
    with plugin_bench() as bench:
        bench.config.plugin_config["t"] = {"greeting": "hey"}
        source = PluginSource.file(tmp_path / "m.wasm")
        bench.loop.run_until_complete(bench.manager.load("t", source))
        assert bench.reply("T.RUN", "greeting") == b"hey"
        assert bench.reply("T.RUN", "name") == b"world"


def test_stop_ends_what_is_under_way() -> None:
    endless = guest("(loop $forever (br $forever)) (i32.const 0)")
    with plugin_bench(endless) as bench:
        bench.config.plugins.slice_ms = 1
        pending = bench.begin("T.RUN")
        assert isinstance(pending, Pending)
        bench.loop.run_until_complete(bench.manager.stop())
        assert isinstance(pending.value, CommandError)
        assert pending.value.text == "ERR plugin 't': the server is shutting down"
        assert list(bench.manager) == []


def test_two_managers_live_in_one_process() -> None:
    with plugin_bench(RUN) as one, plugin_bench(RUN) as other:
        assert isinstance(one.manager, PluginManager)
        assert one.reply("T.RUN") == other.reply("T.RUN") == OK
        assert one.manager.get("t") is not other.manager.get("t")
