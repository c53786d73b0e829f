"""What clients ask about replication and clusters, of which there are none here.

Rule: who only looks is told so (a master without replicas, no cluster); who asks for a replica is
refused. https://redis.io/commands/?group=server
"""

from __future__ import annotations

from typing import Annotated

from ferrite.commands.arguments import Argument, Grammar, IntText
from ferrite.commands.registry import Command, Group, Tag
from ferrite.errors import CommandError
from ferrite.keyspace.values import parse_integer
from ferrite.protocol.replies import OK, Reply
from ferrite.state import Call

group = Group("server")
generic = Group("generic")
command = group.command

_ADMIN = Tag.ADMIN | Tag.NOSCRIPT | Tag.STALE | Tag.NO_ASYNC_LOADING
_HOST = Grammar(Argument("host", "string"))
_CLUSTER = {
    "slots": 2, "shards": 2, "nodes": 2, "info": 2, "myid": 2, "links": 2, "keyslot": 3,
    "countkeysinslot": 3, "getkeysinslot": 4,
}  # fmt: skip
"""Those that only look, with the number of items of a request."""
_CONSTANT = ("myid", "keyslot", "countkeysinslot")
"""Those that would answer the same again."""


@command(
    Tag.NOSCRIPT | Tag.LOADING | Tag.STALE | Tag.FAST | Tag.ALWAYS,
    since="2.8.12",
    categories=("admin", "dangerous"),
)
def role(_: Call) -> Reply:
    """Return that this is a master, its offset, and its replicas."""
    return [b"master", 0, []]


def _replicaof(_: Call, host: Annotated[bytes, _HOST], port: bytes) -> Reply:
    """Be a master; be a replica is what this server cannot."""
    if host.lower() == b"no" and port.lower() == b"one":
        return OK
    raise CommandError("ERR replication is not supported by this server")


for _name, _since in (("REPLICAOF", "5.0.0"), ("SLAVEOF", "1.0.0")):
    command(_ADMIN, name=_name, since=_since)(_replicaof)


@generic.command(
    Tag.NOSCRIPT,
    since="3.0.0",
    categories=("connection",),
    tips=("request_policy:all_shards", "response_policy:agg_min"),
)
def wait(_: Call, numreplicas: IntText, timeout: IntText) -> int:
    """Return how many replicas have all writes of this connection: none, at once."""
    if parse_integer(numreplicas) is None:
        raise CommandError.not_an_integer()
    milliseconds = parse_integer(timeout)
    if milliseconds is None:
        raise CommandError("ERR timeout is not an integer or out of range")
    if milliseconds < 0:
        raise CommandError("ERR timeout is negative")
    return 0


def _no_cluster(_call: Call, _request: list[bytes]) -> Reply:
    raise CommandError("ERR This instance has cluster support disabled")


cluster_group = Group("cluster")
cluster_group.container("CLUSTER", since="3.0.0", summary="A container for cluster commands")
for _name, _count in _CLUSTER.items():
    cluster_group.add(
        Command(
            f"cluster|{_name}",
            _no_cluster,
            Tag.STALE,
            count_min=_count,
            count_max=_count,
            tips=() if _name in _CONSTANT else ("nondeterministic_output",),
            group="cluster",
            since="7.0.0" if _name in ("shards", "links") else "3.0.0",
            summary="Answer that there is no cluster",
            complexity="O(1)",
        )
    )
cluster_group.help("CLUSTER", since="5.0.0")
