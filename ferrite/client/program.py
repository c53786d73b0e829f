"""ferrite-cli, from its command line to its exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ferrite.client import modes
from ferrite.client.conversation import Conversation
from ferrite.client.options import HELP, Options, parse_options
from ferrite.client.terminal import converse
from ferrite.errors import StartError

PASSWORD_WARNING = (
    "Warning: Using a password with '-a' option on the command line interface may not be safe."
)
INTERRUPTED = 130
"""Exit code after Ctrl-C, as a shell has it."""
_MODES = {"pipe": modes.pipe, "scan": modes.scan, "stat": modes.stat}


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; returns its exit code."""
    try:
        return _run(parse_options(sys.argv[1:] if arguments is None else arguments))
    except StartError as error:
        print(error.text, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return 1


def _run(options: Options) -> int:
    if options.mode == "help":
        print(HELP, end="")
        return 0
    if options.warn_of_password:
        print(PASSWORD_WARNING, file=sys.stderr)
    if options.mode:
        return _MODES[options.mode](options)
    options.error_is_failure &= bool(options.command)
    conversation = Conversation(options)
    try:
        if not options.command:
            return converse(conversation)
        if options.last_from_input:
            options.command.append(sys.stdin.buffer.read())
        conversation.say(options.command, options.repeat)
    finally:
        conversation.close()
    return 0
