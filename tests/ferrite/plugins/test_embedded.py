from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ferrite.plugins import (
    PluginCommandError,
    PluginConfig,
    PluginError,
    PluginLoadError,
    PluginManager,
)
from ferrite.plugins.sources import PluginSource
from tests.support.plugin_guests import guest
from tests.support.waiting import in_loop


def test_an_error_has_a_code_and_a_message() -> None:
    error = PluginCommandError("WRONGTYPE Operation against a key")
    assert (error.code, error.message) == ("WRONGTYPE", "Operation against a key")
    assert str(error) == "WRONGTYPE Operation against a key"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeout_ms": 0}, "timeout_ms: must be"),
        ({"default_grant": "storage"}, "default_grant: must be an array of strings"),
        ({"enable_plugin_command": "maybe"}, "enable_plugin_command: "),
    ],
)
def test_options_are_checked(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PluginConfig(**options)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        PluginConfig(no_such_option=1)  # type: ignore[call-arg]


def test_what_cannot_start_is_a_load_error() -> None:
    async def start(config: PluginConfig) -> None:
        async with PluginManager(config):
            pass

    bad = PluginConfig(auto_load=False, grants={"p": ["fly"]})
    with pytest.raises(PluginLoadError, match="grants: p: 'fly' is no right"):
        in_loop(start(bad))
    config = PluginConfig(auto_load=False)
    config.sandbox.restricted_syscalls = ("nonsense",)
    with pytest.raises(PluginLoadError, match="nonsense"):
        in_loop(start(config))


def test_the_store_is_used_where_it_is_named(tmp_path: Path) -> None:
    async def load(config: PluginConfig) -> None:
        path = tmp_path / "module.wasm"
        path.write_bytes(guest("(i32.const 0)"))
        async with PluginManager(config) as manager:
            await manager.load("t", PluginSource.file(path))
            await manager.enable("t", False)

    for name in ("plugins", "store"):
        (tmp_path / name).mkdir()
    in_loop(load(PluginConfig(plugin_dir=str(tmp_path / "plugins"))))
    assert list((tmp_path / "plugins").iterdir()) == []
    in_loop(load(PluginConfig(store_dir=str(tmp_path / "store"), auto_load=False)))
    assert (tmp_path / "store" / "state.json").exists()


def test_commands_at_the_same_time_are_different_clients() -> None:
    async def main() -> None:
        async with PluginManager(PluginConfig(auto_load=False)) as manager:
            waiting = asyncio.ensure_future(manager.execute_command("BLPOP", ["list", 0]))
            await asyncio.sleep(0)
            await manager.execute_command("RPUSH", ["list", "a"])
            assert await waiting == [b"list", b"a"]
            identity = await manager.execute_command("CLIENT", ["ID"])
            assert await manager.execute_command("CLIENT", ["ID"]) == identity

    in_loop(main())


def test_a_command_that_is_given_up_takes_nothing() -> None:
    async def main() -> None:
        async with PluginManager(PluginConfig(auto_load=False)) as manager:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(manager.execute_command("BLPOP", ["list", 0]), 0.01)
            await manager.execute_command("RPUSH", ["list", "a"])
            assert await manager.execute_command("LLEN", ["list"]) == 1

    in_loop(main())


def test_what_waits_when_the_manager_closes_is_told() -> None:
    async def main() -> None:
        manager = PluginManager(PluginConfig(auto_load=False))
        waiting = asyncio.ensure_future(manager.execute_command("BLPOP", ["list", 0]))
        await asyncio.sleep(0.01)
        await manager.close()
        with pytest.raises(PluginError, match="closed"):
            await waiting

    in_loop(main())


def test_keys_expire_by_themselves() -> None:
    async def main() -> None:
        async with PluginManager(PluginConfig(auto_load=False)) as manager:
            await manager.execute_command("SET", ["k", "x", "PX", 1])
            while await manager.execute_command("DBSIZE"):
                await asyncio.sleep(0.01)

    in_loop(main())


def test_closing_twice_is_closing_once() -> None:
    async def main() -> None:
        manager = PluginManager(PluginConfig(auto_load=False))
        await manager.execute_command("PING")
        await manager.close()
        await manager.close()

    in_loop(main())
