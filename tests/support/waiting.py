"""Waiting for what comes by itself, with a bound.

Rule: a bound is there to end what hangs and to name it. It is far beyond what anything takes, also
on a machine that has much else to do, so that nothing fails because of being slow.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

SECONDS_MAX = 120.0
BUILD_SECONDS_MAX = 500.0
"""For a compiler that makes a project with all it depends on."""
Value = TypeVar("Value")


def until(condition: Callable[[], Value], seconds: float = SECONDS_MAX) -> Value:
    """What a condition answers, once that is true. Raises AssertionError when it never is."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"in {seconds:.0f} s it never came: {value!r}"
        time.sleep(0.01)


def in_loop(session: Coroutine[Any, Any, Value]) -> Value:
    """The result of a coroutine in a loop of its own, as `asyncio.run`. Raises TimeoutError."""
    return asyncio.run(asyncio.wait_for(session, SECONDS_MAX))
