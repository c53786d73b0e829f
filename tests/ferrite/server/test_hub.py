from __future__ import annotations

from tests.support.served import served


def test_idle_clients_are_closed_and_busy_ones_are_not() -> None:
    with served() as server:
        idle, subscriber = server.peer(), server.peer()
        assert idle.ask("PING") == "PONG"
        subscriber.ask("SUBSCRIBE c")
        state, hub = server.app.state, server.app._hub
        server.run(hub.sweep)
        state.config.redis.timeout = 1

        def much_later() -> None:
            for session in state.sessions.values():
                session.last_command_at -= 5000
            hub.sweep()

        server.run(much_later)
        assert idle.rest() == b""
        assert subscriber.ask("PING") == [b"pong", b""]
