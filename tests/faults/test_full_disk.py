"""A full disk and a failing fsync: writes are refused, nothing acknowledged is lost, and the server
takes writes again when the disk does."""

from __future__ import annotations

import os
import random
import resource
from pathlib import Path

import pytest

from ferrite.errors import CommandError
from tests.support.memory_files import MemoryFiles
from tests.support.server_process import Link, ServerProcess, Start
from tests.support.simulated import SimulatedServer
from tests.support.waiting import until

MOMENTS = 200 if os.environ.get("FERRITE_SOAK") else 20
SEED = int(os.environ.get("FERRITE_SEED", "20260101"))


def turn(server: SimulatedServer, number: int) -> bool | None:
    """One write: whether it was acknowledged; None when it was refused."""
    before = len(server.written)
    reply = server.ask("RPUSH", "journal", number)
    if isinstance(reply, CommandError):
        assert reply.text.startswith("MISCONF Errors writing to the AOF file: ")
        return None
    return all(server.written[before:])


def journal(files: MemoryFiles, server: SimulatedServer) -> list[int]:
    found = SimulatedServer(files, loop=server.loop)
    return [int(item) for item in found.reply("LRANGE", "journal", 0, -1)]  # type: ignore[union-attr]


@pytest.mark.parametrize("policy", ["always", "everysec", "no"])
@pytest.mark.parametrize("fault", ["full", "sync"])
def test_faults_at_random_moments(policy: str, fault: str) -> None:
    if (policy, fault) == ("no", "sync"):
        pytest.skip("nothing is synced")
    refused = doubtful = 0
    for moment in range(MOMENTS):
        chance = random.Random(SEED + moment)
        files = MemoryFiles()
        server = SimulatedServer(files, chance, appendfsync=policy)
        acknowledged: list[int] = []
        where = f"FERRITE_SEED={SEED}, moment {moment}"
        for number in range(200):
            if number == 50:
                files.free_bytes = chance.randrange(400) if fault == "full" else None
                files.syncs_fail = fault == "sync"
            if number == 150:
                files.free_bytes, files.syncs_fail = None, False
                server.loop.sleep(5000)
                assert not server.state.disk_failure, where
            outcome = turn(server, number)
            refused += outcome is None
            doubtful += outcome is False
            if outcome:
                acknowledged.append(number)
            server.loop.sleep(chance.randrange(1, 100))
            if chance.random() < 0.1:
                found = journal(files.after_crash(), server)
                assert set(acknowledged) <= set(found), where
        assert set(range(151, 200)) <= set(acknowledged), where
        found = journal(files.after_crash(), server)
        assert found == [int(item) for item in server.reply("LRANGE", "journal", 0, -1)]  # type: ignore[union-attr]
        assert found == sorted(found), where
        if policy == "always":
            assert journal(files.after_power_loss(), server) == found, where
    assert refused
    print(
        f"\n{fault}, appendfsync {policy}: {MOMENTS} faults, seed {SEED}: {refused} writes "
        f"refused, {doubtful} never answered, none acknowledged lost, service resumed every time"
    )


def limit_files(server: ServerProcess, size: int) -> None:
    """The size a file of a process may have; writing more fails."""
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def write_until_refused(link: Link, start: int) -> int:
    """How many writes were acknowledged."""
    for number in range(start, start + 100_000):
        try:
            reply = link.ask("RPUSH", "journal", number)
        except OSError:
            return number
        if isinstance(reply, CommandError):
            assert reply.text.startswith("MISCONF Errors writing to the AOF file: File too large")
            return number
    raise AssertionError("no write was refused")


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="the system has no prlimit")
@pytest.mark.parametrize("policy", ["always", "everysec"])
def test_a_real_file_that_may_not_grow(policy: str, tmp_path: Path, start: Start) -> None:
    options = ("--appendonly", "yes", "--appendfsync", policy)
    server = start(*options)
    link = server.link()
    assert link.ask("RPUSH", "journal", 0) == 1
    increment = tmp_path / "appendonlydir" / "appendonly.aof.1.incr.aof"
    limit_files(server, increment.stat().st_size + 1000)
    acknowledged = write_until_refused(link, 1)
    link.close()
    link = server.link()
    assert link.ask("RPUSH", "journal", "x").text.startswith("MISCONF")
    assert link.ask("PING").text.startswith("MISCONF")
    assert link.ask("LLEN", "journal") >= acknowledged
    limit_files(server, resource.RLIM_INFINITY)
    until(lambda: link.ask("RPUSH", "resumed", 1) == 1)
    wanted = link.ask("LRANGE", "journal", 0, -1)
    limit_files(server, increment.stat().st_size + 1000)
    more = write_until_refused(link, len(wanted))
    link.close()
    server.kill()
    server = start(*options)
    link = server.link()
    found = [int(item) for item in link.ask("LRANGE", "journal", 0, -1)]
    assert found[:more] == list(range(more))
    assert link.ask("EXISTS", "resumed") == 1
    link.close()
    server.stop()
