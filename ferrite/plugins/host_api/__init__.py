"""What a guest may import from `ferrite_v1`: the plugin ABI, version 1.

In order: `context` (who calls, bounds, payment, rights), `declaration` (how a function is declared
and entered), `leaf` (the same written out), then one file per group of functions. Importing this
package declares them all.
"""

from __future__ import annotations

from ferrite.plugins.host_api import (
    arguments,
    commands,
    hashes,
    hooks,
    keys,
    network,
    replies,
    strings,
    system,
    types,
)
from ferrite.plugins.host_api.context import ErrorCode, GuestError, HostContext, Invocation
from ferrite.plugins.host_api.declaration import FUNCTIONS, MODULE, HostCall
from ferrite.plugins.host_api.leaf import bind

GROUPS = (arguments, replies, strings, keys, hashes, types, commands, hooks, network, system)
"""The modules whose import has filled FUNCTIONS, in the order of the documentation."""

__all__ = [
    "FUNCTIONS",
    "GROUPS",
    "MODULE",
    "ErrorCode",
    "GuestError",
    "HostCall",
    "HostContext",
    "Invocation",
    "bind",
]
