"""All or nothing: whatever ends a call early leaves no write, and the turn is always given back."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from ferrite.errors import CommandError
from ferrite.pending import Pending
from ferrite.plugins.host_api import FUNCTIONS
from ferrite.protocol.replies import OK
from tests.support.plugin_bench import PluginBench, plugin_bench
from tests.support.plugin_guests import data, guest

WRITES = """(drop (call $set (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 3)))
    (drop (call $delete (i32.const 8) (i32.const 3)))
    (drop (call $expire (i32.const 16) (i32.const 3) (i64.const 1000)))
    (drop (call $append (i32.const 16) (i32.const 3) (i32.const 0) (i32.const 3) (i32.const 64)))"""
TEXTS = data(0, "new") + data(8, "old") + data(16, "ttl") + data(24, "refused")
USED = ("set", "delete", "expire", "append", "reply_error", "reply_array", "reply_int", "arg_count")
LOOP = "(loop $forever (br $forever))"

ENDS = {
    "trap": ("(unreachable)", "trap: unreachable"),
    "recursion": ("(call $deep)", "trap: call stack exhausted"),
    "division": (
        "(drop (i32.div_s (i32.const 1) (call $arg_count)))",
        "trap: integer divide by zero",
    ),
    "fuel": (LOOP, "out of fuel: its limit is 50000 units"),
    "reply": ("(drop (call $reply_array (i32.const 1)))", "misses 1 announced values"),
}


def writing(end: str) -> bytes:
    deep = "(func $deep (call $deep))"
    return guest(f"{WRITES} {end} (i32.const 0)) {deep} {TEXTS} (func", *USED)


def prepare(bench: PluginBench) -> dict[bytes, tuple[object, int | None]]:
    bench.config.sandbox.max_cpu_ms = 1
    bench.config.sandbox.instructions_per_ms = 50_000
    bench.keyspace.set(b"old", b"1")
    bench.keyspace.set(b"ttl", b"2")
    return state(bench)


def state(bench: PluginBench) -> dict[bytes, tuple[object, int | None]]:
    keyspace = bench.keyspace
    return {key: (keyspace.get(key), keyspace.deadline(key)) for key in list(keyspace.keys())}


def test_a_call_that_comes_to_its_end_keeps_its_writes() -> None:
    with plugin_bench() as bench:
        prepare(bench)
        bench.load(writing(""))
        assert bench.reply("T.RUN") == OK
        after = state(bench)
        assert after[b"new"] == (b"new", None)
        assert b"old" not in after
        assert after[b"ttl"][0] == b"2new"
        assert after[b"ttl"][1] is not None


@pytest.mark.parametrize("end", ENDS)
def test_a_call_that_ends_early_leaves_nothing(end: str) -> None:
    body, message = ENDS[end]
    with plugin_bench() as bench:
        before = prepare(bench)
        plugin = bench.load(writing(body))
        answer = bench.reply("T.RUN")
        assert isinstance(answer, CommandError)
        assert answer.text.startswith("ERR plugin 't': ")
        assert message in answer.text
        assert state(bench) == before
        assert (plugin.executions, plugin.errors) == (1, 1)
        assert plugin.last_error == answer.text
        assert bench.state.turn.owner is None
        assert bench.reply("SET", "x", "y") == OK


@pytest.mark.parametrize(
    "end",
    [
        "(drop (call $reply_error (i32.const 24) (i32.const 7)))",
        """(drop (call $reply_error (i32.const 24) (i32.const 7)))
        (if (i32.const 1) (then (return (i32.const 5))))""",
        "(if (i32.const 1) (then (return (i32.const 5))))",
    ],
)
def test_an_error_for_an_answer_leaves_nothing(end: str) -> None:
    with plugin_bench() as bench:
        before = prepare(bench)
        bench.load(writing(end))
        answer = bench.reply("T.RUN")
        assert isinstance(answer, CommandError)
        assert answer.text == ("ERR refused" if "reply_error" in end else "ERR plugin returned 5")
        assert state(bench) == before


def test_an_error_inside_of_an_array_is_an_answer() -> None:
    end = """(drop (call $reply_array (i32.const 1)))
        (drop (call $reply_error (i32.const 24) (i32.const 7)))"""
    with plugin_bench() as bench:
        prepare(bench)
        bench.load(writing(end))
        assert isinstance(bench.reply("T.RUN"), list)
        assert bench.keyspace.get(b"new") == b"new"


def endless(bench: PluginBench) -> Pending:
    """Begin a call that writes and then never ends by itself."""
    bench.keyspace.set(b"old", b"1")
    bench.keyspace.set(b"ttl", b"2")
    bench.config.plugins.slice_ms = 1
    bench.load(writing(LOOP))
    pending = bench.begin("T.RUN")
    assert isinstance(pending, Pending)
    return pending


def test_a_wall_clock_limit_is_the_backstop() -> None:
    with plugin_bench() as bench:
        bench.config.plugins.timeout_ms = 50
        pending = endless(bench)
        before = bench.keyspace.journal.depth
        assert before == 1
        answer = bench.wait(pending)
        assert isinstance(answer, CommandError)
        assert "out of time" in answer.text
        assert state(bench) == {b"old": (b"1", None), b"ttl": (b"2", None)}
        assert bench.keyspace.journal.depth == 0


def test_kill_ends_a_call_at_once() -> None:
    with plugin_bench() as bench:
        pending = endless(bench)
        other = bench.client()
        assert bench.begin("PLUGIN.KILL", "t", call=other) == OK
        assert pending.done
        assert isinstance(pending.value, CommandError)
        assert pending.value.text == "ERR plugin 't': killed by PLUGIN.KILL"
        assert state(bench) == {b"old": (b"1", None), b"ttl": (b"2", None)}
        answer = bench.reply("PLUGIN.KILL", "t", call=other)
        assert isinstance(answer, CommandError)
        assert answer.text == "NOTBUSY plugin 't' has no call under way."


def test_while_a_call_is_under_way_others_wait_for_the_keyspace_alone() -> None:
    with plugin_bench() as bench:
        pending = endless(bench)
        other = bench.client()
        assert bench.begin("PING", call=other) == "PONG"
        parked = bench.begin("GET", "new", call=other)
        assert isinstance(parked, Pending)
        assert not parked.done
        bench.begin("PLUGIN.KILL", "t", call=bench.client())
        assert pending.done
        assert parked.done
        assert parked.value is None, "it saw nothing of what was undone"


@pytest.mark.parametrize(("end", "served"), [("", b"new"), ("(unreachable)", None)])
def test_who_waits_for_a_key_is_served_when_the_call_is_kept(
    end: str, served: bytes | None
) -> None:
    with plugin_bench() as bench:
        prepare(bench)
        bench.load(writing(end))
        pending = bench.state.blocked.block(
            99, bench.keyspace, [b"new"], bench.keyspace.string, timeout=0, timed_out=None
        )
        bench.reply("T.RUN")
        assert pending.done == bool(served)
        assert pending.value == served


def test_two_calls_of_two_clients_run_one_after_the_other() -> None:
    body = (
        """(local $i i32)
        (loop $again
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 20000))))
        (drop (call $append (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 3) (i32.const 64)))
        (i32.const 0)) """
        + TEXTS
        + "(func"
    )
    with plugin_bench(guest(body, *USED)) as bench:
        bench.config.plugins.slice_ms = 1
        calls = [bench.begin("T.RUN", call=bench.client()) for _ in range(3)]
        assert [bench.wait(call) for call in calls] == [OK] * 3
        assert bench.keyspace.get(b"new") == b"newnewnew"
        assert bench.state.turn.owner is None


def test_a_bug_of_ours_is_logged_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from ferrite.plugins.host_api import strings

    def broken(*_: object) -> int:
        raise ZeroDivisionError("a secret")

    monkeypatch.setitem(
        FUNCTIONS,
        "set",
        replace(FUNCTIONS["set"], body=broken),
    )
    assert strings.__doc__
    with plugin_bench() as bench, caplog.at_level(logging.ERROR):
        before = prepare(bench)
        bench.load(writing(""))
        answer = bench.reply("T.RUN")
        assert isinstance(answer, CommandError)
        assert answer.text == "ERR plugin 't': internal error"
        assert "a secret" in caplog.text
        assert state(bench) == before
