"""Hot reload by what files look like, with and without watchfiles."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from ferrite.plugins import watching
from ferrite.plugins.sources import PluginSource
from ferrite.plugins.watching import Watcher
from tests.support.plugin_bench import PluginBench, plugin_bench
from tests.support.plugin_guests import guest


def loaded(bench: PluginBench, path: Path) -> Watcher:
    path.write_bytes(guest("(call $reply_int (i64.const 1))", "reply_int"))
    bench.loop.run_until_complete(bench.manager.load("t", PluginSource.file(path)))
    return Watcher(bench.manager, bench.config.plugins)


def change(path: Path, number: int) -> None:
    path.write_bytes(guest(f"(call $reply_int (i64.const {number}))", "reply_int"))
    os.utime(path, ns=(number, number))


def test_a_look_reloads_what_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "m.wasm"
    with plugin_bench() as bench:
        watcher = loaded(bench, path)
        bench.loop.run_until_complete(watcher.look())
        assert bench.manager.get("t").reloads == 0
        change(path, 2)
        bench.loop.run_until_complete(watcher.look())
        assert bench.reply("T.RUN") == 2
        bench.loop.run_until_complete(watcher.look())
        assert bench.manager.get("t").reloads == 1


def test_what_does_not_load_is_tried_once(tmp_path: Path) -> None:
    path = tmp_path / "m.wasm"
    with plugin_bench() as bench:
        watcher = loaded(bench, path)
        path.write_bytes(b"broken")
        for _ in range(3):
            bench.loop.run_until_complete(watcher.look())
        lines = bench.manager.get("t").log.lines()
        assert len(lines) == 1
        assert "hot reload: " in lines[0]
        assert bench.reply("T.RUN") == 1
        change(path, 3)
        bench.loop.run_until_complete(watcher.look())
        assert bench.reply("T.RUN") == 3


def test_without_watchfiles_it_polls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    monkeypatch.setattr(watching, "POLL_SECONDS", 0.01)
    path = tmp_path / "m.wasm"
    with plugin_bench() as bench:
        watcher = loaded(bench, path)

        async def run() -> None:
            watcher.start()
            change(path, 2)
            while not bench.manager.get("t").reloads:
                await asyncio.sleep(0.01)
            await watcher.stop()

        bench.loop.run_until_complete(asyncio.wait_for(run(), 20))
        assert bench.reply("T.RUN") == 2
