"""A call in a row is as one by itself: random rows on two servers, one of which has no rows."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import pytest

from ferrite.config import Config
from ferrite.dispatch import dispatch
from ferrite.errors import CommandError
from ferrite.pending import Pending
from ferrite.protocol.replies import Reply
from ferrite.state import Call
from tests.support.c_plugins import c_plugin, manifest_text
from tests.support.hosted_clients import hosted_clients, served_together
from tests.support.plugin_bench import PluginBench, plugin_bench

SOURCE = """
static char key[64], value[64];

FERRITE_COMMAND(r_set)
{
    int size = ferrite_arg_read(0, key, sizeof(key));
    if (size > (int)sizeof(key) || ferrite_arg_read(1, value, sizeof(value)) > (int)sizeof(value))
        return ferrite_reply_error(FERRITE_TEXT("too long"));
    if (ferrite_set(key, size, value, ferrite_arg_read(1, value, sizeof(value))) < 0)
        return ferrite_fail();
    return ferrite_reply_bulk(value, 1);
}
FERRITE_COMMAND(r_undo)
{
    ferrite_set("undone", 6, "x", 1);
    ferrite_publish("news", 4, "undone", 6);
    return ferrite_reply_error(FERRITE_TEXT("OOPS no"));
}
FERRITE_COMMAND(r_trap)
{
    ferrite_set("undone", 6, "x", 1);
    *(volatile char *)0x7ffffff0 = 1;
    return 0;
}
FERRITE_COMMAND(r_number)
{
    ferrite_set("undone", 6, "x", 1);
    return 7;
}
FERRITE_COMMAND(r_minus)
{
    return -1;
}
FERRITE_COMMAND(r_twice)
{
    ferrite_reply_int(1);
    return ferrite_reply_int(2);
}
FERRITE_COMMAND(r_add)
{
    long long sum;
    int size = ferrite_arg_read(0, key, sizeof(key));
    if (ferrite_incr_by(key, size, 1, &sum) < 0)
        return ferrite_fail();
    return ferrite_reply_int(sum);
}
FERRITE_COMMAND(r_loop)
{
    ferrite_set("undone", 6, "x", 1);
    for (;;)
        ferrite_arg_count();
}
FERRITE_COMMAND(r_spin)
{
    volatile int i;
    for (i = 0; i < 400000; i++)
        ;
    return ferrite_reply_int(i);
}
FERRITE_COMMAND(r_read)
{
    return ferrite_set("k", 1, "x", 1) == FERRITE_ERR_DENIED ? ferrite_reply_ok() : 1;
}
"""
COMMANDS = [
    "R.SET",
    "R.UNDO",
    "R.TRAP",
    "R.NUMBER",
    "R.MINUS",
    "R.TWICE",
    "R.ADD",
    "R.LOOP",
    "R.SPIN",
]
MANIFEST = manifest_text(COMMANDS, extra='[[commands]]\nname = "R.READ"\nflags = ["read"]\n')

PER_CALL = MANIFEST + '[package.ferrite]\ninstance = "per-call"\n'


def config() -> Config:
    made = Config()
    made.sandbox.max_cpu_ms, made.sandbox.instructions_per_ms = 1, 60_000
    return made


def row_of(bench: PluginBench, requests: list[list[bytes]]) -> list[Reply]:
    """Serve requests as a connection does."""
    return served_together(bench, {bench.call: requests})[bench.call]


def alone(bench: PluginBench, requests: list[list[bytes]], call: Call | None = None) -> list[Reply]:
    """Each request the long way."""

    async def send(request: list[bytes]) -> Reply | Pending:
        return dispatch(call or bench.call, request)

    replies = []
    for request in requests:
        answer = bench.loop.run_until_complete(send(request))
        replies.append(bench.wait(answer))
        if isinstance(answer, Pending) and isinstance(replies[-1], CommandError):
            bench.state.stats.count_error(replies[-1].text)  # as a connection does
    return replies


def random_request(chance: Random) -> list[bytes]:
    key = b"k%d" % chance.randrange(4)
    return chance.choice(
        [
            [b"R.SET", key, b"v" * chance.choice((1, 9, 100))],
            [b"R.SET", key],
            [b"R.ADD", key],
            [b"R.ADD", b"counter"],
            [b"R.UNDO"],
            [b"R.TRAP"] if chance.random() < 0.3 else [b"R.READ"],
            [b"R.LOOP"] if chance.random() < 0.1 else [b"R.READ"],
            [b"R.NUMBER"],
            [b"R.MINUS"],
            [b"R.TWICE"],
            [b"LPUSH", b"list", key],
            [b"INCR", key],
            [b"GET", key],
            [b"NOSUCH"],
        ]
    )


def random_call(chance: Random) -> list[bytes]:
    """A request for the plugin, that is for a few of its commands most often."""
    if chance.random() < 0.7:
        return chance.choice([[b"R.ADD", b"counter"], [b"R.SET", b"k1", b"v"]])
    while True:
        request = random_request(chance)
        if request[0].startswith(b"R."):
            return request


def seen(bench: PluginBench) -> dict[str, Any]:
    plugin, ledger = bench.manager.get("t"), bench.manager.calls.ledger
    usages = {
        command.name: (usage.calls, usage.failed, usage.rejected)
        for command, usage in bench.state.usages.items()
    }
    return {
        "keys": {
            key: _comparable(bench.keyspace.peek(key)) for key in sorted(bench.keyspace.keys())
        },
        "plugin": (plugin.executions, plugin.errors, plugin.last_error, plugin.version.calls),
        "fuel": (ledger.plugins, ledger.commands, ledger.users, ledger.clients),
        "used": plugin.guest.fuel_used,
        "calls": [record._replace(time=0) for record in plugin.study.calls],
        "failures": [failure._replace(time=0, host_calls=()) for failure in plugin.study.failures],
        "kinds": plugin.study.kinds,
        "usages": usages,
        "errors": bench.state.stats.error_codes,
        "free": (bench.state.turn.owner, bench.state.databases.journal.entries),
    }


def _comparable(value: object) -> object:
    return value if isinstance(value, bytes) else str(type(value))


def _shown(replies: list[Reply]) -> list[object]:
    return [reply.text if isinstance(reply, CommandError) else reply for reply in replies]


@pytest.mark.parametrize("seed", range(12))
def test_rows_are_as_single_calls(seed: int) -> None:
    binary = c_plugin(SOURCE, MANIFEST)
    chance = Random(seed)
    with plugin_bench(binary, config()) as first, plugin_bench(binary, config()) as second:
        for _ in range(25):
            requests = [random_request(chance) for _ in range(chance.randrange(1, 12))]
            assert _shown(row_of(first, list(requests))) == _shown(alone(second, list(requests)))
            assert seen(first) == seen(second)


@pytest.mark.parametrize("manifest", [MANIFEST, PER_CALL], ids=["persistent", "per-call"])
@pytest.mark.parametrize("seed", range(8))
def test_rows_of_several_clients_are_as_single_calls(seed: int, manifest: str) -> None:
    binary, chance, unhurried = c_plugin(SOURCE, manifest), Random(seed), config()
    unhurried.plugins.slice_ms = 10_000  # the order of clients is theirs while nobody gives way
    with plugin_bench(binary, unhurried) as first, plugin_bench(binary, unhurried) as second:
        ours = [first.client() for _ in range(5)]
        theirs = [second.client() for _ in range(5)]
        for _ in range(20):
            # What needs no task is served first, as it comes; so rows are of such that do.
            rows = [[random_call(chance) for _ in range(chance.choice((1, 1, 2, 5)))] for _ in ours]
            together = served_together(first, dict(zip(ours, rows, strict=True)))
            for call, twin, row in zip(ours, theirs, rows, strict=True):
                assert _shown(together[call]) == _shown(alone(second, row, twin))
            assert seen(first) == seen(second)


def test_a_row_takes_the_short_way_once_the_instance_is_there() -> None:
    with plugin_bench(c_plugin(SOURCE, MANIFEST), config()) as bench:
        row_of(bench, [[b"R.ADD", b"k"]])
        before = bench.manager.calls.run
        bench.manager.calls.run = None  # type: ignore[assignment,method-assign]
        assert row_of(bench, [[b"R.ADD", b"k"], [b"R.READ"], [b"R.SET", b"k", b"v"]])[0] == 2
        bench.manager.calls.run = before  # type: ignore[method-assign]


def test_what_is_special_goes_the_long_way() -> None:
    with plugin_bench(c_plugin(SOURCE, MANIFEST), config()) as bench:
        row_of(bench, [[b"R.ADD", b"k"]])
        bench.manager.enable("t", False)
        (reply,) = row_of(bench, [[b"R.ADD", b"k"]])
        assert isinstance(reply, CommandError)
        assert "disabled" in reply.text
        bench.manager.enable("t", True)
        bench.manager.limit("t", {"fuel": 3})
        (reply,) = row_of(bench, [[b"R.ADD", b"k"]])
        assert isinstance(reply, CommandError)
        assert "out of fuel: its limit is 3 units" in reply.text


def test_a_call_that_was_killed_ends_no_other_of_its_row() -> None:
    roomy = Config()
    roomy.plugins.slice_ms = 1
    with plugin_bench(c_plugin(SOURCE, MANIFEST), roomy) as bench:
        row_of(bench, [[b"R.SPIN"]] * 3)
        plugin = bench.manager.get("t")

        async def kill() -> list[Reply]:
            (client,) = hosted_clients(bench, bench.call)
            client.send([[b"R.LOOP"], [b"R.SPIN"]])
            while not bench.manager.calls.has(plugin):
                await asyncio.sleep(0)
            bench.manager.kill("t")
            while client.waits:
                await asyncio.sleep(0)
            return client.taken

        for _ in range(2):  # by the short way, and by the long one with a new instance
            refusal, spun = bench.loop.run_until_complete(kill())
            assert isinstance(refusal, CommandError)
            assert "killed by PLUGIN.KILL" in refusal.text
            assert spun == 400_000
