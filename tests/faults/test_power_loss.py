"""Power loss at random moments: what was acknowledged is there again, and nothing half done.

A simulated server writes to a disk in memory that knows what was synced. At a random operation on
the disk the power goes; what is found afterwards is what was synced, sometimes with a part of what
was not. The server that starts on it must hold the first so many of all transactions, no fewer than
the policy promises: with `always` all that were acknowledged, with `everysec` all that were
acknowledged a second before.
"""

from __future__ import annotations

import os
import random
from typing import NamedTuple

import pytest

from tests.support.memory_files import MemoryFiles
from tests.support.simulated import SimulatedServer

MOMENTS = 200 if os.environ.get("FERRITE_SOAK") else 20
SEED = int(os.environ.get("FERRITE_SEED", "20260101"))
STEPS_MAX = 400
PROMISED_MS = 1000


class PowerLoss(BaseException):
    """The power goes."""


class Write(NamedTuple):
    """A transaction that was sent."""

    requests: list[list[str]]
    acknowledged_at: int | None


def random_requests(chance: random.Random, number: int) -> list[list[str]]:
    """Some commands, one of which says how many transactions there have been."""
    key = f"k{chance.randrange(8)}"
    choices = [
        ["SET", f"s{key}", str(number), "PX", str(chance.randrange(1, 4000))],
        ["INCRBYFLOAT", f"f{key}", "0.1"],
        ["RPUSH", f"l{key}", str(number)],
        ["LPOP", f"l{key}"],
        ["SADD", f"m{key}", str(number)],
        ["SPOP", f"m{key}"],
        ["HSET", f"h{key}", str(number), "x" * chance.randrange(60)],
        ["ZADD", f"z{key}", str(chance.random()), str(number % 50)],
        ["DEL", f"l{key}"],
        ["EXPIRE", f"h{key}", "1"],
        ["COPY", f"l{key}", f"l{key}", "DB", "1", "REPLACE"],
    ]
    return [["RPUSH", "journal", str(number)], *chance.sample(choices, chance.randrange(3))]


def live(server: SimulatedServer, chance: random.Random, writes: list[Write]) -> None:
    """Turns of a few clients, with rewrites in between, until the power goes."""
    while True:
        turn: list[int] = []
        for client in range(chance.randrange(1, 4)):
            requests = random_requests(chance, len(writes))
            turn.append(len(writes))
            writes.append(Write(requests, None))
            for request in [["MULTI"], *requests, ["EXEC"]]:
                server.reply(*request, client=client)
        server.loop.end_turn()
        for index in turn:
            writes[index] = writes[index]._replace(acknowledged_at=server.loop.now)
        server.loop.sleep(chance.randrange(1, 60))
        if chance.random() < 0.01:
            server.ask("BGREWRITEAOF")
        server.state.expire_due()
        server.loop.end_turn()


def promised(writes: list[Write], policy: str, now: int) -> int:
    """How many transactions have to be there."""
    late = now - (PROMISED_MS if policy == "everysec" else 0)
    times = [write.acknowledged_at for write in writes]
    return sum(time is not None and time <= late for time in times)


@pytest.mark.parametrize("policy", ["always", "everysec"])
def test_power_loss(policy: str) -> None:
    lost_most, oldest_lost = 0, 0
    for moment in range(MOMENTS):
        chance = random.Random(SEED + moment)
        files = MemoryFiles()
        rdb = chance.random() < 0.5
        server = SimulatedServer(files, chance, appendfsync=policy, aof_use_rdb_preamble=rdb)
        left = chance.randrange(1, STEPS_MAX)

        def step() -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise PowerLoss

        files.before = step
        writes: list[Write] = []
        with pytest.raises(PowerLoss):
            live(server, chance, writes)
        files.before = lambda: None
        found_files = files.after_power_loss(chance if moment % 2 else None)
        found = SimulatedServer(found_files, loop=server.loop, appendfsync=policy)
        journal = [int(number) for number in found.reply("LRANGE", "journal", 0, -1)]  # type: ignore[union-attr]
        where = f"FERRITE_SEED={SEED}, moment {moment}"
        assert journal == list(range(len(journal))), where
        assert promised(writes, policy, server.loop.now) <= len(journal) <= len(writes), where
        missing = [w.acknowledged_at for w in writes[len(journal) :] if w.acknowledged_at]
        lost_most = max(lost_most, len(missing))
        oldest_lost = max([oldest_lost, *(server.loop.now - at for at in missing)])
        assert_same_as_replayed(found, writes[: len(journal)], where)
    print(
        f"\nappendfsync {policy}: {MOMENTS} losses of power, seed {SEED}: every start succeeded; "
        f"at most {lost_most} acknowledged transactions lost, the oldest {oldest_lost} ms old"
    )


def assert_same_as_replayed(found: SimulatedServer, writes: list[Write], where: str) -> None:
    """What does not depend on time or chance is what these transactions make."""
    wanted = SimulatedServer(MemoryFiles(), loop=found.loop)
    for write in writes:
        for request in write.requests:
            if request[0] not in ("SPOP", "EXPIRE") and not request[1].startswith(("s", "m", "h")):
                wanted.reply(*request)

    def stable(server: SimulatedServer) -> dict[tuple[int, bytes], object]:
        return {
            place: value
            for place, value in server.contents().items()
            if not place[1].startswith((b"s", b"m", b"h"))
        }

    assert stable(found) == stable(wanted), where
