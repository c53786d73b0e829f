from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from ferrite.config import RedisOptions
from ferrite.persistence.append_log import AppendLog
from tests.support.memory_files import MemoryFiles
from tests.support.simulated import START_MS, SimulatedLoop

ONE = b"*1\r\n$1\r\nx\r\n"
SELECT = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"


class Given:
    def __init__(self, policy: str = "always", **options: object) -> None:
        self.options = RedisOptions(appendfsync=policy)
        for name, value in options.items():
            setattr(self.options, name, value)
        self.loop = SimulatedLoop(random.Random(1))
        self.files = MemoryFiles()
        self.log = AppendLog(self.options, self.loop, lambda: self.loop.now)
        self.log.open(self.files.create("/f"), 0)
        self.safe: list[bool] = []
        self.log.followers.append(self.safe.append)

    def turn(self, *words: bytes) -> None:
        for word in words:
            self.log.add(0, [word])
        self.loop.end_turn()

    @property
    def content(self) -> bytes:
        return bytes(self.files.names["/f"].content)

    @property
    def synced(self) -> bytes:
        return self.files.names["/f"].synced


def test_one_write_and_one_sync_a_turn() -> None:
    given = Given()
    given.files.operations.clear()
    given.log.add(0, [b"x"])
    assert given.log.due
    assert given.content == b""
    given.log.append(0, ONE)
    given.log.add(1, [b"x"])
    given.loop.end_turn()
    assert not given.log.due
    assert given.content == SELECT + ONE + ONE + SELECT.replace(b"0\r\n", b"1\r\n") + ONE
    assert given.files.operations == [f"write {len(given.content)}", "sync"]
    assert given.log.size == len(given.content)


def test_every_second() -> None:
    given = Given("everysec")
    given.turn(b"x")
    given.loop.sleep(500)
    given.turn(b"x")
    assert (given.content, given.synced) == (SELECT + 2 * ONE, b"")
    given.loop.sleep(499)
    assert given.synced == given.content
    given.files.operations.clear()
    given.loop.sleep(5000)
    assert given.files.operations == []


def test_never() -> None:
    given = Given("no")
    given.turn(b"x")
    given.loop.sleep(5000)
    assert given.synced == b""
    given.log.close()
    assert given.synced == SELECT + ONE
    assert not given.log.is_open


def test_the_time_once_a_second() -> None:
    given = Given(aof_timestamp_enabled=True)
    given.turn(b"x")
    given.turn(b"x")
    given.loop.sleep(1000)
    given.turn(b"x")
    stamps = [b"#TS:%d\r\n" % (START_MS // 1000 + seconds) for seconds in range(2)]
    assert given.content == stamps[0] + SELECT + ONE + ONE + stamps[1] + ONE


@pytest.mark.parametrize("policy", ["always", "everysec", "no"])
def test_a_full_disk(policy: str) -> None:
    given = Given(policy)
    given.turn(b"x")
    given.files.free_bytes = 5
    given.turn(b"x", b"x")
    assert given.log.failure == "No space left on device"
    assert given.safe == [True, False]
    given.loop.sleep(3000)
    assert given.log.failure
    given.files.free_bytes = None
    given.loop.sleep(1000)
    assert not given.log.failure
    assert given.content == SELECT + 3 * ONE
    assert given.log.size == len(given.content)
    given.turn(b"x")
    assert given.content == SELECT + 4 * ONE


def test_entries_of_a_failing_time_keep_their_order() -> None:
    given = Given()
    given.files.free_bytes = 0
    given.turn(b"x")
    given.turn(b"y")
    given.files.free_bytes = None
    given.loop.sleep(1000)
    assert given.synced == SELECT + ONE + ONE.replace(b"x", b"y")


@pytest.mark.parametrize("policy", ["always", "everysec"])
def test_a_failing_sync_has_its_bytes_written_again(policy: str) -> None:
    given = Given(policy)
    given.turn(b"x")
    given.loop.sleep(2000)
    given.files.syncs_fail = True
    given.turn(b"x")
    given.loop.sleep(990)
    assert given.log.failure == "Input/output error"
    assert given.content == SELECT + 2 * ONE
    given.files.syncs_fail = False
    given.files.operations.clear()
    given.loop.sleep(1000)
    assert not given.log.failure
    assert given.synced == SELECT + 2 * ONE
    assert f"write {len(ONE)}" in given.files.operations


def test_nothing_known_is_cut_off_while_it_is_written_again() -> None:
    given = Given("everysec")
    given.turn(b"x")
    given.files.syncs_fail = True
    given.loop.sleep(990)
    given.files.free_bytes = 0
    seen: list[bytes] = []
    given.files.before = lambda: seen.append(given.content)
    given.loop.sleep(3000)
    assert set(seen) == {SELECT + ONE}


def test_a_sync_that_takes_long_is_not_begun_twice() -> None:
    given = Given("everysec")
    begun: list[Callable[[OSError | None], None]] = []
    given.loop.in_background = lambda work, done: begun.append(done)  # type: ignore[method-assign]
    given.turn(b"x")
    given.loop.sleep(950)
    given.turn(b"x")
    assert (len(begun), given.log.pending_syncs) == (1, 1)
    given.loop.sleep(3000)
    begun[0](None)
    given.loop.sleep(1000)
    assert len(begun) == 2


def test_a_sync_of_a_file_before_means_nothing() -> None:
    given = Given("everysec")
    begun: list[Callable[[OSError | None], None]] = []
    given.loop.in_background = lambda work, done: begun.append(done)  # type: ignore[method-assign]
    given.turn(b"x")
    given.loop.sleep(950)
    given.log.settle()
    given.log.open(given.files.create("/g"), 0)
    begun[0](OSError(5, "late"))
    assert not given.log.failure


def test_another_file_begins_with_select() -> None:
    given = Given()
    given.turn(b"x")
    given.log.settle()
    given.log.open(given.files.create("/g"), 0)
    given.turn(b"x")
    assert bytes(given.files.names["/g"].content) == SELECT + ONE


def test_syncs_can_be_held() -> None:
    given = Given()
    given.log.hold_syncs = lambda: True
    given.turn(b"x")
    assert (given.content, given.synced) == (SELECT + ONE, b"")
    given.log.hold_syncs = lambda: False
    given.turn(b"x")
    assert given.synced == given.content


def test_a_file_that_cannot_be_settled_stays() -> None:
    given = Given()
    given.files.free_bytes = 0
    given.turn(b"x")
    with pytest.raises(OSError, match="No space"):
        given.log.settle()
    assert given.log.is_open
    assert given.log.buffered == len(SELECT + ONE)


def test_the_status_is_told() -> None:
    given = Given()
    told: list[str] = []
    given.log.status = lambda: told.append(given.log.failure)
    given.files.free_bytes = 0
    given.turn(b"x")
    given.turn(b"x")
    given.files.free_bytes = None
    given.loop.sleep(1000)
    assert told == ["No space left on device", ""]
