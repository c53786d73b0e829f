"""Clients without sockets whose requests are served in a task, as connections have theirs."""

from __future__ import annotations

import asyncio

from ferrite.dispatch import TO_HOST, serve
from ferrite.errors import CommandError
from ferrite.pending import Pending
from ferrite.protocol.replies import Reply
from ferrite.server.hosting import Hosted, Hosting
from ferrite.state import Call
from tests.support.plugin_bench import PluginBench

ROOM = 1 << 30


class HostedClient:
    """Sends requests and keeps the replies, in order."""

    def __init__(self, bench: PluginBench, hosting: Hosting, call: Call) -> None:
        self.call = call
        self._bench = bench
        self._hosting = hosting
        self._replies: list[Reply] = []
        self.taken: list[Reply] = []
        self._rest: list[list[bytes]] = []
        self.waits = False
        self.hosted = Hosted(call, self._replies, ROOM, self._take, self._ended)

    def send(self, requests: list[list[bytes]]) -> None:
        """Serve them at the end of the turn, or as far as they need no task now."""
        self._bench.state.judge(self.call.session)
        self.waits = True
        end = serve(self.call, requests, self._replies, ROOM)
        rest = requests[len(self._replies) :]
        if end is TO_HOST:
            self._rest = list(rest)
            self.hosted.begin(rest)
            self._hosting.add(self.hosted)
        else:
            self._rest = rest[end is not None :]
            self._go_on(end)

    def _ended(self) -> None:
        hosted = self.hosted
        self._rest = self._rest[len(self._rest) - len(hosted.requests) + hosted.at :]
        assert not isinstance(hosted.end, Exception)
        if isinstance(hosted.end, Pending):
            self._rest = self._rest[1:]
        self._go_on(hosted.end)

    def _go_on(self, end: Pending | None) -> None:
        self._take()
        if end is not None:
            end.on_done(self._resolved)
        elif self._rest:
            self.send(self._rest)
        else:
            self.waits = False

    def _resolved(self, reply: Reply) -> None:
        if isinstance(reply, CommandError):
            self._bench.state.stats.count_error(reply.text)  # as a connection does
        self._replies.append(reply)
        self._go_on(None)

    def _take(self) -> None:
        self.taken += self._replies
        self._replies.clear()


def hosted_clients(bench: PluginBench, *calls: Call) -> list[HostedClient]:
    """Clients that are served together, one for each session."""
    hosting = Hosting(lambda: bench.state.host)
    return [HostedClient(bench, hosting, call) for call in calls]


def served_together(
    bench: PluginBench, rows: dict[Call, list[list[bytes]]]
) -> dict[Call, list[Reply]]:
    """The replies to what several clients send in one turn."""

    async def turn() -> dict[Call, list[Reply]]:
        clients = hosted_clients(bench, *rows)
        for client in clients:
            client.send(list(rows[client.call]))
        while any(client.waits for client in clients):
            await asyncio.sleep(0)
        return {client.call: client.taken for client in clients}

    return bench.loop.run_until_complete(turn())
