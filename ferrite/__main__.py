"""The program `ferrite`, also `python -m ferrite`: start a server from the command line.

`ferrite plugin ...` is the plugin author's tool instead, and needs no server.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ferrite.app import run_in_loop, serve
from ferrite.config import from_command_line
from ferrite.errors import StartError
from ferrite.logs import configure_log


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; the exit code is 0, or 1 when the server could not start."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if list(arguments[:1]) == ["plugin"]:
        from ferrite.plugins.cli import main as plugin_tool  # no server needs the author's tools

        return plugin_tool(arguments[1:])
    try:
        config = from_command_line(arguments)
        configure_log(config.operation.log_format)
        run_in_loop(serve(config))
    except StartError as error:
        print(f"ferrite: {error.text}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
