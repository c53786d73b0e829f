"""Errors a client can be told of, with Redis's own words.

Rule: an error's text is the whole error reply, code included ("ERR syntax error"), because clients
and their libraries match on it. Bytes that are no UTF-8 travel through the text as surrogate
escapes, so an error that quotes a client's bytes gives them back unchanged.

    FerriteError
    ├── CommandError      one command failed; the connection goes on
    ├── ProtocolError     the byte stream is broken; told, then the connection closes
    ├── ForeignProtocol   the client speaks something else; the connection closes untold
    └── StartError        the server or client program cannot start: a bad option, a taken port
"""

from __future__ import annotations

from collections.abc import Sequence

QUOTED_BYTES_MAX = 128
"""How much of a client's input an error quotes, in bytes (Redis: `%.128s`)."""


class FerriteError(Exception):
    """Anything ferrite raises on purpose; any other exception is a bug of ours."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class ProtocolError(FerriteError):
    """The bytes of a connection are no requests; nothing after this point can be understood.

    `text` is the error reply without its code: "Protocol error: invalid bulk length".
    """


class ForeignProtocol(FerriteError):
    """A request that only a client of another protocol sends; it is given nothing to work with."""


class StartError(FerriteError):
    """A program of ours cannot start; `text` is the one line its user is shown."""


class CommandError(FerriteError):
    """A command's error reply. Raised by commands and gates, or returned inside an array."""

    @classmethod
    def syntax(cls) -> CommandError:
        """Options that no rule of the command's grammar accepts."""
        return cls("ERR syntax error")

    @classmethod
    def wrong_type(cls) -> CommandError:
        """The key holds another type than the command works on."""
        return cls("WRONGTYPE Operation against a key holding the wrong kind of value")

    @classmethod
    def not_an_integer(cls) -> CommandError:
        """An argument or a value is no signed 64-bit decimal."""
        return cls("ERR value is not an integer or out of range")

    @classmethod
    def not_a_float(cls) -> CommandError:
        """An argument or a value is no floating-point number."""
        return cls("ERR value is not a valid float")

    @classmethod
    def not_positive(cls) -> CommandError:
        """A count is below zero."""
        return cls("ERR value is out of range, must be positive")

    @classmethod
    def out_of_range(cls) -> CommandError:
        """A number is beyond what the command can take."""
        return cls("ERR value is out of range")

    @classmethod
    def not_between(cls, low: int, high: int) -> CommandError:
        """A number is outside of a range, both ends of which are in it."""
        return cls(f"ERR value is out of range, value must between {low} and {high}")

    @classmethod
    def overflow(cls) -> CommandError:
        """An increment would leave the signed 64-bit range."""
        return cls("ERR increment or decrement would overflow")

    @classmethod
    def no_such_key(cls) -> CommandError:
        """The command needs a key that does not exist."""
        return cls("ERR no such key")

    @classmethod
    def same_object(cls) -> CommandError:
        """Something was to be copied or moved to where it is."""
        return cls("ERR source and destination objects are the same")

    @classmethod
    def invalid_expire(cls, command: str) -> CommandError:
        """A time to live that is no usable time, for the named command (lower case)."""
        return cls(f"ERR invalid expire time in '{command}' command")

    @classmethod
    def wrong_arguments(cls, command: str) -> CommandError:
        """The named command (lower case, "client|setname" for a subcommand) has other arity."""
        return cls(f"ERR wrong number of arguments for '{command}' command")

    @classmethod
    def unknown_command(cls, request: Sequence[bytes]) -> CommandError:
        """No command of this name; quotes the name and the first arguments as Redis does."""
        quoted = b""
        for argument in request[1:]:
            if len(quoted) >= QUOTED_BYTES_MAX:
                break
            quoted += b"'" + _c_string(argument, QUOTED_BYTES_MAX - len(quoted)) + b"' "
        name = _text(_c_string(request[0], QUOTED_BYTES_MAX))
        return cls(f"ERR unknown command '{name}', with args beginning with: {_text(quoted)}")

    @classmethod
    def unknown_subcommand(cls, container: str, subcommand: bytes) -> CommandError:
        """A container command ("CLIENT") has no such subcommand."""
        name = _text(_c_string(subcommand, QUOTED_BYTES_MAX))
        return cls(f"ERR unknown subcommand '{name}'. Try {container.upper()} HELP.")

    @classmethod
    def wrong_subcommand(cls, request: Sequence[bytes]) -> CommandError:
        """A request whose subcommand checks the number of its arguments itself."""
        container, subcommand = _text(request[0]).upper(), _text(_c_string(request[1], 128))
        return cls(
            f"ERR unknown subcommand or wrong number of arguments for '{subcommand}'. "
            f"Try {container} HELP."
        )

    @classmethod
    def authentication_required(cls) -> CommandError:
        """The client has to log in first."""
        return cls("NOAUTH Authentication required.")

    @classmethod
    def wrong_password(cls) -> CommandError:
        """AUTH or HELLO with a user and password that do not belong together."""
        return cls("WRONGPASS invalid username-password pair or user is disabled.")

    @classmethod
    def no_permission(cls, command: str) -> CommandError:
        """The user may not run the named command (lower case)."""
        return cls(f"NOPERM this user has no permissions to run the '{command}' command")

    @classmethod
    def no_key_permission(cls) -> CommandError:
        """The user may not do with a key what the command would."""
        return cls(
            "NOPERM this user has no permissions to access one of the keys used as arguments"
        )

    @classmethod
    def no_channel_permission(cls) -> CommandError:
        """The user may not use a channel."""
        return cls(
            "NOPERM this user has no permissions to access one of the channels used as arguments"
        )

    @classmethod
    def busy(cls) -> CommandError:
        """Another client's plugin call owns the keyspace, and has for too long."""
        return cls("BUSY Redis is busy running a module command.")

    @classmethod
    def out_of_memory(cls) -> CommandError:
        """What is used is beyond maxmemory, and no key may go."""
        return cls("OOM command not allowed when used memory > 'maxmemory'.")

    @classmethod
    def unblocked(cls) -> CommandError:
        """CLIENT UNBLOCK has ended the wait."""
        return cls("UNBLOCKED client unblocked via CLIENT UNBLOCK")

    @classmethod
    def protected(cls, command: str) -> CommandError:
        """The named command (lower case) needs an option of its own to be enabled."""
        option = f"enable-{command}-command"
        return cls(
            f'ERR {command.upper()} command not allowed. If the {option} option is set to "local", '
            "you can run it from a local connection, otherwise you need to set this option "
            "in the configuration file, and then restart the server."
        )

    @classmethod
    def internal(cls) -> CommandError:
        """A bug of ours; the details are in the server's log and never in a reply."""
        return cls("ERR internal error")


def _c_string(value: bytes, size_max: int) -> bytes:
    """`value` as C's `%.*s` prints it: up to the first NUL."""
    return value.split(b"\0", 1)[0][:size_max]


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
