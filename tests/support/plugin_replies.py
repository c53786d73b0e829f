"""Replies of PLUGIN.* in either protocol."""

from __future__ import annotations

from typing import Any

from ferrite.errors import CommandError
from tests.support.plugin_server import Client


def pairs(reply: Any) -> dict[bytes, Any]:
    """A map: a flat array in RESP2."""
    assert not isinstance(reply, CommandError), reply
    return reply if isinstance(reply, dict) else dict(zip(reply[::2], reply[1::2], strict=True))


def refusal(reply: Any) -> str:
    """The text of an error reply."""
    assert isinstance(reply, CommandError), reply
    return reply.text


def info(client: Client, plugin: str) -> dict[bytes, Any]:
    """PLUGIN.INFO."""
    return pairs(client.ask("PLUGIN.INFO", plugin))
