from __future__ import annotations

from collections.abc import Callable

from ferrite.pause import Pause, Reach


class Clock:
    """Time moves when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.later: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], None]) -> Clock:
        self.later = [(self.now + delay, callback)]
        return self

    def cancel(self) -> None:
        self.later = []


def test_only_longer_and_wider_until_it_ends() -> None:
    clock, changes = Clock(), []
    pause = Pause(lambda: clock, lambda: changes.append(pause.reach))
    pause.begin(Reach.ALL, 10)
    pause.begin(Reach.WRITE, 5)
    assert pause.reach is Reach.ALL
    assert pause.seconds_left == 10
    first, second = pause.park(lambda: "one"), pause.park(lambda: "two")
    assert len(pause) == 2
    ((at, end),) = clock.later
    assert at == 10
    end()
    assert (first.value, second.value) == ("one", "two")
    assert pause.reach is Reach.NONE
    assert pause.seconds_left == 0
    assert changes == [Reach.ALL, Reach.ALL, Reach.NONE]
