"""A state machine for each group of commands: two clients ask us and a real redis-server the same.

Rule: every step is one request of one client, and the bytes of both answers are the same but for
what chance, a table's size or the clock says; at the end both servers hold the same. The requests
are those of the random sessions, so that what is found there can be found here in combination.
FERRITE_SOAK=1 takes 10,000 steps for every group.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.differential import test_random_bitmaps_against_redis as bitmaps
from tests.differential import test_random_commands_against_redis as commands
from tests.differential import test_random_containers_against_redis as containers
from tests.differential import test_random_sorted_sets_against_redis as sorted_sets
from tests.support.in_process import InProcess
from tests.support.random_sessions import Agree, Request, chain, fixed, parsed, same_bytes, words
from tests.support.real_redis import RealRedis, redis_server
from tests.support.require import require

SOAK = os.environ.get("FERRITE_SOAK") == "1"
SETTINGS = settings(max_examples=200 if SOAK else 12, stateful_step_count=50)

keys = st.sampled_from([b"a", b"b", b"c"])
stamps = st.sampled_from([b"9999999999999", b"8888888888888", b"1", b"-1", b"x"])
conditions = st.lists(words(b"NX", b"XX", b"GT", b"LT"), max_size=1)
filling = st.one_of(
    fixed(b"SET", keys, st.sampled_from([b"1", b"text", b"x" * 50])),
    fixed(b"HSET", keys, st.just(b"f"), st.just(b"v")),
    fixed(b"RPUSH", keys, st.just(b"1"), st.just(b"2")),
    fixed(b"SADD", keys, st.just(b"m")),
    fixed(b"ZADD", keys, st.just(b"1"), st.just(b"m")),
)
generic = st.one_of(
    filling,
    chain(words(b"PEXPIREAT"), keys, stamps, conditions),
    chain(words(b"EXPIRE"), keys, st.sampled_from([b"100", b"0", b"-5"]), conditions),
    fixed(words(b"PERSIST", b"TTL", b"PEXPIRETIME", b"TYPE", b"EXISTS", b"TOUCH"), keys),
    fixed(words(b"RENAME", b"RENAMENX"), keys, keys),
    chain(words(b"COPY"), keys, keys, st.lists(words(b"REPLACE"), max_size=1)),
    fixed(b"COPY", keys, keys, words(b"DB"), st.sampled_from([b"0", b"1", b"99"])),
    fixed(words(b"MOVE"), keys, st.sampled_from([b"0", b"1", b"99"])),
    chain(words(b"DEL", b"UNLINK"), st.lists(keys, min_size=1, max_size=3)),
    fixed(words(b"OBJECT"), words(b"ENCODING", b"REFCOUNT"), keys.map(lambda key: b"no" + key)),
    fixed(b"SELECT", st.sampled_from([b"0", b"1"])),
    fixed(b"SWAPDB", st.sampled_from([b"0", b"1"]), st.sampled_from([b"0", b"1"])),
    fixed(b"DBSIZE"),
    fixed(words(b"FLUSHDB")),
    fixed(b"SORT", keys, words(b"ALPHA")),
)
transactions = st.one_of(
    generic,
    filling,
    fixed(words(b"MULTI")),
    fixed(words(b"MULTI")),
    fixed(words(b"EXEC")),
    fixed(words(b"EXEC")),
    fixed(words(b"DISCARD", b"UNWATCH")),
    chain(words(b"WATCH"), st.lists(keys, min_size=1, max_size=3)),
    fixed(b"INCR", keys),
    fixed(words(b"NOSUCH", b"GET")),
    fixed(b"RESET"),
)
READS = {
    b"string": (b"GET",), b"hash": (b"HGETALL",), b"list": (b"LRANGE", b"0", b"-1"),
    b"set": (b"SMEMBERS",), b"zset": (b"ZRANGE", b"0", b"-1", b"WITHSCORES"),
}  # fmt: skip


def agree_on_all(request: Request, theirs: bytes, mine: bytes) -> bool:
    """As each group judges its own."""
    judges = (commands.agree, containers.same_members, sorted_sets.agree)
    return theirs == mine or any(judge(request, theirs, mine) for judge in judges)


class Machine(RuleBasedStateMachine):
    """Two clients of each server."""

    port: ClassVar[int]
    requests: ClassVar[st.SearchStrategy[Request]]
    agree: ClassVar[Agree] = staticmethod(same_bytes)

    def __init__(self) -> None:
        super().__init__()
        self.real = [RealRedis(self.port) for _ in range(2)]
        first = InProcess()
        self.ours = [first, InProcess(state=first.state)]
        self.steps: list[tuple[int, Request]] = []

    @initialize(protocols=st.tuples(*[st.sampled_from([b"2", b"3"])] * 2))
    def greet(self, protocols: tuple[bytes, bytes]) -> None:
        self.real[0].ask(b"FLUSHALL")
        for number, protocol in enumerate(protocols):
            for client in (self.real[number], self.ours[number]):
                client.ask(b"HELLO", protocol)

    @rule(number=st.integers(0, 1), data=st.data())
    def ask(self, number: int, data: Any) -> None:
        request = data.draw(self.requests)
        self.steps.append((number, request))
        theirs, mine = self.real[number].ask(*request), self.ours[number].ask(*request)
        assert type(self).agree(request, theirs, mine), (self.steps, theirs, mine)

    def teardown(self) -> None:
        try:
            self._compare_all()
        finally:
            for client in self.real:
                client.close()

    def _compare_all(self) -> None:
        both = (self.real[0], self.ours[0])
        for client in both:
            client.ask(b"RESET")
            client.ask(b"SELECT", b"0")
        names, ours = (sorted(parsed(client.ask(b"KEYS", b"*"))) for client in both)
        assert names == ours, self.steps
        for name in names:
            kinds = {client.ask(b"TYPE", name) for client in both}
            assert len(kinds) == 1, (self.steps, name, kinds)
            word, *rest = READS[kinds.pop().strip(b"+\r\n")]
            request = (word, name, *rest)
            theirs, mine = (client.ask(*request) for client in both)
            assert agree_on_all(request, theirs, mine), (self.steps, request, theirs, mine)
            deadline = (b"PEXPIRETIME", name)
            theirs, mine = (client.ask(*deadline) for client in both)
            assert commands.agree(deadline, theirs, mine), (self.steps, name, theirs, mine)


GROUPS: dict[str, tuple[st.SearchStrategy[Request], Agree]] = {
    "strings": (commands.requests, commands.agree),
    "bits": (bitmaps.requests, same_bytes),
    "lists": (st.one_of(containers.lists, containers.lists, containers.others), same_bytes),
    "hashes": (st.one_of(containers.hashes, containers.others), containers.same_members),
    "sets": (st.one_of(containers.sets, containers.others), containers.same_members),
    "sorted sets": (sorted_sets.requests, sorted_sets.agree),
    "keys and expiry": (generic, agree_on_all),
    "transactions": (transactions, agree_on_all),
}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    require("redis")
    folder: Path = tmp_path_factory.mktemp("redis")
    with redis_server(folder) as found:
        yield found


@pytest.mark.parametrize("group", GROUPS)
def test_both_answer_the_same(port: int, group: str) -> None:
    requests, agree = GROUPS[group]
    fields = {"port": port, "requests": requests, "agree": staticmethod(agree)}
    run_state_machine_as_test(type("GroupMachine", (Machine,), fields), settings=SETTINGS)
