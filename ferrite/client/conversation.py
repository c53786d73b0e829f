"""A conversation with a server: commands go, replies are printed, the state they leave is known.

Rule: a broken connection ends the command and not the conversation; the next command connects anew.
MONITOR and the SUBSCRIBE family have no reply but a stream, printed until it is broken off.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ferrite.client.connection import Connection
from ferrite.client.options import Options
from ferrite.client.printing import Style, default_style, shown, write
from ferrite.errors import CommandError, StartError
from ferrite.protocol.replies import NULL_ARRAY

SUBSCRIBING = (b"SUBSCRIBE", b"PSUBSCRIBE", b"SSUBSCRIBE")


class Conversation:
    """What one run of ferrite-cli says to its server."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.style = options.style or default_style()
        self.database = options.database
        self._database_before = options.database
        self.in_transaction = False
        self._connection: Connection | None = None

    @property
    def prompt(self) -> str:
        """What stands before the next line."""
        if self._connection is None:
            return "not connected> "
        database = f"[{self.database}]" if self.database else ""
        return f"{self._options.address}{database}{'(TX)' if self.in_transaction else ''}> "

    def connect(self) -> Connection:
        """The connection, a new one where there is none. Raises StartError."""
        if self._connection is None:
            self.in_transaction = False
            self._connection = Connection(replace(self._options, database=self.database))
        return self._connection

    def redirect(self, host: str, port: int) -> None:
        """Speak to another server from now on. Raises StartError."""
        self.close()
        self._options = replace(self._options, host=host, port=port, path="")
        self.connect()

    def close(self) -> None:
        """End the connection; the next command makes another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def say(self, command: Sequence[bytes], repeat: int = 1) -> None:
        """Send a command, so many times or for ever if negative, and print the replies.

        Raises StartError when the connection breaks, and with -e for an error reply.
        """
        sent = 0
        while sent != repeat:
            if sent and self._options.interval:
                time.sleep(self._options.interval)
            sent += 1
            try:
                self._say_once(command)
            except (StartError, KeyboardInterrupt):
                self.close()
                raise

    def _say_once(self, command: Sequence[bytes]) -> None:
        connection, name = self.connect(), command[0].upper()
        if name == b"MONITOR" or name in SUBSCRIBING:
            connection.send(*command)
            self._print_stream(connection, command)
            return
        reply = connection.ask(*command)
        if isinstance(reply, CommandError) and self._options.error_is_failure:
            raise RefusedError(reply.text)
        write(shown(reply, self.style, command))
        self._follow(name, command, reply)

    def _print_stream(self, connection: Connection, command: Sequence[bytes]) -> None:
        """Print what comes, up to an error or the end of the connection."""
        if command[0].upper() != b"MONITOR" and self.style is not Style.RAW:
            write(b"Reading messages... (press Ctrl-C to quit)\n")
        while True:
            reply = connection.receive()
            write(shown(reply, self.style))
            if isinstance(reply, CommandError):
                return

    def _follow(self, name: bytes, command: Sequence[bytes], reply: Any) -> None:
        """Note what a command has changed."""
        refused = isinstance(reply, CommandError)
        if name == b"EXEC" and self.in_transaction:
            self.in_transaction = False
            if refused or reply in (None, NULL_ARRAY):
                self.database = self._database_before
        elif refused:
            return
        elif name == b"SELECT" and len(command) == 2:
            self.database = int(command[1])
        elif name == b"MULTI":
            self.in_transaction = True
            self._database_before = self.database
        elif name == b"DISCARD" and self.in_transaction:
            self.in_transaction = False
            self.database = self._database_before
        elif name == b"RESET":
            self.in_transaction = False
            self.database = 0


class RefusedError(StartError):
    """An error reply where -e makes that a failure; the connection is as good as before."""
