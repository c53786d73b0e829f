"""Random bytes that are the same in every run with the same seed."""

from __future__ import annotations

from collections.abc import Callable
from random import Random


class SeededStream:
    """A stream of random bytes and numbers.

    Saving and putting back cost nothing while nothing was taken, as a generator's state is big.
    """

    __slots__ = ("_random", "_taken")

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._taken = False

    def randbytes(self, size: int) -> bytes:
        """The next bytes."""
        self._taken = True
        return self._random.randbytes(size)

    def random(self) -> float:
        """The next number: from 0 on, less than 1."""
        self._taken = True
        return self._random.random()

    def save(self) -> Callable[[], None]:
        """Remember the place in the stream; what this returns goes back there."""
        state = self._random.getstate()
        self._taken = False

        def restore() -> None:
            if self._taken:
                self._random.setstate(state)
                self._taken = False

        return restore
