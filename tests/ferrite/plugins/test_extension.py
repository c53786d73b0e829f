"""The plugin system as a part of a server: what it brings, what stops a start."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ferrite.commands import standard_registry
from ferrite.config import Config
from ferrite.errors import StartError
from ferrite.plugins.extension import PluginExtension
from ferrite.state import ServerState
from ferrite.turn import Turn
from tests.support.plugin_guests import guest
from tests.support.waiting import in_loop


def started(config: Config) -> tuple[ServerState, list[str]]:
    """Start and stop a plugin system; the state, and the names of what was loaded."""

    async def run() -> tuple[ServerState, list[str]]:
        state = ServerState(config, standard_registry())
        state.turn = Turn(asyncio.get_running_loop(), lambda: 5000)
        extension = PluginExtension()
        try:
            await extension.start(state)
            assert extension.manager is not None
            names = [plugin.name for plugin in extension.manager]
            assert state.registry.get("plugin.load") is not None
            assert state.registry.get("plugin|load") is not None
        finally:
            await extension.stop()
        return state, names

    return in_loop(run())


def test_plugins_of_the_command_line_are_loaded(tmp_path: Path) -> None:
    path = tmp_path / "my-plugin.wasm"
    path.write_bytes(guest("(i32.const 0)"))
    config = Config()
    config.plugin_files = (str(path),)
    state, names = started(config)
    assert names == ["test"], "the package's name, not the file's"
    assert state.registry.get("t.run") is None, "and are gone at the end"


def test_without_a_package_name_the_file_gives_it(tmp_path: Path) -> None:
    from tests.support.plugin_guests import module

    path = tmp_path / "my-plugin.wasm"
    path.write_bytes(module('(func (export "f") (result i32) (i32.const 0))'))
    config = Config()
    config.plugin_files = (str(path),)
    assert started(config)[1] == ["my-plugin"]


def test_a_plugin_that_does_not_load_stops_the_start(tmp_path: Path) -> None:
    config = Config()
    config.plugin_files = (str(tmp_path / "none.wasm"),)
    with pytest.raises(StartError, match=r"--plugin .*none\.wasm: no such file"):
        started(config)


def test_switched_off_there_are_no_plugins(tmp_path: Path) -> None:
    config = Config()
    config.plugins.enabled = False
    assert started(config)[1] == []
    config.plugin_files = (str(tmp_path / "any.wasm"),)
    with pytest.raises(StartError, match="plugins are disabled"):
        started(config)


def test_a_restriction_that_means_nothing_stops_the_start() -> None:
    config = Config()
    config.sandbox.restricted_syscalls = ("exec", "fork", "fd_fly")
    with pytest.raises(StartError, match=r"\[plugins\.sandbox\] restricted_syscalls: 'fd_fly'"):
        started(config)
    config.sandbox.restricted_syscalls = ("exec", "fork", "sock_*", "clock")
    started(config)


def test_stopping_before_starting_is_harmless() -> None:
    in_loop(PluginExtension().stop())
