"""A server for the fault storm: `python -m tests.support.faulty_server`, options as of ferrite.

Rule: the server itself, with two things more. The host function `hdel` has a bug for one key, and
the command STORM.LIVE tells what of the plugin system is alive, after a full garbage collection.
"""

from __future__ import annotations

import gc
import socket
import sys
from collections import Counter
from dataclasses import replace

from greenlet import greenlet

import ferrite.app
import wasi
from ferrite.__main__ import main
from ferrite.commands.registry import Group, Tag
from ferrite.plugins.extension import PluginExtension
from ferrite.plugins.host_api import FUNCTIONS, HostContext, Invocation
from ferrite.plugins.scheduler import Task
from ferrite.protocol.replies import Reply
from ferrite.state import Call, ServerState
from wasm_vm import Instance

POISON = b"poison"
COUNTED = (Instance, wasi.Wasi, Invocation, HostContext, Task, greenlet, socket.socket)
_hdel = FUNCTIONS["hdel"]


def buggy_hdel(context: HostContext, key: bytes, field: bytes) -> int:
    """As hdel, but for one key."""
    if key == POISON:
        raise RuntimeError("a bug of the host, made for the storm")
    return _hdel.body(context, key, field)


class StormExtension(PluginExtension):
    """The plugin system, and a look at what of it is alive."""

    async def start(self, state: ServerState) -> None:
        """Join the server."""
        await super().start(state)
        group = Group("server")

        @group.command(Tag.ADMIN, since="0.1.0", name="STORM.LIVE")
        def live(_call: Call) -> Reply:
            """Return how many objects of each kind there are, and what is open."""
            gc.collect()
            found = Counter(
                type(each).__name__ for each in gc.get_objects() if type(each) in COUNTED
            )
            found["journal"] = state.databases.journal.depth
            found["owner"] = int(state.turn.owner is not None)
            return [[name.encode(), count] for name, count in sorted(found.items())]

        state.registry.add_group(group)


if __name__ == "__main__":
    FUNCTIONS["hdel"] = replace(_hdel, body=buggy_hdel)
    ferrite.app.PluginExtension = StormExtension  # type: ignore[misc]
    sys.exit(main())
