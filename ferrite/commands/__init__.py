"""The built-in commands: one file per group of the Redis manual, declared as they are defined.

Rule: importing this package declares all of them; a name declared twice fails here, at import.
A server works on a Registry of its own, which plugin commands join and leave.
"""

from __future__ import annotations

from ferrite.commands import (
    acl,
    bitfields,
    bitmaps,
    blocking,
    client_control,
    client_tracking,
    clients,
    configuration,
    connection,
    diagnostics,
    expiration,
    hashes,
    introspection,
    keys,
    latency,
    lists,
    memory,
    persistence,
    pubsub,
    replication,
    scripting,
    server,
    sets,
    slow_log,
    sorted_set_algebra,
    sorted_set_pops,
    sorted_set_ranges,
    sorted_sets,
    sorting,
    strings,
    subsequences,
    transactions,
)
from ferrite.commands.registry import Registry

# These declare in a group of another file.
_ = (client_control, client_tracking)

GROUPS = (
    connection.group,
    clients.group,
    strings.group,
    subsequences.group,
    bitmaps.group,
    bitfields.group,
    hashes.group,
    lists.group,
    blocking.group,
    sets.group,
    sorted_sets.group,
    sorted_set_ranges.group,
    sorted_set_algebra.group,
    sorted_set_pops.group,
    keys.group,
    sorting.group,
    expiration.group,
    persistence.keys_group,
    persistence.group,
    replication.waiting_group,
    replication.group,
    scripting.group,
    transactions.group,
    pubsub.group,
    server.group,
    memory.group,
    diagnostics.group,
    replication.cluster_group,
    slow_log.group,
    latency.group,
    configuration.group,
    introspection.group,
    acl.group,
)


def standard_registry() -> Registry:
    """The built-in commands, for one server."""
    return Registry(*GROUPS)


BUILT_IN = standard_registry()
"""What is built in, to look at: documentation is generated from it."""
