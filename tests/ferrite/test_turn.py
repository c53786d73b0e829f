from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ferrite.errors import CommandError
from ferrite.pending import Pending
from ferrite.turn import Turn

BUSY = "BUSY Redis is busy running a module command."


class Timer:
    def __init__(self, clock: FakeClock, at: float, callback: Callable[[], None]) -> None:
        self.clock, self.at, self.callback = clock, at, callback

    def cancel(self) -> None:
        self.clock.timers.remove(self)


class FakeClock:
    """Time that passes when told to, and its timers."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[Timer] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        self.timers.append(Timer(self, self.now + delay, callback))
        return self.timers[-1]

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        for timer in [timer for timer in self.timers if timer.at <= self.now]:
            self.timers.remove(timer)
            timer.callback()


class World:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.busy_ms = 5000
        self.turn = Turn(self.clock, lambda: self.busy_ms)
        self.ran: list[str] = []

    def command(self, name: str, reply: Any = None) -> Callable[[], Any]:
        def run() -> Any:
            self.ran.append(name)
            return name if reply is None else reply

        return run


@pytest.fixture
def world() -> World:
    return World()


def test_parked_commands_run_in_order_when_the_turn_ends(world: World) -> None:
    world.turn.begin("owner")
    waiting = [world.turn.park(world.command(name)) for name in ("a", "b", "c")]
    assert world.turn.parked == 3
    assert world.ran == []
    world.turn.end("owner")
    assert world.ran == ["a", "b", "c"]
    assert [pending.value for pending in waiting] == ["a", "b", "c"]
    assert world.turn.owner is None
    assert world.clock.timers == []


def test_only_one_owner_and_only_it_ends_its_turn(world: World) -> None:
    world.turn.begin("owner")
    with pytest.raises(RuntimeError, match="owner already"):
        world.turn.begin("another")
    with pytest.raises(RuntimeError, match="only the owner"):
        world.turn.end("another")
    world.turn.end("owner")
    with pytest.raises(RuntimeError, match="only the owner"):
        world.turn.end("owner")


def test_a_parked_command_that_begins_a_turn_stops_the_queue(world: World) -> None:
    later = Pending()

    def begins() -> Pending:
        world.turn.begin("second")
        return later

    world.turn.begin("first")
    slow = world.turn.park(begins)
    after = world.turn.park(world.command("after"))
    world.turn.end("first")
    assert world.turn.owner == "second"
    assert world.ran == []
    world.turn.end("second")
    later.resolve("slow")
    assert (slow.value, after.value) == ("slow", "after")


def test_many_whole_turns_in_the_queue_need_no_stack(world: World) -> None:
    def whole() -> int:
        world.turn.begin("inner")
        world.turn.end("inner")
        return 1

    world.turn.begin("first")
    waiting = [world.turn.park(whole) for _ in range(5000)]
    world.turn.end("first")
    assert all(pending.value == 1 for pending in waiting)


def test_a_client_that_has_gone_has_its_command_never_run(world: World) -> None:
    world.turn.begin("owner")
    gone, stays = world.turn.park(world.command("gone")), world.turn.park(world.command("stays"))
    gone.abandon()
    world.turn.end("owner")
    assert world.ran == ["stays"]
    assert gone.done
    assert stays.value == "stays"


def test_abandoning_reaches_a_parked_command_that_has_begun(world: World) -> None:
    later = Pending()
    world.turn.begin("owner")
    parked = world.turn.park(lambda: later)
    world.turn.end("owner")
    parked.abandon()
    assert later.abandoned


def test_after_busy_reply_ms_parked_and_coming_commands_are_refused(world: World) -> None:
    world.turn.begin("owner")
    world.clock.pass_by(3)
    waiting = world.turn.park(world.command("waiting"))
    world.clock.pass_by(1.9)
    assert not waiting.done
    assert not world.turn.busy
    world.clock.pass_by(0.2)
    assert isinstance(waiting.value, CommandError)
    assert waiting.value.text == BUSY
    assert world.turn.busy
    with pytest.raises(CommandError, match=BUSY):
        world.turn.park(world.command("late"))
    world.turn.end("owner")
    assert not world.turn.busy
    assert world.ran == []


def test_the_next_turn_has_its_own_time(world: World) -> None:
    world.turn.begin("first")
    world.turn.park(lambda: world.turn.begin("second"))
    behind = world.turn.park(world.command("behind"))
    world.clock.pass_by(4)
    world.turn.end("first")
    world.clock.pass_by(4)
    assert not behind.done
    world.clock.pass_by(1.1)
    assert isinstance(behind.value, CommandError)


def test_busy_reply_ms_may_change_meanwhile(world: World) -> None:
    world.turn.begin("owner")
    waiting = world.turn.park(world.command("waiting"))
    world.busy_ms = 8000
    world.clock.pass_by(5.5)
    assert not waiting.done
    world.clock.pass_by(3)
    assert waiting.done


def test_a_turn_nobody_waits_for_needs_no_timer(world: World) -> None:
    world.turn.begin("owner")
    assert world.clock.timers == []
    world.turn.end("owner")
