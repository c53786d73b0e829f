"""Replay: the commands of an append-only file, executed again.

Rule: each goes to its command's own function and past no gate: what was logged was permitted. A
transaction is executed when its EXEC is read, so one without an end has never been.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from ferrite.errors import CommandError
from ferrite.persistence.command_reader import Truncated
from ferrite.persistence.cursor import BadFormat
from ferrite.session import Session
from ferrite.state import Call, ServerState

LOG = logging.getLogger(__name__)

FAILURES_LOGGED_MAX = 10


class Replay:
    """One reading of the files of an append-only file."""

    def __init__(self, state: ServerState) -> None:
        session = Session(0, state.users.default)
        session.unrestricted = True
        self._call = Call(session, state)
        self._call.in_transaction = True  # nothing waits
        self._registry = state.registry
        self._failures = 0
        self.executed = 0

    def __call__(self, commands: Iterator[tuple[int, list[bytes]]], start: int) -> None:
        """Execute the commands of one file, each with the offset behind it; `start` is the offset
        in front of the first. Raises BadFormat, Truncated."""
        transaction: list[tuple[int, list[bytes]]] | None = None
        good = start
        try:
            for end, request in commands:
                name = request[0].upper()
                if name == b"MULTI":
                    transaction = []
                    continue
                if name == b"EXEC" and transaction is not None:
                    for offset, queued in transaction:
                        self._execute(offset, queued)
                    transaction = None
                elif transaction is not None:
                    transaction.append((good, request))
                    continue
                else:
                    self._execute(good, request)
                good = end
        except Truncated as error:
            raise Truncated(error.good if transaction is None else good) from None
        if transaction is not None:
            raise Truncated(good)

    def _execute(self, offset: int, request: list[bytes]) -> None:
        try:
            command = self._registry.find(request)
        except CommandError:
            name = request[0].decode("utf-8", "backslashreplace")
            raise BadFormat(
                f"Unknown command '{name}' reading the append only file", offset
            ) from None
        try:
            if not command.accepts(len(request)):
                raise CommandError.wrong_arguments(command.name)
            command.run(self._call, request)
        except CommandError as error:
            self._failures += 1
            if self._failures <= FAILURES_LOGGED_MAX:
                LOG.warning("the command at byte %d was refused: %s", offset, error.text)
        self.executed += 1
