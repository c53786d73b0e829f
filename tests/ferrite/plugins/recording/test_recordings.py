"""The recordings of one server: their places and their ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ferrite.errors import CommandError
from ferrite.plugins.limits import PluginLimits
from ferrite.plugins.program import LoadError
from ferrite.plugins.recording import recordings
from ferrite.plugins.recording.frames import Header, Last
from tests.ferrite.plugins.recording.test_recorder import ECHO, record
from tests.ferrite.plugins.test_guest import counter
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import guest
from tests.support.recordings import frames


def refusal(reply: object) -> str:
    assert isinstance(reply, CommandError)
    return reply.text


def test_where_recordings_are(tmp_path: Path) -> None:
    with plugin_bench(ECHO) as bench:
        options = bench.config.plugins
        options.plugin_dir = str(tmp_path / "none")
        text = refusal(bench.reply("PLUGIN.RECORD", "t", "ON"))
        assert text == (
            "ERR plugin 't': there is no folder for recordings: set [plugins] record_dir"
        )
        options.plugin_dir = str(tmp_path)
        assert bench.reply("PLUGIN.RECORD", "t", "ON") == "OK"
        assert (tmp_path / ".recordings" / "t-1.record").exists()
        assert bench.reply("PLUGIN.RECORD", "t", "OFF") == "OK"
        options.record_dir = str(tmp_path / "other")
        assert bench.reply("PLUGIN.RECORD", "t", "ON") == "OK"
        assert (tmp_path / "other" / "t-1.record").exists()


def test_a_place_that_is_none(tmp_path: Path) -> None:
    with plugin_bench(ECHO) as bench:
        (tmp_path / "file").write_text("")
        bench.config.plugins.record_dir = str(tmp_path / "file")
        assert "ERR plugin 't': RECORD: " in refusal(bench.reply("PLUGIN.RECORD", "t", "ON"))
        assert bench.reply("T.RUN", "x") == b"x"


def test_files_are_numbered_and_begin_with_a_header(tmp_path: Path) -> None:
    with plugin_bench(ECHO) as bench:
        for number in (1, 2, 3):
            record(bench, tmp_path)
            bench.reply("PLUGIN.RECORD", "t", "OFF")
            (header,) = frames(tmp_path / f"t-{number}.record", Header)
            program = bench.manager.get("t").program
            assert (header.sha256, header.plugin) == (program.sha256, "t")
            assert header.module_bytes == len(ECHO)


def test_a_server_that_stops_ends_them(tmp_path: Path) -> None:
    with plugin_bench(ECHO) as bench:
        path = record(bench, tmp_path)
    assert frames(path)[-1] == Last("the plugin was unloaded")


def test_a_busy_guest_is_not_switched(tmp_path: Path) -> None:
    with plugin_bench(counter()) as bench:
        bench.config.plugins.record_dir = str(tmp_path)
        busy = bench.manager.get("t").guest
        busy.busy = True
        assert "a call is under way" in refusal(bench.reply("PLUGIN.RECORD", "t", "ON"))
        busy.busy = False
        record(bench, tmp_path)
        busy.busy = True
        assert bench.reply("PLUGIN.RECORD", "t", "OFF") == "OK"
        busy.busy = False
        assert [bench.reply("T.COUNT") for _ in range(2)] == [1, 2]
        assert type(busy).__name__ == "Guest", "from the end of the call on"


def test_a_replay_is_bounded_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with plugin_bench(guest("(loop (br 0)) (i32.const 0)")) as bench:
        path = record(bench, tmp_path)
        bench.reply("T.RUN")
        monkeypatch.setattr(recordings, "LIMITS", PluginLimits(replay_seconds_max=0))
        text = refusal(bench.reply("PLUGIN.REPLAY", path.name))
        assert text == "ERR REPLAY: it takes more than 0 seconds"


def test_a_server_that_stops_ends_replays(tmp_path: Path) -> None:
    with plugin_bench(guest("(loop (br 0)) (i32.const 0)")) as bench:
        path = record(bench, tmp_path)
        bench.reply("T.RUN")
        found = bench.manager.recordings

        async def replay() -> None:
            task = asyncio.create_task(found.replay(path.name))
            while not found._replays:
                await asyncio.sleep(0)
            found.close()
            with pytest.raises(LoadError, match="the replay ended with -9"):
                await task

        bench.loop.run_until_complete(replay())
