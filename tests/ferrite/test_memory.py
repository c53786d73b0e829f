from __future__ import annotations

from typing import Any

import pytest

from ferrite.commands.information import information
from ferrite.errors import CommandError
from ferrite.keyspace.journal import Change
from ferrite.memory import RECORDED_MS
from tests.support.in_process import InProcess

DENIED = "OOM command not allowed when used memory > 'maxmemory'."


class World(InProcess):
    def __init__(self) -> None:
        self.now = 1_700_000_000_000
        super().__init__(now=lambda: self.now)

    def configure(self, **options: object) -> None:
        words = [
            word for name, value in options.items() for word in (name.replace("_", "-"), value)
        ]
        assert self.reply("CONFIG", "SET", *map(str, words)) == "OK"

    def error(self, *words: str | int) -> str:
        reply = self.reply(*words)
        assert isinstance(reply, CommandError), reply
        return reply.text

    def field(self, name: str) -> str:
        text = information(self.state, ["all"]).decode()
        return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)[name]


@pytest.fixture
def world() -> World:
    return World()


def test_without_a_limit_nothing_is_kept_and_the_figure_is_estimated(world: World) -> None:
    memory = world.state.memory
    assert not memory.kept
    before = memory.used
    world.reply("SET", "k", "x" * 1000)
    assert 1000 < memory.used - before < 1300
    for number in range(12_000):
        world.state.databases[0].set(b"key %d" % number, b"x" * 100)
    estimate = memory.used
    world.configure(maxmemory="1gb")
    assert memory.kept
    assert memory.used == pytest.approx(estimate, rel=0.02)
    world.configure(maxmemory=0)
    assert not memory.kept


def test_with_a_limit_the_figure_is_what_one_finds_by_looking(world: World) -> None:
    world.configure(maxmemory="1gb")
    memory = world.state.memory
    before = memory.used
    world.reply("SET", "k", "x" * 1000, "EX", 100)
    world.reply("RPUSH", "l", *range(100))
    world.reply("DEL", "l")
    usage = world.reply("MEMORY", "USAGE", "k")
    assert isinstance(usage, int)
    assert usage <= memory.used - before < usage + 1000
    world.now += 200_000
    world.reply("GET", "k")
    assert memory.used <= before + 100


def test_a_command_that_may_add_is_refused_when_nothing_may_go(world: World) -> None:
    world.reply("SET", "k", "v")
    world.configure(maxmemory=1)
    assert world.error("SET", "k", "w") == DENIED
    assert world.reply("GET", "k") == b"v"
    assert world.reply("DEL", "k") == 1
    world.configure(maxmemory="1gb")
    assert world.reply("SET", "k", "w") == "OK"


def test_a_transaction_when_memory_is_short(world: World) -> None:
    world.reply("MULTI")
    world.reply("SET", "k", "v")
    world.state.config.directives["maxmemory"].set(1)
    assert world.error("EXEC") == f"EXECABORT Transaction discarded because of: {DENIED}"
    assert world.session.transaction is None
    world.reply("MULTI")
    assert world.error("GET", "k") == DENIED
    assert world.error("EXEC").startswith("EXECABORT")
    world.reply("MULTI")
    assert world.error("GET", "k") == DENIED
    assert world.reply("DISCARD") == "OK"
    world.state.config.directives["maxmemory"].set(0)
    world.reply("MULTI")
    world.reply("GET", "k")
    world.state.config.directives["maxmemory"].set(1)
    assert world.reply("EXEC") == [None]


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-ttl"])
def test_memory_stays_within_the_limit(world: World, policy: str) -> None:
    world.configure(maxmemory=200_000, maxmemory_policy=policy, maxmemory_eviction_tenacity=100)
    for number in range(500):
        assert world.reply("SETEX", f"key:{number}", 1000 + number, "x" * 500) == "OK"
        assert world.state.memory.used < 200_000 + 1500
    keys = world.reply("DBSIZE")
    assert isinstance(keys, int)
    assert 150 < keys < 280
    assert int(world.field("evicted_keys")) == 500 - keys
    assert world.reply("CONFIG", "RESETSTAT") == "OK"
    assert world.field("evicted_keys") == "0"


def test_an_evicted_key_passes_the_notice_point(world: World) -> None:
    heard: list[tuple[Change, bytes]] = []
    world.reply("SET", "k", "v")
    world.state.databases.listen(lambda _, change, key: heard.append((change, key)))
    published: list[tuple[bytes, bytes]] = []
    world.configure(notify_keyspace_events="Ee")
    world.state.notifications._publish = lambda channel, message: (  # type: ignore[assignment]
        published.append((channel, message)) or 0
    )
    world.reply("WATCH", "k")
    world.configure(maxmemory=1, maxmemory_policy="allkeys-random")
    assert heard == [(Change.EVICTED, b"k")]
    assert published == [(b"__keyevent@0__:evicted", b"k")]
    assert world.state.watches.marked(world.session.id)


def test_no_key_goes_during_a_transaction_a_plugin_call_or_a_pause(world: World) -> None:
    world.reply("SET", "k", "v")
    world.configure(maxmemory_policy="allkeys-random")
    world.state.config.directives["maxmemory"].set(1)
    keyspace, memory = world.state.databases[0], world.state.memory
    memory.follow_config()
    assert len(keyspace) == 0
    keyspace.journal.begin()
    keyspace.set(b"k", b"v")
    assert memory.make_room()
    keyspace.journal.commit()
    world.state.turn.begin(world.call)
    assert memory.make_room()
    assert len(keyspace) == 1
    world.state.turn.end(world.call)
    memory.make_room()
    assert len(keyspace) == 0


def test_little_tenacity_lets_the_command_go_on_and_evicts_later(world: World) -> None:
    later: list[Any] = []
    memory = world.state.memory
    memory._call_later = lambda _, callback: later.append(callback)
    for number in range(500):
        world.reply("SET", number, "x")
    world.configure(maxmemory_policy="allkeys-lru", maxmemory_eviction_tenacity=0)
    world.configure(maxmemory=1)
    left = len(world.state.databases[0])
    assert 400 < left < 500
    assert len(later) == 1
    assert world.reply("SET", "k", "v") == "OK"
    while later:
        later.pop()()
    assert len(world.state.databases[0]) == 0


def test_idle_time_where_it_is_recorded(world: World) -> None:
    world.configure(maxmemory_policy="allkeys-lru")
    world.reply("SET", "k", "v")
    world.now += 5000
    for line in ("TTL k", "TYPE k", "EXISTS k", "OBJECT ENCODING k", "MEMORY USAGE k"):
        world.reply(*line.split())
    assert world.reply("OBJECT", "IDLETIME", "k") == 5
    assert world.reply("TOUCH", "k", "nosuch") == 1
    assert world.reply("OBJECT", "IDLETIME", "k") == 0
    world.now += 3000
    world.reply("CLIENT", "NO-TOUCH", "on")
    world.reply("GET", "k")
    assert world.reply("OBJECT", "IDLETIME", "k") == 3
    world.reply("TOUCH", "k")
    assert world.reply("OBJECT", "IDLETIME", "k") == 0
    world.reply("CLIENT", "NO-TOUCH", "off")
    world.now += 3000
    world.reply("GET", "k")
    assert world.reply("OBJECT", "IDLETIME", "k") == 0
    assert world.reply("OBJECT", "IDLETIME", "nosuch") is None
    assert world.error("OBJECT", "FREQ", "k").startswith("ERR An LFU maxmemory policy is not")


def test_idle_time_is_recorded_from_the_first_question_on(world: World) -> None:
    world.reply("SET", "k", "v")
    world.now += 5000
    assert world.session.plain
    assert world.reply("OBJECT", "IDLETIME", "k") == 0
    assert not world.session.plain
    world.now += 5000
    assert world.reply("OBJECT", "IDLETIME", "k") == 5
    world.reply("GET", "k")
    assert world.reply("OBJECT", "IDLETIME", "k") == 0
    world.now += RECORDED_MS + 1
    world.state.memory.tick()
    assert not world.state.memory.kept
    assert world.session.plain


def test_before_it_is_recorded_idle_time_is_that_of_all_keys_together(world: World) -> None:
    world.reply("SET", "k", "v")
    world.state.memory.tick()
    world.now += 5000
    for line in ("TTL k", "TYPE k", "EXISTS k", "PING", "INFO"):
        world.reply(*line.split())
        world.state.memory.tick()
    assert world.reply("OBJECT", "IDLETIME", "k") == 5


def test_frequency(world: World) -> None:
    world.configure(maxmemory_policy="volatile-lfu", lfu_log_factor=0)
    world.reply("SET", "k", "v")
    for _ in range(20):
        world.reply("GET", "k")
    assert world.reply("OBJECT", "FREQ", "k") == 25
    assert world.error("OBJECT", "IDLETIME", "k").startswith("ERR An LFU maxmemory policy is sel")
    world.now += 10 * 60_000
    assert world.reply("OBJECT", "FREQ", "k") == 15
    world.configure(maxmemory_policy="allkeys-lru")
    assert world.reply("OBJECT", "IDLETIME", "k") == 0


@pytest.mark.parametrize(
    ("policy", "option", "question"),
    [("allkeys-lru", "IDLETIME", "IDLETIME"), ("allkeys-lfu", "FREQ", "FREQ")],
)
def test_restore_takes_over_what_was_known(
    world: World, policy: str, option: str, question: str
) -> None:
    world.configure(maxmemory_policy=policy)
    world.reply("SET", "k", "v")
    dumped = world.reply("DUMP", "k")
    assert isinstance(dumped, bytes)
    assert world.reply("RESTORE", "new", 0, dumped, option, 100) == "OK"
    assert world.reply("OBJECT", question, "new") == 100


def test_clients_are_limited_by_bytes_or_percent(world: World) -> None:
    memory = world.state.memory
    world.configure(maxmemory_clients="5%")
    assert memory.client_limit == 0
    world.configure(maxmemory=1_000_000)
    assert memory.client_limit == 50_000
    assert world.reply("CONFIG", "GET", "maxmemory-clients") == {b"maxmemory-clients": b"5%"}
    world.configure(maxmemory_clients=70_000)
    assert memory.client_limit == 70_000
    assert "less or equal to 100" in world.error("CONFIG", "SET", "maxmemory-clients", "101%")


def test_a_client_that_takes_too_much_is_not_served(world: World) -> None:
    class Link:
        input_bytes = output_bytes = 0
        descriptor = -1

        def disconnect(self) -> None:
            world.state.disconnect(world.session)

    world.session.link = Link()  # type: ignore[assignment]
    world.configure(maxmemory_clients=20_000)
    world.reply("SET", "k", "x" * 30_000)
    assert world.session.close_after_reply
    assert b"k" not in world.state.databases[0]
    assert world.state.memory.clients.evicted == 1
