"""The program `ferrite-cli`: send one command, print the reply as redis-cli does.

Rule: options, output and exit codes are redis-cli's, so that one can stand for the other in a
script. 0: the reply was printed, an error reply included; 1: there was none, or the options make no
sense, or -e was given and the reply is an error.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ferrite.errors import CommandError, ProtocolError, StartError
from ferrite.protocol.display import for_json, for_pipe, for_terminal
from ferrite.protocol.replies import Push
from ferrite.protocol.reply_parser import ReplyParser

HELP = """\
Usage: ferrite-cli [OPTIONS] COMMAND [ARGUMENT...]
Sends one command to a server and prints its reply.

  -h HOST              the server's host name (default: 127.0.0.1)
  -p PORT              the server's port (default: 6379)
  -n NUMBER            database to use
  -a PASSWORD          password to log in with; REDISCLI_AUTH in the environment does the same
  --user NAME          user to log in as, together with -a
  -3                   speak RESP3
  --raw                print the data alone (default where the output is no terminal)
  --no-raw             print types and quotes (default on a terminal)
  --json               print JSON, and speak RESP3
  -e                   exit with 1 when the reply is an error
  --no-auth-warning    do not warn of a password on the command line
  --help               print this
"""

PASSWORD_WARNING = (
    "Warning: Using a password with '-a' option on the command line interface may not be safe."
)
READ_BYTES = 1 << 16


@dataclass(slots=True)
class Options:
    """What the command line asks for."""

    host: str = "127.0.0.1"
    port: int = 6379
    database: int = 0
    password: str | None = None
    user: str | None = None
    protocol: int = 2
    show: Callable[[Any], bytes] | None = None
    """How to print; None: by what the output is."""
    error_is_failure: bool = False
    warn_of_password: bool = True
    help: bool = False
    command: list[bytes] = field(default_factory=list)


def parse_options(arguments: Sequence[str]) -> Options:
    """Read a command line; the first argument that is no option begins the command.

    Raises StartError for an option that does not exist or lacks its value.
    """
    options = Options(password=os.environ.get("REDISCLI_AUTH"))
    options.warn_of_password = False
    quiet = False
    rest = iter(arguments)
    for argument in rest:
        match argument:
            case "-h":
                options.host = _value(argument, rest)
            case "-p":
                options.port = _number(argument, rest, 65_535)
            case "-n":
                options.database = _number(argument, rest, 2**31 - 1)
            case "-a":
                options.password = _value(argument, rest)
                options.warn_of_password = True
            case "--user":
                options.user = _value(argument, rest)
            case "-3":
                options.protocol = 3
            case "--raw":
                options.show = _show_raw
            case "--no-raw":
                options.show = for_terminal
            case "--json":
                options.show, options.protocol = _show_json, 3
            case "-e":
                options.error_is_failure = True
            case "--no-auth-warning":
                quiet = True
            case "--help":
                options.help = True
            case _ if argument.startswith("-"):
                raise StartError(f"Unrecognized option or bad number of args for: '{argument}'")
            case _:
                options.command = [os.fsencode(word) for word in (argument, *rest)]
    options.warn_of_password = options.warn_of_password and not quiet
    return options


def _value(option: str, rest: Iterator[str]) -> str:
    for value in rest:
        return value
    raise StartError(f"Unrecognized option or bad number of args for: '{option}'")


def _number(option: str, rest: Iterator[str], highest: int) -> int:
    text = _value(option, rest)
    if not (text.isascii() and text.isdigit() and int(text) <= highest):
        raise StartError(f"{option} takes a number from 0 to {highest}, not '{text}'")
    return int(text)


def _show_raw(reply: Any) -> bytes:
    return for_pipe(reply) + b"\n"


def _show_json(reply: Any) -> bytes:
    return for_json(reply) + b"\n"


class Client:
    """One connection that asks and waits for the reply."""

    def __init__(self, host: str, port: int) -> None:
        """Raises StartError when there is no server."""
        try:
            self._socket = socket.create_connection((host, port))
        except OSError as error:
            reason = error.strerror or str(error)
            raise StartError(f"Could not connect to Redis at {host}:{port}: {reason}") from error
        self._parser = ReplyParser()
        self._replies: list[Any] = []

    def ask(self, *arguments: bytes) -> Any:
        """The reply to a command; an error reply is a CommandError value. What the server pushes
        meanwhile is passed over.

        Raises StartError when the connection breaks or what comes is no RESP.
        """
        bulks = b"".join(b"$%d\r\n%b\r\n" % (len(argument), argument) for argument in arguments)
        try:
            self._socket.sendall(b"*%d\r\n%b" % (len(arguments), bulks))
            while not self._replies:
                data = self._socket.recv(READ_BYTES)
                if not data:
                    raise StartError("Error: Server closed the connection")
                replies = self._parser.feed(data)
                self._replies += [reply for reply in replies if not isinstance(reply, Push)]
        except OSError as error:
            raise StartError(f"Error: {error.strerror or error}") from error
        except ProtocolError as error:
            raise StartError(f"Error: {error.text}") from error
        return self._replies.pop(0)

    def close(self) -> None:
        """End the connection."""
        self._socket.close()


def run(options: Options) -> int:
    """Send the command and print the reply; the exit code. Raises StartError."""
    client = Client(options.host, options.port)
    try:
        _prepare(client, options)
        reply = client.ask(*options.command)
    finally:
        client.close()
    if isinstance(reply, CommandError) and options.error_is_failure:
        raise StartError(reply.text)
    show = options.show or (for_terminal if sys.stdout.isatty() else _show_raw)
    sys.stdout.buffer.write(show(reply))
    sys.stdout.buffer.flush()
    return 0


def _prepare(client: Client, options: Options) -> None:
    """Log in, choose the database and the protocol; what fails is told, and we go on."""
    if options.password is not None:
        names = [] if options.user is None else [os.fsencode(options.user)]
        _complain("AUTH", client.ask(b"AUTH", *names, os.fsencode(options.password)))
    if options.database:
        reply = client.ask(b"SELECT", b"%d" % options.database)
        _complain(f"SELECT {options.database}", reply)
    if options.protocol == 3:
        _complain("HELLO 3", client.ask(b"HELLO", b"3"))


def _complain(what: str, reply: Any) -> None:
    if isinstance(reply, CommandError):
        print(f"{what} failed: {reply.text}", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; returns its exit code."""
    try:
        options = parse_options(sys.argv[1:] if arguments is None else arguments)
        if options.help or not options.command:
            print(HELP, end="", file=sys.stdout if options.help else sys.stderr)
            return 0 if options.help else 1
        if options.warn_of_password:
            print(PASSWORD_WARNING, file=sys.stderr)
        return run(options)
    except StartError as error:
        print(error.text, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
