from __future__ import annotations

from pathlib import Path

import pytest
import tomli

from ferrite.commands import standard_registry
from ferrite.config import Config
from ferrite.errors import CommandError
from ferrite.keyspace.clock import Clock
from ferrite.state import FERRITE_VERSION, Call, ServerState

ROOT = Path(__file__).resolve().parents[2]


def new_state(config: Config | None = None, clock: Clock | None = None) -> ServerState:
    return ServerState(config or Config(), standard_registry(), clock)


def test_the_version_is_the_packages() -> None:
    project = tomli.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == FERRITE_VERSION


def test_clients_come_and_go() -> None:
    state = new_state(clock=Clock(lambda: 77))
    first, second = state.connect("a:1"), state.connect("b:1")
    assert list(state.sessions.values()) == [first, second]
    assert first.created_at == 77
    assert state.stats.connections_received == 2
    state.disconnect(first)
    state.disconnect(first)
    assert list(state.sessions) == [second.id]


def test_who_must_log_in() -> None:
    config = Config()
    state = new_state(config)
    before = state.connect()
    config.directives["requirepass"].set("secret")
    after = state.connect()
    assert not state.must_log_in(before)
    assert state.must_log_in(after)
    config.directives["requirepass"].set("")
    assert not state.must_log_in(after)


def test_databases_are_configured() -> None:
    config = Config()
    config.redis.databases = 2
    state = new_state(config)
    call = Call(state.connect(), state)
    call.select(1)
    assert call.keyspace is state.databases[1]
    assert call.session.database == 1
    with pytest.raises(CommandError, match="DB index is out of range"):
        call.select(2)
    assert call.keyspace is state.databases[1]


def test_the_keyspace_clock_stands_still_alone() -> None:
    now = 100
    state = new_state(clock=Clock(lambda: now))
    state.databases.journal.begin()
    assert state.databases.clock.now() == 100, "from the first look on"
    now = 200
    assert state.databases.clock.now() == 100
    assert state.clock.now() == 200


def test_the_active_expiry_cycle() -> None:
    now = 100
    state = new_state(clock=Clock(lambda: now))
    for key in (b"a", b"b", b"c"):
        state.databases[3].set(key, b"v")
        state.databases[3].expire_at(key, 150)
    now = 200
    assert state.expire_due(2) == 2
    assert state.expire_due(2) == 1
    assert state.databases[3].expired_keys == 3


def test_run_ids_differ() -> None:
    first, second = new_state().run_id, new_state().run_id
    assert len(first) == 40
    assert first != second
