"""What sample plugins store is there after a restart, from either kind of file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.plugin_replies import pairs
from tests.support.plugin_server import Client, plugin_server
from tests.support.sample_calls import SCRIPTS
from tests.support.samples import copy_sample

WRITES_AND_READS = {
    "bloom": (["BF.MADD k a b c"], ["BF.MEXISTS k a b c d", "BF.CARD k", "BF.DEBUG k"]),
    "counter": (["COUNTER.INCR k 7"], ["COUNTER.GET k"]),
    "encrypt": (["SET secret:k value"], ["GET secret:k"]),
    "hll": (["HLL.ADD k a b c"], ["HLL.COUNT k"]),
    "rate-limiter": (["RATE.LIMIT k 5 600000"] * 3, ["RATE.PEEK k 5 600000"]),
    "stats": (["STATS.ADD k 1 2.5"], ["STATS.GET k"]),
}


def ask(client: Client, lines: list[str]) -> list[Any]:
    return [client.ask(*line.split()) for line in lines]


@pytest.mark.parametrize("appendonly", ["yes", "no"])
@pytest.mark.parametrize("name", WRITES_AND_READS)
def test_a_restart(name: str, appendonly: str, tmp_path: Path) -> None:
    config = tmp_path / "ferrite.toml"
    key = SCRIPTS["encrypt"].settings["key"]
    config.write_text(f'[plugins.config.encrypt]\nkey = "{key}"\n')
    module = copy_sample(name, tmp_path)
    arguments = ("--config", str(config), "--plugin", str(module), "--dir", str(tmp_path))
    arguments += ("--appendonly", appendonly, "--appendfsync", "always")
    writes, reads = WRITES_AND_READS[name]
    with plugin_server(*arguments) as server:
        client = server.client()
        ask(client, writes)
        before = ask(client, reads)
        if appendonly == "no":
            assert client.ask("SAVE") == "OK"
    with plugin_server(*arguments) as server:
        client = server.client()
        assert ask(client, reads) == before
        ask(client, writes)
        assert pairs(client.ask("PLUGIN.INFO", name))[b"errors"] == 0
