"""The Python API: plugins in a program, without a server."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ferrite.plugins import (
    PluginCommandError,
    PluginConfig,
    PluginError,
    PluginLoadError,
    PluginManager,
    PluginSource,
)
from ferrite.plugins.toolchains import build_plugin
from tests.support.functions import LOOP
from tests.support.http_answers import http_server
from tests.support.plugin_guests import data, guest, manifest, module, with_manifest
from tests.support.sources import ROOT
from tests.support.waiting import in_loop

PLAIN = guest("(call $reply_int (i64.const 7))", "reply_int")


def run(
    test: Callable[[PluginManager], Awaitable[None]], config: PluginConfig | None = None
) -> None:
    async def main() -> None:
        async with PluginManager(config or PluginConfig(auto_load=False)) as manager:
            await test(manager)

    in_loop(main())


def inline(binary: bytes) -> PluginSource:
    return PluginSource.base64(base64.b64encode(binary))


def test_the_guides_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "plugins" / "hello"
    folder.mkdir(parents=True)
    build_plugin(ROOT / "plugins" / "hello", folder / "hello.wasm")
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "plugin-guide.md").read_text()
    (example,) = re.findall(r"```python\n(.+?)```", page, re.DOTALL)
    exec(compile(example, "plugin-guide.md", "exec"), {"__name__": "example"})
    assert capsys.readouterr().out == "Result: b'Hello, Alice!'\nLoaded: 1, Active: 1\n"
    assert [path.name for path in (tmp_path / "plugins").iterdir()] == ["hello"], "nothing is kept"


def test_every_source(tmp_path: Path) -> None:
    path, text = tmp_path / "p.wasm", tmp_path / "other.toml"
    path.write_bytes(PLAIN)
    text.write_text(
        manifest("OTHER.RUN").replace("[[commands]]\n", '[[commands]]\nexport = "T.RUN"\n')
    )
    with http_server({"/p.wasm": (200, {}, PLAIN)}) as port:
        config = PluginConfig(auto_load=False, url_hosts=("127.0.0.1",))

        async def test(manager: PluginManager) -> None:
            for source in (
                PluginSource.file(path),
                PluginSource.url(f"http://127.0.0.1:{port}/p.wasm"),
                inline(PLAIN),
            ):
                await manager.load("p", source)
                assert await manager.execute_command("T.RUN") == 7
                await manager.unload("p")
            await manager.load("p", PluginSource.file(path), manifest=text)
            assert await manager.execute_command("OTHER.RUN") == 7
            with pytest.raises(PluginCommandError, match="unknown command"):
                await manager.execute_command("T.RUN")

        run(test, config)


def test_plugins_of_a_folder_are_there_from_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "p.wasm").write_bytes(PLAIN)
    (folder / "plugin.toml").write_text(manifest("T.RUN"))

    async def test() -> None:
        manager = PluginManager(PluginConfig(plugin_dir=str(tmp_path), hot_reload=False))
        assert manager.stats().total_plugins == 0, "not started yet"
        assert await manager.execute_command("T.RUN") == 7
        assert manager.stats().total_plugins == 1
        await manager.close()

    in_loop(test())


@pytest.mark.parametrize(
    ("body", "used", "value"),
    [
        ("(call $reply_null)", ["reply_null"], None),
        ("(call $reply_ok)", ["reply_ok"], "OK"),
        ("(call $reply_int (i64.const -3))", ["reply_int"], -3),
        ("(call $reply_double (f64.const 0.5))", ["reply_double"], 0.5),
        ("(call $reply_bool (i32.const 1))", ["reply_bool"], True),
        ("(call $reply_bulk (i32.const 8) (i32.const 2))", ["reply_bulk"], b"\x00\xff"),
        (
            "(call $reply_verbatim (i32.const 16) (i32.const 16) (i32.const 3))",
            ["reply_verbatim"],
            b"txt",
        ),
        (
            "(drop (call $reply_map (i32.const 1))) (drop (call $reply_int (i64.const 1)))"
            "(drop (call $reply_array (i32.const 1))) (call $reply_null)",
            ["reply_map", "reply_int", "reply_array", "reply_null"],
            {1: [None]},
        ),
        (
            "(drop (call $reply_set (i32.const 2))) (drop (call $reply_int (i64.const 1)))"
            "(call $reply_int (i64.const 2))",
            ["reply_set", "reply_int"],
            [1, 2],
        ),
    ],
)
def test_replies_are_values_and_errors_exceptions(
    body: str, used: list[str], value: object
) -> None:
    code = module(
        f'(func (export "T.RUN") (result i32) {body})'
        f"{data(8, chr(92) + '00' + chr(92) + 'ff')} {data(16, 'txt')}",
        *used,
    )

    async def test(manager: PluginManager) -> None:
        await manager.load("t", inline(with_manifest(code, manifest("T.RUN"))))
        found = await manager.execute_command("T.RUN")
        assert (found, type(found)) == (value, type(value))

    run(test)


def test_errors_are_typed() -> None:
    failing = guest("(call $reply_error (i32.const 8) (i32.const 8))", "reply_error")

    async def test(manager: PluginManager) -> None:
        await manager.load("t", inline(failing))
        with pytest.raises(PluginCommandError) as caught:
            await manager.execute_command("INCR", ["a", "b"])
        assert caught.value.code == "ERR"
        assert caught.value.message == "wrong number of arguments for 'incr' command"
        await manager.execute_command("LPUSH", ["list", 1, 2.5, b"\xff"])
        assert await manager.execute_command("LRANGE", ["list", 0, -1]) == [b"\xff", b"2.5", b"1"]
        with pytest.raises(PluginCommandError) as caught:
            await manager.execute_command("GET", ["list"])
        assert caught.value.code == "WRONGTYPE"
        with pytest.raises(PluginCommandError):
            await manager.execute_command("T.RUN")
        for value in (True, None, ["x"]):
            with pytest.raises(TypeError, match="an argument is str, bytes, int or float"):
                await manager.execute_command("SET", ["k", value])  # type: ignore[list-item]
        for source, message in (
            (PluginSource.file("/no/such.wasm"), "plugin 'p': /no/such.wasm: no such file"),
            (inline(b"nothing"), "plugin 'p': BASE64: malformed module"),
        ):
            with pytest.raises(PluginLoadError, match=message):
                await manager.load("p", source)
        with pytest.raises(PluginLoadError, match="plugin 'p': no such plugin is loaded"):
            await manager.unload("p")
        with pytest.raises(PluginLoadError, match="plugin 'p': 'fly' is no right"):
            await manager.load("p", inline(PLAIN), grant=["fly"])
        assert manager.stats().total_plugins == 1

    run(test)
    with pytest.raises(ValueError, match="max_plugins: must be between"):
        PluginConfig(max_plugins=-1)
    with pytest.raises(ValueError, match="enabled: must be a boolean"):
        PluginConfig(enabled="yes")  # type: ignore[arg-type]


def test_statistics() -> None:
    async def test(manager: PluginManager) -> None:
        for name in ("a", "b"):
            text = manifest(f"{name.upper()}.RUN")
            code = module(
                f'(func (export "{name}.run") (result i32) (i32.const 0))'
                f'(func (export "{name}_run") (result i32) (i32.const 0))'
            )
            await manager.load(name, inline(with_manifest(code, text)))
        await manager.execute_command("A.RUN")
        await manager.enable("b", False)
        stats = manager.stats()
        assert (stats.total_plugins, stats.active_plugins) == (2, 1)
        assert (stats.executions, stats.errors, stats.fuel) == (1, 0, 2)
        assert stats.memory_bytes == 2 * 65_536
        with pytest.raises(PluginCommandError, match="plugin 'b' is disabled"):
            await manager.execute_command("B.RUN")

    run(test)


def test_rights_and_settings_are_those_of_the_configuration() -> None:
    body = "(call $set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1))"
    writes = guest(f"(call $reply_int (i64.extend_i32_s {body}))", "set", "reply_int")
    for config, granted, result in (
        (PluginConfig(auto_load=False), None, 0),
        (PluginConfig(auto_load=False, grants={"t": ["storage.read"]}), None, -2),
        (PluginConfig(auto_load=False), ["storage.write=other:*"], -2),
        (PluginConfig(auto_load=False, default_grant=("storage.read",)), None, -2),
    ):

        async def test(manager: PluginManager) -> None:
            await manager.load("t", inline(writes), grant=granted)  # noqa: B023
            assert await manager.execute_command("T.RUN") == result  # noqa: B023

        run(test, config)


def test_the_program_goes_on_while_a_guest_runs_and_can_end_it() -> None:
    endless = guest(f"{LOOP} (i32.const 0)")

    async def test(manager: PluginManager) -> None:
        await manager.load("t", inline(endless))
        call = asyncio.ensure_future(manager.execute_command("T.RUN"))
        while not await manager.kill("t"):
            await asyncio.sleep(0)
        with pytest.raises(PluginCommandError, match="killed"):
            await call
        call = asyncio.ensure_future(manager.execute_command("T.RUN"))
        await asyncio.sleep(0)
        await manager.close()
        with pytest.raises(PluginCommandError, match="shutting down"):
            await call
        with pytest.raises(PluginError, match="is closed"):
            await manager.execute_command("PING")

    run(test)


def test_transactions_and_functions() -> None:
    code = module('(func (export "f") (result i32) i32.const 3)')

    async def test(manager: PluginManager) -> None:
        assert await manager.execute_command("MULTI") == "OK"
        assert await manager.execute_command("INCR", ["n"]) == "QUEUED"
        assert await manager.execute_command("LPOP", ["n"]) == "QUEUED"
        one, error = await manager.execute_command("EXEC")
        assert one == 1
        assert isinstance(error, PluginCommandError)
        assert await manager.execute_command("WASM.LOAD", ["f", code]) == "OK"
        assert await manager.execute_command("WASM.CALL", ["f"]) == 3
        assert manager.stats().total_plugins == 0, "a function is none"
        results = await asyncio.gather(*(manager.execute_command("INCR", ["n"]) for _ in range(5)))
        assert results == [2, 3, 4, 5, 6]

    run(test)
    disabled = PluginManager(PluginConfig(enabled=False))
    with pytest.raises(PluginLoadError, match="disabled"):
        in_loop(disabled.execute_command("PING"))
