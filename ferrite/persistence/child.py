"""Child: what a forked process does in the background, one thing at a time.

Rule: the operating system copies a page when the server changes it, so the child sees one moment,
the server stops only for the fork, and a failing child takes nothing with it. Writing in slices of
the event loop would take the same seconds away from clients, and would need every container to be
copied before it changes. Where there is no fork the work is done at once.

Nobody else forks, and no plugin call is under way: its changes may still be undone.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

LOG = logging.getLogger(__name__)

POLL_SECONDS = 0.05
"""How often a child is asked whether it has finished."""
_DESCRIPTORS_MAX = 1 << 20
_STANDARD_ERROR = 2


class Timer(Protocol):
    """What a call later can be stopped by (asyncio.TimerHandle)."""

    def cancel(self) -> None:
        """Do not call any more."""


CallLater = Callable[[float, Callable[[], None]], Timer]
Done = Callable[[bool, int], None]
"""Called with whether a child has succeeded, and its process id."""


class Child:
    """The one child there may be."""

    __slots__ = ("_call_later", "_done", "_forks", "_timer", "forked", "id", "purpose")

    def __init__(self, call_later: CallLater, *, forks: bool | None = None) -> None:
        """`call_later` is the event loop's; `forks` False has all done at once."""
        self._call_later = call_later
        self._forks = hasattr(os, "fork") if forks is None else forks
        self._done: Done | None = None
        self._timer: Timer | None = None
        self.id: int | None = None
        self.purpose = ""
        """What it does, as its owner calls it; "" while there is none."""
        self.forked = 0
        """How many there have been."""

    def start(self, purpose: str, work: Callable[[], None], done: Done) -> None:
        """Do `work` in a child, and call `done` when it has ended. Raises OSError when there
        can be no child."""
        if not self._forks:
            self._at_once(work, done)
            return
        self.id = self._fork(work)
        self.forked += 1
        self.purpose, self._done = purpose, done
        self._timer = self._call_later(POLL_SECONDS, self._poll)

    def kill(self) -> None:
        """End it, unfinished; its owner hears of a failure."""
        if self.id is not None:
            os.kill(self.id, signal.SIGKILL)
            os.waitpid(self.id, 0)
            self._ended(False)

    def _at_once(self, work: Callable[[], None], done: Done) -> None:
        try:
            work()
        except OSError as error:
            LOG.warning("%s", error)
            done(False, os.getpid())
        else:
            done(True, os.getpid())

    def _fork(self, work: Callable[[], None]) -> int:
        """The child's id. It only encodes and writes, so threads that it lacks are not missed."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child:
            return child
        status = 1
        try:
            gc.disable()
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            # A connection that the server closes stays open as long as a child holds it.
            os.closerange(_STANDARD_ERROR + 1, _DESCRIPTORS_MAX)
            work()
            status = 0
        except BaseException as error:
            with suppress(OSError):
                os.write(_STANDARD_ERROR, f"work in the background has failed: {error}\n".encode())
        finally:
            os._exit(status)

    def _poll(self) -> None:
        if self.id is None:
            return
        child, status = os.waitpid(self.id, os.WNOHANG)
        if child:
            self._ended(status == 0)
        else:
            self._timer = self._call_later(POLL_SECONDS, self._poll)

    def _ended(self, succeeded: bool) -> None:
        if self._timer is not None:
            self._timer.cancel()
        child, done = self.id, self._done
        self.id = self._done = self._timer = None
        self.purpose = ""
        if done is not None and child is not None:
            done(succeeded, child)
