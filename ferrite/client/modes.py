"""What ferrite-cli does in place of sending a command: --pipe, --scan, --stat."""

from __future__ import annotations

import os
import select
import sys
import time
from typing import Any

from ferrite.client.connection import READ_BYTES, Connection
from ferrite.client.options import Options
from ferrite.client.printing import Style, default_style, write
from ferrite.errors import CommandError, StartError
from ferrite.protocol.display import quoted
from ferrite.protocol.replies import NULL_ARRAY

MARK_BYTES = 20
STAT_HEAD = (
    "------- data ------ --------------------- load -------------------- - child -\n"
    "keys       mem      clients blocked requests            connections          \n"
)
HEAD_EVERY = 20
CHILDREN = {0: "", 1: "SAVE", 2: "AOF", 3: "SAVE+AOF", 4: "LOAD"}
STAT_SECONDS = 1.0


def pipe(options: Options) -> int:
    """Send the standard input as it is and count the replies; 1 when there were errors among them.

    The end is known by an ECHO of random bytes, sent last. Raises StartError.
    """
    connection = Connection(options)
    feeding = _Feeding(connection)
    last_read = time.monotonic()
    while not feeding.done:
        wanted = [connection.socket] if feeding.unsent or not feeding.at_end else []
        readable, writable, _ = select.select([connection.socket], wanted, [], 1.0)
        if readable:
            feeding.take(connection.read())
            last_read = time.monotonic()
        if writable:
            feeding.feed()
        silent = time.monotonic() - last_read
        if feeding.at_end and 0 < options.pipe_timeout < silent:
            print(f"No replies for {options.pipe_timeout:.0f} seconds: exiting.", file=sys.stderr)
            feeding.errors += 1
            break
    print(f"errors: {feeding.errors}, replies: {feeding.replies}", flush=True)
    return 1 if feeding.errors else 0


class _Feeding:
    """The state of a mass insertion."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        connection.socket.setblocking(False)
        self._mark = os.urandom(MARK_BYTES)
        self.unsent = b""
        self.at_end = False
        self.done = False
        self.errors = 0
        self.replies = 0

    def feed(self) -> None:
        """Send more. Raises StartError when the connection breaks."""
        if not self.unsent and not self.at_end:
            self.unsent = os.read(sys.stdin.fileno(), READ_BYTES)
            if not self.unsent:
                # The line's end first, so that what was cut off becomes no part of the request.
                self.unsent = b"\r\n*2\r\n$4\r\nECHO\r\n$%d\r\n%b\r\n" % (MARK_BYTES, self._mark)
                self.at_end = True
                print("All data transferred. Waiting for the last reply...", flush=True)
        try:
            self.unsent = self.unsent[self._connection.socket.send(self.unsent) :]
        except BlockingIOError:
            return
        except OSError as error:
            raise StartError(f"Error: {error.strerror or error}") from error

    def take(self, replies: list[Any]) -> None:
        """Count replies."""
        for reply in replies:
            if isinstance(reply, CommandError):
                print(reply.text, file=sys.stderr)
                self.errors += 1
            elif self.at_end and reply == self._mark:
                print("Last reply received from server.", flush=True)
                self.done = True
                return
            self.replies += 1


def scan(options: Options) -> int:
    """Print all keys, a line each. Raises StartError."""
    connection = Connection(options)
    style = options.style or default_style()
    arguments = [] if options.pattern is None else [b"MATCH", options.pattern]
    cursor = b"0"
    while True:
        reply = connection.ask(b"SCAN", cursor, *arguments)
        if isinstance(reply, CommandError):
            raise StartError(f"ERROR: {reply.text}")
        cursor, keys = reply
        write(b"".join((quoted(key) if style is Style.TERMINAL else key) + b"\n" for key in keys))
        if cursor == b"0":
            return 0
        if options.interval:
            time.sleep(options.interval)


def stat(options: Options) -> int:
    """Print a line of INFO's figures every second, or as often as -r says. Raises StartError."""
    connection = Connection(options)
    lines, requests = 0, 0
    while True:
        reply = connection.ask(b"INFO")
        if reply in (None, NULL_ARRAY) or isinstance(reply, CommandError):
            raise StartError(f"ERROR: {getattr(reply, 'text', 'no figures')}")
        text = reply if isinstance(reply, bytes) else reply.value
        fields = dict(line.split(":", 1) for line in text.decode().splitlines() if ":" in line)
        if lines % HEAD_EVERY == 0:
            sys.stdout.write(STAT_HEAD)
        print(_figures(fields, requests), flush=True)
        requests = int(fields.get("total_commands_processed", 0))
        lines += 1
        if options.repeat == lines and options.repeat != 1:
            return 0
        time.sleep(options.interval or STAT_SECONDS)


def _figures(fields: dict[str, str], requests_before: int) -> str:
    keys = sum(
        int(value.split(",")[0].removeprefix("keys="))
        for name, value in fields.items()
        if name.startswith("db") and value.startswith("keys=")
    )

    def number(name: str) -> int:
        return int(fields.get(name, 0))

    requests = number("total_commands_processed")
    more = requests - requests_before if requests_before else 0
    child = number("rdb_bgsave_in_progress") | number("aof_rewrite_in_progress") << 1
    child |= number("loading") << 2
    return (
        f"{keys:<11}{_human(number('used_memory')):<8} {number('connected_clients'):<8}"
        f"{number('blocked_clients'):<8}{f'{requests} (+{more})':<19}"
        f" {number('total_connections_received'):<12}{CHILDREN.get(child, '')}"
    )


def _human(size: int) -> str:
    """Bytes as redis-cli shortens them: 512B, 1.17M."""
    if size < 1024:
        return f"{size}B"
    power = min((size.bit_length() - 1) // 10, 3)
    return f"{size / 1024**power:.2f}{'BKMG'[power]}"
