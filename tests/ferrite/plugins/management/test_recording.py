"""RECORD and REPLAY without a socket; tests/plugins/test_recording.py has the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.errors import CommandError
from tests.ferrite.plugins.recording.test_recorder import ECHO, record
from tests.support.plugin_bench import plugin_bench


@pytest.mark.parametrize("words", [["RECORD", "t", "ON"], ["RECORD", "t", "OFF"], ["REPLAY", "f"]])
def test_who_may(words: list[str], tmp_path: Path) -> None:
    with plugin_bench(ECHO) as bench:
        record(bench, tmp_path)
        bench.config.plugins.enable_plugin_command = "no"
        reply = bench.reply(f"PLUGIN.{words[0]}", *words[1:])
        assert isinstance(reply, CommandError)
        assert "command not allowed" in reply.text
        found = bench.reply("PLUGIN.RECORD", "t")
        assert isinstance(found, dict)
        assert found[b"recording"] == 1, "looking is allowed"
        bench.config.plugins.enabled = False
        assert "disabled" in str(bench.reply("PLUGIN.RECORD", "t"))


def test_the_answer_of_a_replay(tmp_path: Path) -> None:
    with plugin_bench(ECHO) as bench:
        path = record(bench, tmp_path)
        bench.reply("T.RUN", "x")
        found = bench.reply("PLUGIN.REPLAY", path.name)
        assert isinstance(found, dict)
        assert found[b"identical"] == 1
        assert found[b"ends"] == b"the file ends without its last frame"
        engines = found[b"engines"]
        assert isinstance(engines, list)
        assert [engine[b"engine"] for engine in engines] == [b"reference", b"compiled"]
        assert [engine[b"calls"] for engine in engines] == [1, 1]
        assert [engine[b"differences"] for engine in engines] == [[], []]
