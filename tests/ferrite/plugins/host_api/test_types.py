"""typed_*: only own types; tests/plugins/test_data_types.py has the rest."""

from __future__ import annotations

import pytest

from ferrite.keyspace.foreign import ForeignValue
from ferrite.permissions import Grant, Permission, Right
from ferrite.plugins.host_api import FUNCTIONS, ErrorCode, GuestError, HostContext, Invocation
from ferrite.plugins.manifest import DataTypeTable
from tests.support.plugin_bench import plugin_bench


def test_only_own_types_are_named() -> None:
    with plugin_bench() as bench:
        grant = Grant(Permission(right) for right in Right)
        types = {"T": DataTypeTable(name="T", version=3)}
        context = HostContext("t", "1", grant, lambda *_: None, types=types)
        context.invocation = Invocation("command", keyspace=bench.keyspace, may_write=True)
        put = FUNCTIONS["typed_set"].body
        assert put(context, b"k", b"T", 3, b"bytes") == 0
        value = bench.keyspace.get(b"k")
        assert isinstance(value, ForeignValue)
        assert (value.name, value.version, value.data) == ("T", 3, b"bytes")
        bench.keyspace.set(b"other", ForeignValue("U", 1, b""))
        bench.keyspace.set(b"string", b"")
        for key, name, code in (
            (b"k", b"U", ErrorCode.DENIED),
            (b"other", b"T", ErrorCode.TYPE),
            (b"string", b"T", ErrorCode.TYPE),
        ):
            with pytest.raises(GuestError) as caught:
                put(context, key, name, 1, b"x")
            assert caught.value.code is code
        for version in (0, 4, 2**32 - 1):
            with pytest.raises(GuestError, match="data type T has versions 1 to 3") as caught:
                put(context, b"new", b"T", version, b"x")
            assert caught.value.code is ErrorCode.ARGUMENT
