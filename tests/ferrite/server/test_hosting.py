"""Requests of several clients are served together, and none waits for another's long call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from ferrite.config import Config
from ferrite.pending import Pending
from ferrite.server.hosting import Hosted, Hosting
from tests.support.c_plugins import c_plugin, manifest_text
from tests.support.hosted_clients import hosted_clients
from tests.support.plugin_bench import PluginBench, plugin_bench

SOURCE = """
FERRITE_COMMAND(h_add)
{
    long long sum;
    if (ferrite_incr_by("k", 1, 1, &sum) < 0)
        return ferrite_fail();
    return ferrite_reply_int(sum);
}
FERRITE_COMMAND(h_loop)
{
    for (;;)
        ferrite_arg_count();
}
"""
ADD, LOOP = [b"H.ADD"], [b"H.LOOP"]


@pytest.fixture
def bench() -> Iterator[PluginBench]:
    config = Config()
    config.plugins.slice_ms = 1
    with plugin_bench(c_plugin(SOURCE, manifest_text(["H.ADD", "H.LOOP"])), config) as made:
        yield made


def test_clients_of_one_turn_are_served_at_its_end_in_order(bench: PluginBench) -> None:
    hosts: list[Callable[[], None]] = []

    def host(job: Callable[[], None], done: Callable[[], None]) -> bool:
        hosts.append(job)
        return bench.state.host(job, done)

    async def turn() -> None:
        hosting = Hosting(lambda: host)
        ended: list[int] = []
        clients = [
            Hosted(bench.client(), [], 1 << 30, lambda: None, lambda n=n: ended.append(n))  # type: ignore[misc]
            for n in range(3)
        ]
        for client in clients:
            client.begin([ADD, ADD])
            hosting.add(client)
        assert not any(client.replies for client in clients)
        await asyncio.sleep(0)
        assert [client.replies for client in clients] == [[1, 2], [3, 4], [5, 6]]
        assert [client.at for client in clients] == [2, 2, 2]
        assert (len(hosts), ended) == (1, [0, 1, 2])

    bench.reply(*ADD)
    bench.reply(*ADD)  # compiled, with an instance
    bench.keyspace.delete(b"k")
    bench.loop.run_until_complete(turn())


def test_a_call_that_gives_way_holds_up_its_own_client_alone(bench: PluginBench) -> None:
    async def turn() -> None:
        clients = hosted_clients(bench, *(bench.client() for _ in range(3)))
        clients[0].send([ADD])
        clients[1].send([ADD, LOOP, ADD])
        clients[2].send([ADD])
        while not bench.manager.calls.has(bench.manager.get("t")):
            await asyncio.sleep(0)
        assert clients[0].taken == [1]
        assert clients[1].taken == [2], "what is answered is sent"
        assert isinstance(clients[2].hosted.end, Pending), "it waits for the keyspace"
        bench.manager.kill("t")
        while any(client.waits for client in clients):
            await asyncio.sleep(0)
        assert "killed" in str(clients[1].taken[1])
        assert sorted([*clients[1].taken[2:], *clients[2].taken], key=str) == [3, 4]

    bench.loop.run_until_complete(turn())


def test_what_a_client_that_has_gone_had_sent_is_not_served(bench: PluginBench) -> None:
    async def turn() -> None:
        clients = hosted_clients(bench, *(bench.client() for _ in range(2)))
        for client in clients:
            client.send([ADD])
        clients[0].hosted.requests.clear()
        while any(client.waits for client in clients):
            await asyncio.sleep(0)
        assert [client.taken for client in clients] == [[], [1]]

    bench.loop.run_until_complete(turn())


def test_a_bug_in_one_request_stops_none_behind_it(bench: PluginBench) -> None:
    async def turn() -> None:
        hosting = Hosting(lambda: bench.state.host)
        ends: list[object] = []
        for requests in ([[]], [ADD]):  # the parser makes no request of no items
            client = Hosted(bench.client(), [], 1 << 30, lambda: None, lambda: None)
            client.on_end = lambda client=client: ends.append(client.take()[1])  # type: ignore[misc]
            client.begin(requests)
            hosting.add(client)
        while len(ends) < 2:
            await asyncio.sleep(0)
        assert isinstance(ends[0], IndexError)
        assert (ends[1], client.replies) == (None, [1])

    bench.loop.run_until_complete(turn())


def test_a_bug_within_a_row_leaves_nothing_open(bench: PluginBench) -> None:
    async def turn() -> None:
        hosting = Hosting(lambda: bench.state.host)
        ends: list[object] = []
        clients = [Hosted(bench.client(), [], 1 << 30, lambda: None, lambda: None) for _ in "123"]
        for client in clients:
            client.on_end = lambda client=client: ends.append(client.take()[1])  # type: ignore[misc]
            client.begin([ADD])
            hosting.add(client)
        del clients[1].call.session.plain  # type: ignore[attr-defined]
        while len(ends) < len(clients):
            await asyncio.sleep(0)
        assert [type(end) for end in ends].count(AttributeError) >= 1
        assert clients[2].replies
        assert bench.state.turn.owner is None
        assert bench.state.databases.journal.entries is None
        clients[1].call.session.plain = True

    bench.reply(*ADD)
    bench.reply(*ADD)
    bench.loop.run_until_complete(turn())
    assert isinstance(bench.reply(*ADD), int)
