"""The command line of ferrite-cli, which is redis-cli's."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ferrite.client.printing import Style
from ferrite.errors import StartError

HELP = """\
Usage: ferrite-cli [OPTIONS] [COMMAND [ARGUMENT...]]
Sends one command to a server and prints its reply. Without a command it reads commands, a line
each, from the terminal (with history and hints) or from the standard input.

  -h HOST              the server's host name (default: 127.0.0.1)
  -p PORT              the server's port (default: 6379)
  -s PATH              the server's unix socket, in place of host and port
  -n NUMBER            database to use
  -a PASSWORD          password to log in with; REDISCLI_AUTH in the environment does the same
  --pass PASSWORD      the same
  --user NAME          user to log in as, together with a password
  -3                   speak RESP3
  -r NUMBER            send the command so many times; -1 for ever
  -i SECONDS           wait between two of them, and between two lines of --stat
  -x                   take the last argument from the standard input
  --raw                print the data alone (default where the output is no terminal)
  --no-raw             print types and quotes (default on a terminal)
  --json               print JSON, and speak RESP3
  -e                   exit with 1 when the reply is an error
  --no-auth-warning    do not warn of a password on the command line
  --pipe               send requests in the server's protocol from the standard input, count replies
  --pipe-timeout N     seconds without a reply after which --pipe gives up (default: 30, 0: never)
  --scan               print all keys
  --pattern PATTERN    of those only keys that match
  --stat               print a line of figures every second
  --help               print this
"""


@dataclass(slots=True)
class Options:
    """What the command line asks for."""

    host: str = "127.0.0.1"
    port: int = 6379
    path: str = ""
    """Of a unix socket; "" for host and port."""
    database: int = 0
    password: str | None = None
    user: str | None = None
    protocol: int = 2
    style: Style | None = None
    """How to print; None: by what the output is."""
    repeat: int = 1
    """Negative for ever."""
    interval: float = 0.0
    """Seconds."""
    last_from_input: bool = False
    error_is_failure: bool = False
    warn_of_password: bool = False
    mode: str = ""
    """"help", "pipe", "scan" or "stat"; "" for commands."""
    pattern: bytes | None = None
    pipe_timeout: float = 30.0
    command: list[bytes] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The server, as it is named in messages and in the prompt."""
        return self.path or f"{self.host}:{self.port}"


def parse_options(arguments: Sequence[str]) -> Options:
    """Read a command line; the first argument that is no option begins the command.

    Raises StartError for an option that does not exist or lacks its value.
    """
    options = Options(password=os.environ.get("REDISCLI_AUTH"))
    warn = True
    rest = iter(arguments)
    for argument in rest:
        if argument in _SWITCHES:
            _SWITCHES[argument](options)
        elif argument in _VALUES:
            _VALUES[argument](options, _value(argument, rest))
        elif argument == "--no-auth-warning":
            warn = False
        elif argument.startswith("-"):
            raise _unrecognized(argument)
        else:
            options.command = [os.fsencode(word) for word in (argument, *rest)]
    options.warn_of_password = options.warn_of_password and warn
    return options


def _set(**fields: object) -> Callable[[Options], None]:
    def apply(options: Options) -> None:
        for name, value in fields.items():
            setattr(options, name, value)

    return apply


def _take(name: str, read: Callable[[str], object] = str) -> Callable[[Options, str], None]:
    return lambda options, text: setattr(options, name, read(text))


def _take_password(options: Options, text: str) -> None:
    options.password = text
    options.warn_of_password = True


def _number(option: str, low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and low <= int(text) <= high):
            raise StartError(f"{option} takes a number from {low} to {high}, not '{text}'")
        return int(text)

    return read


def _seconds(option: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            seconds = float(text)
        except ValueError:
            seconds = math.nan
        if not 0 <= seconds < 1e9:
            raise StartError(f"{option} takes a number of seconds, not '{text}'")
        return seconds

    return read


def _value(option: str, rest: Iterator[str]) -> str:
    for value in rest:
        return value
    raise _unrecognized(option)


def _unrecognized(option: str) -> StartError:
    return StartError(f"Unrecognized option or bad number of args for: '{option}'")


_SWITCHES: dict[str, Callable[[Options], None]] = {
    "-3": _set(protocol=3),
    "-x": _set(last_from_input=True),
    "-e": _set(error_is_failure=True),
    "--raw": _set(style=Style.RAW),
    "--no-raw": _set(style=Style.TERMINAL),
    "--json": _set(style=Style.JSON, protocol=3),
    "--pipe": _set(mode="pipe"),
    "--scan": _set(mode="scan"),
    "--stat": _set(mode="stat"),
    "--help": _set(mode="help"),
}
_VALUES: dict[str, Callable[[Options, str], None]] = {
    "-h": _take("host"),
    "-p": _take("port", _number("-p", 0, 65_535)),
    "-s": _take("path"),
    "-n": _take("database", _number("-n", 0, 2**31 - 1)),
    "-a": _take_password,
    "--pass": _take_password,
    "--user": _take("user"),
    "-r": _take("repeat", _number("-r", -(2**31), 2**31 - 1)),
    "-i": _take("interval", _seconds("-i")),
    "--pattern": _take("pattern", os.fsencode),
    "--pipe-timeout": _take("pipe_timeout", _seconds("--pipe-timeout")),
}
