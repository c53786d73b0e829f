"""Commands on replicas and clusters, of which this server has none. https://redis.io/commands/role/

Rule: a client that asks is told how it is: this is a master, and no replica has anything yet.
Who asks for a replica or a cluster is refused.
"""

from __future__ import annotations

from typing import Annotated

from ferrite.commands.arguments import Argument, Grammar, Int, IntText, word
from ferrite.commands.registry import Command, Group, Tag
from ferrite.errors import CommandError
from ferrite.keyspace.values import parse_integer
from ferrite.protocol.replies import OK, Reply
from ferrite.state import Call

group = Group("server", category="dangerous")
command = group.command
waiting_group = Group("generic", category="connection")

PORT_MAX = 65_535

_HOST = Argument(
    "host-port", "block", arguments=(Argument("host", "string"), Argument("port", "integer"))
)
_NO_ONE = Argument("no-one", "block", arguments=(word("NO"), word("ONE")))
_MASTER = Grammar(Argument("args", "oneof", arguments=(_HOST, _NO_ONE)))
_NOTHING = Grammar()
_CLUSTER = {
    "slots": 2, "shards": 2, "nodes": 2, "info": 2, "myid": 2, "links": 2, "keyslot": 3,
    "countkeysinslot": 3, "getkeysinslot": 4,
}  # fmt: skip
"""Those that only look, with the number of items of a request."""
_CONSTANT = ("myid", "keyslot", "countkeysinslot")
"""Those that would answer the same again."""
_REPLICATING = Tag.ADMIN | Tag.NOSCRIPT | Tag.STALE | Tag.NO_ASYNC_LOADING


@waiting_group.command(
    Tag.NOSCRIPT,
    since="3.0.0",
    tips=("request_policy:all_shards", "response_policy:agg_min"),
)
def wait(_: Call, numreplicas: Int, timeout: IntText) -> int:
    """Return how many replicas have what this client has written: none, at once."""
    milliseconds = parse_integer(timeout)
    if milliseconds is None:
        raise CommandError("ERR timeout is not an integer or out of range")
    if milliseconds < 0:
        raise CommandError("ERR timeout is negative")
    del numreplicas
    return 0


@command(
    Tag.NOSCRIPT | Tag.LOADING | Tag.STALE | Tag.FAST | Tag.ALWAYS,
    since="2.8.12",
    categories=("admin", "dangerous"),
)
def role(_: Call) -> Reply:
    """Return that this is a master, with what it has sent to which replicas: nothing to none."""
    return [b"master", 0, []]


@command(_REPLICATING, since="5.0.0")
def replicaof(_: Call, host: Annotated[bytes, _MASTER], port: Annotated[bytes, _NOTHING]) -> Reply:
    """Be a master with NO ONE; a replica this server cannot be."""
    return _follow(host, port)


@command(_REPLICATING, since="1.0.0")
def slaveof(_: Call, host: Annotated[bytes, _MASTER], port: Annotated[bytes, _NOTHING]) -> Reply:
    """Be a master with NO ONE, as REPLICAOF; its older name."""
    return _follow(host, port)


def _follow(host: bytes, port: bytes) -> Reply:
    if (host.upper(), port.upper()) == (b"NO", b"ONE"):
        return OK
    number = parse_integer(port)
    if number is None or not 0 <= number <= PORT_MAX:
        raise CommandError("ERR Invalid master port")
    raise CommandError("ERR this server cannot be a replica")


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
