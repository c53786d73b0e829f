from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from ferrite.commands import standard_registry
from ferrite.config import Config
from ferrite.errors import CommandError
from ferrite.limits import ConnectionLimits
from ferrite.options import OutputLimit
from ferrite.server.connection import Connection
from ferrite.server.hub import Hub
from ferrite.state import ServerState
from ferrite.turn import Turn
from tests.support.request_streams import request
from tests.support.served import Peer, Served, served
from tests.support.transport import FakeTransport
from tests.support.waiting import in_loop

MEBIBYTE = 1 << 20


def loops() -> list[Callable[[], asyncio.AbstractEventLoop] | None]:
    try:
        import uvloop
    except ImportError:
        return [None]
    return [None, uvloop.new_event_loop]


@pytest.fixture(scope="module", params=loops(), ids=["asyncio", "uvloop"][: len(loops())])
def server(request: pytest.FixtureRequest) -> Iterator[Served]:
    with served(loop_factory=request.param) as running:
        yield running


@pytest.fixture
def peer(server: Served) -> Iterator[Peer]:
    connected = server.peer()
    yield connected
    connected.close()


def error(reply: object) -> str:
    assert isinstance(reply, CommandError)
    return reply.text


def reset(server: Served, peer: Peer) -> None:
    """Close a connection the hard way, and wait until the server has noticed."""
    sessions = len(server.app.state.sessions)
    peer.reset()
    server.until(lambda: len(server.app.state.sessions) < sessions)


def test_pipelined_requests_are_answered_in_order_in_one_write(peer: Peer) -> None:
    peer.send(request(b"SET", b"k", b"1") + request(b"INCR", b"k") + request(b"GET", b"k"))
    assert peer.socket.recv(1000) == b"+OK\r\n:2\r\n$1\r\n2\r\n"


def test_request_in_single_bytes(peer: Peer) -> None:
    for byte in request(b"PING"):
        peer.send(bytes([byte]))
    assert peer.reply() == "PONG"


def test_protocol_error_is_told_after_the_replies_and_closes(peer: Peer) -> None:
    peer.send(request(b"PING") + b"*1\r\n!\r\n" + request(b"PING"))
    assert peer.rest() == b"+PONG\r\n-ERR Protocol error: expected '$', got '!'\r\n"


def test_quit_answers_and_ignores_what_follows(peer: Peer) -> None:
    peer.send(request(b"PING") + request(b"QUIT") + request(b"PING") + b"*x\r\n")
    assert peer.rest() == b"+PONG\r\n+OK\r\n"


def test_half_closed_client_is_still_answered(peer: Peer) -> None:
    peer.send(request(b"PING") * 3)
    peer.half_close()
    assert peer.rest() == b"+PONG\r\n" * 3


def test_half_closed_client_with_a_deep_pipeline_is_answered(peer: Peer) -> None:
    peer.send(request(b"PING") * 20_000)
    peer.half_close()
    assert peer.rest() == b"+PONG\r\n" * 20_000


@pytest.mark.parametrize("line", [b"POST / HTTP/1.1", b"post /x", b"Host: localhost"])
def test_a_web_page_is_not_answered(
    peer: Peer, line: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    peer.send(line + b"\r\n" + b"FLUSHALL\r\n")
    assert peer.rest() == b""
    assert "another protocol" in caplog.text


def test_change_of_protocol_in_a_pipeline(peer: Peer) -> None:
    get = request(b"GET", b"no such key")
    peer.send(get + request(b"HELLO", b"3") + get + request(b"HELLO", b"2") + get)
    received = peer.socket.recv(1 << 16)
    while received.count(b"modules") < 2 or not received.endswith(b"$-1\r\n"):
        received += peer.socket.recv(1 << 16)
    assert received.startswith(b"$-1\r\n%7\r\n")
    assert b"*0\r\n_\r\n*14\r\n" in received


def made_hub(limits: ConnectionLimits) -> Hub:
    state = ServerState(Config(), standard_registry())
    state.turn = Turn(asyncio.get_running_loop(), lambda: 5000)
    return Hub(state, limits=limits)


def test_a_large_pipeline_is_served_in_slices_between_which_others_have_their_turn() -> None:
    async def main() -> list[tuple[int, bool]]:
        connection, transport = Connection(made_hub(ConnectionLimits())), FakeTransport(taken=False)
        connection.connection_made(transport)
        connection.data_received(request(b"DBSIZE") * 1300)
        seen = []
        for _ in range(4):
            seen.append((transport.written.count(b":0"), transport.reading))
            await asyncio.sleep(0)
        return seen

    slice_size = ConnectionLimits().requests_per_slice
    assert slice_size == 512
    assert in_loop(main()) == [(0, False), (512, False), (1024, False), (1300, True)]


@pytest.mark.parametrize(("limit", "closed"), [(0, False), (21, False), (20, True)])
def test_unread_replies_beyond_the_output_limit_close_the_client(limit: int, closed: bool) -> None:
    async def main() -> tuple[bool, bytes]:
        hub = made_hub(ConnectionLimits())
        hub.state.config.directives["client-output-buffer-limit"].set(
            (("normal", OutputLimit(limit)),)
        )
        connection, transport = Connection(hub), FakeTransport(taken=False)
        connection.connection_made(transport)
        transport.full = connection.pause_writing
        connection.data_received(request(b"PING") * 3)
        connection.data_received(request(b"PING"))
        return transport.aborted, transport.written

    assert in_loop(main()) == (closed, b"" if closed else b"+PONG\r\n" * 3)


def test_slices_keep_the_order(peer: Peer) -> None:
    count = 5_000
    peer.send(b"".join(request(b"ECHO", b"%d" % number) for number in range(count)))
    assert [peer.reply() for _ in range(count)] == [b"%d" % number for number in range(count)]


def test_large_value_in_pieces(peer: Peer) -> None:
    value = bytes(range(256)) * (8 * MEBIBYTE // 256)
    peer.send(request(b"SET", b"large", value) + request(b"GET", b"large"))
    assert peer.reply() == "OK"
    assert peer.reply() == value
    assert peer.ask("DEL large") == 1


def test_client_that_does_not_read_is_not_served_further(server: Served, peer: Peer) -> None:
    server.run(lambda: server.app.state.databases[0].set(b"big", b"x" * MEBIBYTE))
    before = server.app.state.usages.calls
    peer.send(request(b"GET", b"big") * 400)
    server.until(lambda: server.app.state.usages.calls > before)
    assert server.peer().ask("PING") == "PONG"
    assert server.app.state.usages.calls - before < 100
    for _ in range(400):
        assert len(peer.reply()) == MEBIBYTE


def test_internal_error_is_told_without_details(
    peer: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    assert error(peer.ask("FAKE.BUG")) == "ERR internal error"
    assert "ZeroDivisionError" in caplog.text
    peer.send(request(b"PING") + request(b"FAKE.NOREPLY") + request(b"PING"))
    assert peer.reply() == "PONG"
    assert error(peer.reply()) == "ERR internal error"
    assert peer.reply() == "PONG"


# --- replies that come later ------------------------------------------------------------------


def test_requests_behind_a_pending_reply_keep_their_order(server: Served, peer: Peer) -> None:
    peer.send(request(b"PING") + request(b"FAKE.LATER") + request(b"ECHO", b"after"))
    assert peer.reply() == "PONG"
    server.until(lambda: server.waiting)
    peer.send(request(b"ECHO", b"even later"))
    assert server.peer().ask("PING") == "PONG"
    server.resolve(b"now")
    assert [peer.reply() for _ in range(3)] == [b"now", b"after", b"even later"]


def test_pending_reply_that_is_an_error(server: Served, peer: Peer) -> None:
    peer.send(request(b"FAKE.LATER"))
    server.until(lambda: server.waiting)
    server.resolve(CommandError("ERR plugin: trap"))
    assert error(peer.reply()) == "ERR plugin: trap"


def test_half_closed_client_gets_its_pending_reply(server: Served, peer: Peer) -> None:
    peer.send(request(b"FAKE.LATER") + request(b"PING"))
    peer.half_close()
    server.until(lambda: server.waiting)
    server.resolve(b"late")
    assert peer.rest() == b"$4\r\nlate\r\n+PONG\r\n"


def test_client_that_resets_while_its_reply_is_pending(server: Served) -> None:
    peer = server.peer()
    peer.send(request(b"FAKE.LATER"))
    server.until(lambda: server.waiting)
    reset(server, peer)
    assert server.waiting[0][1].abandoned
    server.resolve(b"nobody reads this")
    assert server.peer().ask("PING") == "PONG"


# --- turns --------------------------------------------------------------------------------------


def test_who_is_served_while_a_plugin_call_owns_the_keyspace(server: Served, peer: Peer) -> None:
    peer.send(request(b"FAKE.WAIT"))
    server.until(lambda: server.waiting)
    other, writer = server.peer(), server.peer()
    writer.send(request(b"SET", b"turn", b"parked") + request(b"GET", b"turn"))
    server.until(lambda: server.app.state.turn.parked == 1)
    assert other.ask("PING") == "PONG"
    assert other.ask("ECHO served") == b"served"
    assert server.app.state.databases[0].get(b"turn") is None
    server.resolve(b"done")
    assert peer.reply() == b"done"
    assert [writer.reply(), writer.reply()] == ["OK", b"parked"]
    assert other.ask("DEL turn") == 1


def test_parked_commands_are_refused_after_busy_reply_ms(server: Served, peer: Peer) -> None:
    other = server.peer()
    assert other.ask("CONFIG SET busy-reply-threshold 20") == "OK"
    try:
        peer.send(request(b"FAKE.WAIT"))
        server.until(lambda: server.waiting)
        busy = "BUSY Redis is busy running a module command."
        assert error(other.ask("GET key")) == busy
        assert error(other.ask("GET key")) == busy
        assert other.ask("PING") == "PONG"
        server.resolve(1)
        assert peer.reply() == 1
        assert other.ask("GET key") is None
    finally:
        other.ask("CONFIG SET busy-reply-threshold 5000")


def test_parked_command_of_a_client_that_reset_never_runs(server: Served, peer: Peer) -> None:
    peer.send(request(b"FAKE.WAIT"))
    server.until(lambda: server.waiting)
    gone = server.peer()
    gone.send(request(b"SET", b"gone", b"1"))
    server.until(lambda: server.app.state.turn.parked == 1)
    reset(server, gone)
    server.resolve(1)
    assert peer.reply() == 1
    assert peer.ask("GET gone") is None


# --- limits -------------------------------------------------------------------------------------


def test_too_many_clients() -> None:
    with served("--maxclients", "2") as server:
        first, _ = server.peer(), server.peer()
        assert first.ask("PING") == "PONG"
        server.until(lambda: len(server.app.state.sessions) == 2)
        assert server.peer().rest() == b"-ERR max number of clients reached\r\n"
        assert server.app.state.stats.rejected_connections == 1
        first.close()
        server.until(lambda: len(server.app.state.sessions) == 1)
        assert server.peer().ask("PING") == "PONG"


def test_unfinished_request_beyond_the_query_buffer_limit(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with served("--client-query-buffer-limit", "1mb") as server:
        peer = server.peer()
        caplog.set_level(logging.WARNING)
        with suppress(OSError):  # a reset, or a broken pipe
            peer.send(b"*2\r\n$3\r\nGET\r\n$3000000\r\n" + b"x" * 2_900_000)
        assert peer.rest() == b""
        assert "client-query-buffer-limit" in caplog.text
        assert server.peer().ask("PING") == "PONG"


def test_limits_and_pipelines_before_login() -> None:
    with served("--requirepass", "secret") as server:
        many = request(*[b"ECHO"] * 11)
        peer = server.peer()
        peer.send(request(b"PING") + request(b"AUTH", b"no") + many)
        assert peer.rest().split(b"\r\n") == [
            b"-NOAUTH Authentication required.",
            b"-WRONGPASS invalid username-password pair or user is disabled.",
            b"-ERR Protocol error: unauthenticated multibulk length",
            b"",
        ]
        peer = server.peer()
        peer.send(request(b"PING") * 600 + request(b"AUTH", b"secret") + many + request(b"PING"))
        replies = [peer.reply() for _ in range(603)]
        assert {error(reply) for reply in replies[:600]} == {"NOAUTH Authentication required."}
        assert replies[600] == "OK"
        assert error(replies[601]) == "ERR wrong number of arguments for 'echo' command"
        assert replies[602] == "PONG"
        peer.send(request(b"RESET") + request(b"PING"))
        assert peer.reply() == "RESET"
        assert error(peer.reply()) == "NOAUTH Authentication required."
        peer.send(many)
        assert b"unauthenticated multibulk length" in peer.rest()


def test_replies_pile_up_less_before_login(caplog: pytest.LogCaptureFixture) -> None:
    """Told what a transport tells it: two full TCP windows would stall each other for seconds."""
    with served("--requirepass", "secret") as server:
        peer = server.peer()
        (connection,) = server.until(lambda: tuple(server.app.listener._hub.connections))
        limits = connection._hub.limits
        buffered_max = server.run(lambda: connection._transport.get_write_buffer_limits()[1])
        assert buffered_max == limits.unauthenticated_output_buffer_bytes_max
        assert buffered_max < limits.output_pause_bytes
        server.run(connection.pause_writing)
        assert peer.rest() == b""
        assert "does not read its replies" in caplog.text
        assert server.peer().ask("AUTH secret") == "OK"
