"""hget, hset, hdel without a socket; tests/plugins/test_host_api.py has the rest."""

from __future__ import annotations

from ferrite.keyspace.hashes import Hash
from ferrite.permissions import Grant, Permission, Right
from ferrite.plugins.host_api import FUNCTIONS, HostContext, Invocation
from tests.support.plugin_bench import plugin_bench


def test_bodies() -> None:
    with plugin_bench() as bench:
        grant = Grant(Permission(right) for right in Right)
        context = HostContext("t", "1", grant, lambda *_: None)
        context.invocation = Invocation("command", keyspace=bench.keyspace, may_write=True)
        put, remove = FUNCTIONS["hset"].body, FUNCTIONS["hdel"].body
        assert put(context, b"h", b"f", b"1") == 1
        assert put(context, b"h", b"f", b"2") == 0
        value = bench.keyspace.get(b"h")
        assert isinstance(value, Hash)
        assert value.fields == {b"f": b"2"}
        assert remove(context, b"h", b"g") == 0
        assert remove(context, b"none", b"g") == 0
        assert remove(context, b"h", b"f") == 1
        assert b"h" not in bench.keyspace, "a hash without fields is no more"
