"""Thousands of plugin calls, each with a fault, among clients that just work (plugin_storm).

Rule: the server lives, its keys are those of a model that has applied only the calls which were
kept, nothing is left of those which were not, and each is booked. A tenth of the calls by default,
2,000 with FERRITE_SOAK=1; FERRITE_SEED repeats a run. `pytest -s` prints seed and figures.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.support.crowd import SOAK
from tests.support.plugin_storm import Gate, Ordinary, Worker, keyspace
from tests.support.server_process import Link, ServerProcess
from tests.support.waiting import SECONDS_MAX

CALLS = 2_000 if SOAK else 200
WORKERS, CLIENTS = 4, 20
SEED = int(os.environ.get("FERRITE_SEED", random.SystemRandom().randrange(1 << 32) if SOAK else 1))
GROWN_BYTES_MAX = 48 << 20
ROUND_SECONDS_MAX = 400
"""For the calls of a worker; each of its waits has a bound of its own."""
CONFIG = """
[plugins]
hot_reload = false
timeout_ms = 60000
busy_reply_ms = 60000
[plugins.sandbox]
max_memory_mb = 4
max_cpu_ms = 100000
"""


def test_a_storm_of_faults(tmp_path: Path) -> None:
    print(f"\nFERRITE_SEED={SEED}")
    config = tmp_path / "ferrite.toml"
    config.write_text(CONFIG)
    options = ("--config", str(config), "--appendonly", "yes", "--save", "")
    faulty = "tests.support.faulty_server"
    with ServerProcess(tmp_path, *options, module=faulty) as server, closing(Gate(WORKERS)) as gate:
        model = _storm(server, tmp_path, gate)
        server.stop()
    with ServerProcess(tmp_path, *options) as again:
        assert keyspace(again.link()) == model, "what the append-only file has kept"
        again.stop()


def _storm(server: ServerProcess, folder: Path, gate: Gate) -> dict[bytes, Any]:
    look, listener = server.link(), server.link()
    listener.ask("PSUBSCRIBE", "c:*")
    over = threading.Event()
    workers = [Worker(server.port, folder, gate, i, SEED + i) for i in range(WORKERS)]
    clients = [Ordinary(server.port, i, SEED + 100 + i, over) for i in range(CLIENTS)]
    for client in clients:
        client.start()
    begun = time.monotonic()
    _run(workers, CALLS // 5 // WORKERS)
    live, resident = dict(look.ask("STORM.LIVE")), _resident(server)
    _run(workers, CALLS // WORKERS)
    over.set()
    for client in clients:
        client.join(SECONDS_MAX)
        assert not client.is_alive(), client.name
        assert client.problem is None, client.problem
    live_after, resident_after = _settled(look), _resident(server)
    faults = sum((worker.faults for worker in workers), Counter[str]())
    print(f"{faults.total()} calls in {time.monotonic() - begun:.1f} s: {dict(faults)}")
    print(f"{sum(client.done for client in clients)} requests of {CLIENTS} clients beside them")
    print(f"alive before {live}, after {live_after}")
    print(f"resident {resident >> 20} MiB, then {resident_after >> 20} MiB")
    _check_what_is_alive(live, live_after)
    assert resident_after - resident < GROWN_BYTES_MAX
    model: dict[bytes, Any] = {}
    for part in (*workers, *clients):
        model |= {key: value for key, value in part.model.items() if value not in ([], {})}
    assert keyspace(look) == model
    _check_books(look, workers)
    _check_messages(look, listener, workers)
    return model


def _run(workers: list[Worker], calls: int) -> None:
    """Until every worker has made so many calls in all."""
    threads = []
    for worker in workers:
        worker.calls_wanted = calls
        threads.append(threading.Thread(target=worker.run, daemon=True))
        threads[-1].start()
    for worker, thread in zip(workers, threads, strict=True):
        thread.join(None if SOAK else ROUND_SECONDS_MAX)
        assert not thread.is_alive(), (worker.name, worker.calls, worker.faults)
        assert worker.problem is None, worker.problem


def _settled(look: Link) -> dict[bytes, int]:
    """What is alive once no task is under way: a thread that read for one may have to end first.
    One task is kept for the next row of requests."""
    deadline = time.monotonic() + SECONDS_MAX
    while (live := dict(look.ask("STORM.LIVE"))).get(b"Task", 0) > 1:
        assert time.monotonic() < deadline, live
    return live


def _check_what_is_alive(before: dict[bytes, int], after: dict[bytes, int]) -> None:
    assert after[b"journal"] == after[b"owner"] == 0
    assert after.get(b"Instance", 0) <= 2 * WORKERS, "one for each plugin, at most"
    for kind, count in after.items():
        assert count <= before.get(kind, 0) + 2 * WORKERS, kind


def _check_books(look: Link, workers: list[Worker]) -> None:
    """INFO plugins, INFO errorstats and PLUGIN.ERRORS know of every fault."""
    fields = dict(
        line.split(":", 1)
        for line in look.ask("INFO", "plugins", "errorstats").decode().splitlines()
        if ":" in line
    )
    kinds = sum((worker.kinds for worker in workers), Counter[str]())
    booked = {
        name.removeprefix("plugins_errors_"): int(count)
        for name, count in fields.items()
        if name.startswith("plugins_errors_")
    }
    assert booked == dict(kinds)
    assert int(fields["plugins_errors"]) == kinds.total()
    codes = sum((worker.codes for worker in workers), Counter[str]())
    counted = {
        name.removeprefix("errorstat_"): int(text.removeprefix("count="))
        for name, text in fields.items()
        if name.startswith("errorstat_")
    }
    assert counted == dict(codes)
    for worker in workers:
        failures = look.ask("PLUGIN.ERRORS", worker.plugin, "LIMIT", "50")
        told = [failure[failure.index(b"kind") + 1].decode() for failure in failures]
        assert told == worker.recent[-50:][::-1], worker.plugin


def _check_messages(look: Link, listener: Link, workers: list[Worker]) -> None:
    """Messages of calls that were kept, in their order, and no others."""
    look.ask("PUBLISH", "c:end", "")
    heard: dict[bytes, list[bytes]] = {}
    while True:
        _, _, channel, message = listener.reply()
        if channel == b"c:end":
            break
        heard.setdefault(channel, []).append(message)
    assert heard == {b"c:%d" % each.index: each.published for each in workers if each.published}


def _resident(server: ServerProcess) -> int:
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
