"""kill -9 under write load: every start succeeds, and everything acknowledged is there again."""

from __future__ import annotations

import os
import random
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from ferrite.errors import CommandError
from tests.support.require import require
from tests.support.server_process import ServerProcess, Start
from tests.support.waiting import SECONDS_MAX

MOMENTS = 200 if os.environ.get("FERRITE_SOAK") else 4
SEED = int(os.environ.get("FERRITE_SEED", "20260101"))
CLIENTS = 4
BURST_MAX = 16


class Writer(threading.Thread):
    """One client that writes until the server is gone."""

    def __init__(self, server: ServerProcess, name: str, seed: int) -> None:
        super().__init__(name=name, daemon=True)
        self.sent = 0
        self.acknowledged = 0
        self._chance = random.Random(seed)
        self._link = server.link()

    def run(self) -> None:
        key = self.name.encode()
        try:
            while True:
                count = self._chance.randrange(1, BURST_MAX)
                numbers = range(self.sent, self.sent + count)
                requests = [self._request(key, number) for number in numbers]
                self.sent += count
                self._link.send(*requests)
                for _ in range(count):
                    reply = self._link.reply()
                    assert not isinstance(reply, CommandError), reply
                    self.acknowledged += 1
                if self._chance.random() < 0.01:
                    self._link.ask("BGREWRITEAOF")
        except OSError:
            self._link.close()

    def _request(self, key: bytes, number: int) -> tuple[bytes, ...]:
        """The list's length is how many there have been."""
        return b"RPUSH", key, b"%d" % number + b"." * self._chance.randrange(0, 100)


def check(server: ServerProcess, writer: Writer) -> int:
    """The acknowledged writes of a client that are lost; none may be half done or out of order."""
    link = server.link()
    found = [int(item.partition(b".")[0]) for item in link.ask("LRANGE", writer.name, 0, -1)]
    link.close()
    assert found == list(range(len(found)))
    assert len(found) <= writer.sent
    return max(writer.acknowledged - len(found), 0)


def bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # a rewrite's child outlives its server by a moment
            total += path.stat().st_size
    return total


@pytest.mark.parametrize("policy", ["always", "everysec", "no"])
def test_kill_under_load(policy: str, tmp_path: Path, start: Start) -> None:
    require("redis")
    chance = random.Random(SEED)
    options = ("--appendonly", "yes", "--appendfsync", policy)
    server = start(*options)
    written = cut = 0
    for moment in range(MOMENTS):
        writers = [
            Writer(server, f"{moment}:{client}", SEED + moment * CLIENTS + client)
            for client in range(CLIENTS)
        ]
        for writer in writers:
            writer.start()
        time.sleep(chance.uniform(0.01, 0.4))
        server.kill()
        for writer in writers:
            writer.join(SECONDS_MAX)
            assert not writer.is_alive(), writer.name
        sizes = bytes_in(tmp_path / "appendonlydir")
        server = start(*options)
        cut += sizes != bytes_in(tmp_path / "appendonlydir")
        where = f"FERRITE_SEED={SEED}, moment {moment}"
        assert [check(server, writer) for writer in writers] == [0] * CLIENTS, where
        written += sum(writer.acknowledged for writer in writers)
        checked = subprocess.run(
            ["redis-check-aof", str(tmp_path / "appendonlydir" / "appendonly.aof.manifest")],
            capture_output=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        assert b"All AOF files and manifest are valid" in checked.stdout, (where, checked.stdout)
    link = server.link()
    assert link.ask("DBSIZE") <= MOMENTS * CLIENTS
    link.close()
    server.stop()
    print(
        f"\nappendfsync {policy}: {MOMENTS} kills, seed {SEED}: every start succeeded, {written} "
        f"acknowledged writes, none lost; redis-check-aof content; {cut} times a torn end"
    )
