"""Events, and what the server does without anybody who wants to know of them."""

from __future__ import annotations

from ferrite.commands import standard_registry
from ferrite.config import Config
from ferrite.hooks import COMMAND_EVENTS, KEY_EVENTS, REFUSING_EVENTS, REPLACING_EVENTS, Event
from ferrite.session import Session
from ferrite.state import ServerState


def test_events_have_the_names_of_a_manifest() -> None:
    names = {event.value for event in Event}
    assert len(names) == 10
    assert {"BeforeCommand", "OnKeyWrite", "OnServerShutdown"} <= names
    assert REPLACING_EVENTS < REFUSING_EVENTS < COMMAND_EVENTS | KEY_EVENTS


def test_clients_take_the_short_way_unless_somebody_intercepts() -> None:
    state = ServerState(Config(), standard_registry())
    session = state.connect()
    assert session.plain

    class Interceptor:
        def run(self, call: object, command: object, request: object) -> None:
            return None

    state.intercept(Interceptor())
    assert not session.plain
    state.intercept(None)
    assert session.plain


def test_listeners_hear_of_clients() -> None:
    state = ServerState(Config(), standard_registry())
    heard: list[tuple[Session, bool]] = []
    state.client_listeners.append(lambda session, there: heard.append((session, there)))
    session = state.connect()
    state.disconnect(session)
    assert heard == [(session, True), (session, False)]
