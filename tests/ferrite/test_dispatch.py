from __future__ import annotations

from typing import Any

import pytest

from ferrite.commands import standard_registry
from ferrite.commands.registry import Command, Tag
from ferrite.config import Config
from ferrite.dispatch import GATES, dispatch, serve
from ferrite.errors import CommandError, ForeignProtocol
from ferrite.pending import Pending
from ferrite.state import Call, ServerState
from ferrite.turn import Turn


class Clock:
    """Time stands still."""

    def time(self) -> float:
        return 0.0

    def call_later(self, delay: float, callback: object) -> Clock:
        return self

    def cancel(self) -> None:
        pass


class World:
    """A server without sockets, and two of its clients."""

    def __init__(self) -> None:
        self.config = Config()
        self.state = ServerState(self.config, standard_registry())
        self.state.turn = Turn(Clock(), lambda: 5000)
        self.call, self.other = (Call(self.state.connect(), self.state) for _ in range(2))

    def serve(self, *requests: bytes, room: int = 1 << 20) -> tuple[list[Any], Pending | None]:
        replies: list[Any] = []
        pending = serve(self.call, [line.split() for line in requests], replies, room)
        return [reply.text if isinstance(reply, CommandError) else reply for reply in replies], (
            pending
        )


@pytest.fixture
def world() -> World:
    return World()


def text(reply: Any) -> str:
    assert isinstance(reply, CommandError)
    return reply.text


def test_the_gates_and_their_order() -> None:
    assert [gate.__name__ for gate in GATES] == [
        "require_arity",
        "require_allowed",
        "require_login",
        "require_outside_transaction",
        "require_permission",
        "require_disk",
        "require_context",
        "require_memory",
        "wait_for_pause",
        "wait_for_turn",
        "queue",
    ]


def test_one_request(world: World) -> None:
    assert dispatch(world.call, [b"set", b"k", b"v"]) == "OK"
    assert dispatch(world.call, [b"Get", b"k"]) == b"v"
    assert world.call.session.last_command == "get"


@pytest.mark.parametrize("way", ["dispatch", "serve"])
@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"NOSUCH a", "ERR unknown command 'NOSUCH', with args beginning with: 'a' "),
        (b"GET", "ERR wrong number of arguments for 'get' command"),
        (b"GET a b", "ERR wrong number of arguments for 'get' command"),
        (b"CONFIG", "ERR wrong number of arguments for 'config' command"),
        (b"CONFIG NOSUCH", "ERR unknown subcommand 'NOSUCH'. Try CONFIG HELP."),
        (b"CONFIG GET", "ERR wrong number of arguments for 'config|get' command"),
        (b"INCRBY a x", "ERR value is not an integer or out of range"),
    ],
)
def test_errors_are_answers_and_counted(world: World, way: str, line: bytes, error: str) -> None:
    if way == "dispatch":
        assert text(dispatch(world.call, line.split())) == error
    else:
        assert world.serve(b"PING", line, b"PING")[0] == ["PONG", error, "PONG"]
    assert world.state.stats.error_replies == 1
    assert world.state.stats.error_codes["ERR"] == 1


def test_bugs_of_commands_are_answers_too(world: World, caplog: pytest.LogCaptureFixture) -> None:
    def run(call: Call, request: list[bytes]) -> None:
        raise ZeroDivisionError

    world.state.registry.add(Command("bug", run))
    assert text(dispatch(world.call, [b"BUG"])) == "ERR internal error"
    assert world.serve(b"BUG", b"BUG")[0] == ["ERR internal error"] * 2
    assert caplog.text.count("a bug of ours") == 3


@pytest.mark.parametrize("line", [b"POST /", b"post", b"Host: x", b"HOST: x"])
def test_other_protocols_get_no_answer(world: World, line: bytes) -> None:
    with pytest.raises(ForeignProtocol):
        dispatch(world.call, line.split())
    with pytest.raises(ForeignProtocol):
        world.serve(b"PING", line)


def test_before_login_only_what_is_for_before(world: World) -> None:
    world.config.directives["requirepass"].set("secret")
    world.call.session.log_out(world.state.users.default)
    refused = "NOAUTH Authentication required."
    assert world.serve(b"GET a", b"GET", b"AUTH no", b"GET a")[0] == [
        refused,
        "ERR wrong number of arguments for 'get' command",
        "WRONGPASS invalid username-password pair or user is disabled.",
        refused,
    ]
    assert world.serve(b"GET a", b"AUTH secret", b"GET a", b"GET a")[0] == [
        refused,
        "OK",
        None,
        None,
    ]


def test_logging_out_holds_from_the_next_request_on(world: World) -> None:
    world.config.directives["requirepass"].set("secret")
    assert world.serve(b"GET a", b"RESET", b"GET a")[0] == [
        None,
        "RESET",
        "NOAUTH Authentication required.",
    ]


def test_what_the_user_may_not_is_refused_in_any_way(world: World) -> None:
    for line in (b"ACL SETUSER bob on nopass +@all -@dangerous ~a*", b"AUTH bob x"):
        assert dispatch(world.call, line.split()) == "OK"
    assert world.serve(b"SET a 1", b"SET b 1", b"GET a", b"FLUSHALL", b"CONFIG GET a")[0] == [
        "OK",
        "NOPERM this user has no permissions to access one of the keys used as arguments",
        b"1",
        "NOPERM this user has no permissions to run the 'flushall' command",
        "NOPERM this user has no permissions to run the 'config|get' command",
    ]


def test_rights_that_are_taken_away_are_gone_at_once(world: World) -> None:
    rules = b"ACL SETUSER default -get"
    refused = "NOPERM this user has no permissions to run the 'get' command"
    assert world.serve(b"GET a", rules, b"GET a", b"PING")[0] == [None, "OK", refused, "PONG"]
    assert text(dispatch(world.other, [b"GET", b"a"])) == refused


def test_nothing_is_served_to_a_user_who_deletes_himself(world: World) -> None:
    world.serve(b"ACL SETUSER bob on nopass +@all ~* &*", b"AUTH bob x")
    assert world.serve(b"ACL DELUSER bob", b"SET a 1", b"GET a")[0] == [1]
    assert world.call.session.close_after_reply


class TestTurn:
    def test_others_wait_but_not_for_what_is_always_served(self, world: World) -> None:
        world.state.turn.begin(world.other)
        waiting = dispatch(world.call, [b"SET", b"k", b"v"])
        assert isinstance(waiting, Pending)

    def test_the_owner_passes(self, world: World) -> None:
        world.state.turn.begin(world.call)
        assert dispatch(world.call, [b"SET", b"k", b"v"]) == "OK"
        assert world.serve(b"GET k")[0] == [b"v"]

    def test_always_served(self, world: World) -> None:
        world.state.turn.begin(world.other)
        assert world.serve(b"PING", b"PING", b"RESET", b"QUIT")[0] == [
            "PONG",
            "PONG",
            "RESET",
            "OK",
        ]

    def test_serving_stops_at_a_parked_request_and_goes_on_later(self, world: World) -> None:
        world.state.turn.begin(world.other)
        replies, pending = world.serve(b"PING", b"GET k", b"PING")
        assert replies == ["PONG"]
        assert pending is not None
        world.state.databases[0].set(b"k", b"written in the turn")
        world.state.turn.end(world.other)
        assert pending.value == b"written in the turn"

    def test_a_parked_request_that_fails_is_an_answer(self, world: World) -> None:
        world.state.turn.begin(world.other)
        pending = dispatch(world.call, [b"INCRBY", b"k", b"x"])
        assert isinstance(pending, Pending)
        world.state.turn.end(world.other)
        assert text(pending.value) == "ERR value is not an integer or out of range"

    def test_busy(self, world: World) -> None:
        world.state.turn = Turn(Clock(), lambda: 0)
        world.state.turn.begin(world.other)
        busy = "BUSY Redis is busy running a module command."
        assert world.serve(b"GET k", b"PING")[0] == [busy, "PONG"]


class TestServe:
    def test_stops_behind_a_change_of_protocol(self, world: World) -> None:
        replies, _ = world.serve(b"PING", b"HELLO 3", b"PING")
        assert len(replies) == 2
        assert world.call.session.protocol == 3
        assert len(world.serve(b"HELLO 3", b"PING")[0]) == 2

    def test_stops_behind_quit(self, world: World) -> None:
        assert world.serve(b"PING", b"QUIT", b"PING")[0] == ["PONG", "OK"]

    def test_stops_when_large_replies_fill_the_room(self, world: World) -> None:
        world.call.keyspace.set(b"large", b"x" * 10_000)
        assert len(world.serve(*[b"GET large"] * 10, room=25_000)[0]) == 3

    def test_stops_at_a_pending_reply(self, world: World) -> None:
        later = Pending()
        world.state.registry.add(Command("later", lambda call, request: later, Tag.ALWAYS))
        replies, pending = world.serve(b"PING", b"LATER", b"PING")
        assert replies == ["PONG"]
        assert pending is later

    def test_finds_the_command_anew_when_the_name_changes(self, world: World) -> None:
        assert world.serve(b"SET a 1", b"SET a", b"GET a", b"get a", b"CONFIG", b"GET a")[0] == [
            "OK",
            "ERR wrong number of arguments for 'set' command",
            b"1",
            b"1",
            "ERR wrong number of arguments for 'config' command",
            b"1",
        ]
        assert world.call.session.last_command == "get"

    def test_requests_that_share_the_name_are_each_checked(self, world: World) -> None:
        name = b"GET"
        replies: list[Any] = []
        serve(world.call, [[name, b"a"], [name], [name, b"a"]], replies, 1000)
        assert [type(reply) for reply in replies] == [type(None), CommandError, type(None)]


def test_an_exec_that_is_refused_ends_the_transaction(world: World) -> None:
    refused = (
        "EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command"
    )
    assert world.serve(b"MULTI", b"EXEC a", b"EXEC")[0] == [
        "OK",
        refused,
        "ERR EXEC without MULTI",
    ]
