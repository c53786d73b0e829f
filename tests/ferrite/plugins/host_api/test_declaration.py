"""How host functions are declared, and the table that follows from it."""

from __future__ import annotations

import pytest

from ferrite.permissions import Right
from ferrite.plugins.host_api import FUNCTIONS, HostContext
from ferrite.plugins.host_api.declaration import Double, Key, Long, Place, Space, host_call
from wasm_vm import F64, I32, I64

ABI_VERSION_1 = {
    "arg_count": "-> i32",
    "arg_read": "i32 i32 i32 -> i32",
    "arg_i64": "i32 i32 -> i32",
    "arg_f64": "i32 i32 -> i32",
    "reply_null": "-> i32",
    "reply_ok": "-> i32",
    "reply_int": "i64 -> i32",
    "reply_double": "f64 -> i32",
    "reply_bool": "i32 -> i32",
    "reply_simple": "i32 i32 -> i32",
    "reply_bulk": "i32 i32 -> i32",
    "reply_error": "i32 i32 -> i32",
    "reply_verbatim": "i32 i32 i32 -> i32",
    "reply_bignum": "i32 i32 -> i32",
    "reply_array": "i32 -> i32",
    "reply_map": "i32 -> i32",
    "reply_set": "i32 -> i32",
    "reply_resp3": "i32 i32 -> i32",
    "reply_handle": "i32 -> i32",
    "get": "i32 i32 i32 i32 -> i32",
    "set": "i32 i32 i32 i32 -> i32",
    "set_ex": "i32 i32 i32 i32 i64 -> i32",
    "append": "i32 i32 i32 i32 i32 -> i32",
    "incr_by": "i32 i32 i64 i32 -> i32",
    "delete": "i32 i32 -> i32",
    "exists": "i32 i32 -> i32",
    "expire": "i32 i32 i64 -> i32",
    "ttl": "i32 i32 i32 -> i32",
    "type_of": "i32 i32 i32 i32 -> i32",
    "hget": "i32 i32 i32 i32 i32 i32 -> i32",
    "hset": "i32 i32 i32 i32 i32 i32 -> i32",
    "hdel": "i32 i32 i32 i32 -> i32",
    "typed_get": "i32 i32 i32 i32 i32 i32 i32 -> i32",
    "typed_set": "i32 i32 i32 i32 i32 i32 i32 -> i32",
    "typed_range": "i32 i32 i32 i32 i32 i32 i32 -> i32",
    "call": "i32 i32 -> i32",
    "handle_read": "i32 i32 i32 i32 -> i32",
    "handle_drop": "i32 -> i32",
    "publish": "i32 i32 i32 i32 -> i32",
    "hook_key": "i32 i32 -> i32",
    "hook_value": "i32 i32 -> i32",
    "hook_old_value": "i32 i32 -> i32",
    "hook_command": "-> i32",
    "hook_reply": "-> i32",
    "hook_abort": "i32 i32 -> i32",
    "hook_replace": "i32 i32 -> i32",
    "http": "i32 i32 i32 i32 i32 i32 i32 i32 -> i32",
    "tcp_connect": "i32 i32 i32 -> i32",
    "tcp_send": "i32 i32 i32 -> i32",
    "tcp_recv": "i32 i32 i32 -> i32",
    "tcp_close": "i32 -> i32",
    "env": "i32 i32 i32 i32 -> i32",
    "context": "i32 i32 i32 i32 -> i32",
    "config": "i32 i32 i32 i32 -> i32",
    "log": "i32 i32 i32 -> i32",
    "time_ms": "i32 -> i32",
    "random": "i32 i32 -> i32",
    "fuel_left": "i32 -> i32",
    "last_error": "i32 i32 -> i32",
}


def test_the_table_is_the_abi() -> None:
    found = {
        name: f"{' '.join(map(str, call.type.parameters))} -> i32".strip()
        for name, call in FUNCTIONS.items()
    }
    assert found == ABI_VERSION_1


def test_a_signature_follows_from_the_annotations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ferrite.plugins.host_api.declaration.FUNCTIONS", {})
    from ferrite.plugins.host_api import declaration

    @host_call(Right.STORAGE_READ)
    def sample(
        context: HostContext, key: Key, number: Long, ratio: Double, out: Place, to: Space
    ) -> int:
        """A sample."""
        return 0

    call = declaration.FUNCTIONS["sample"]
    assert call.type.parameters == (I32, I32, I64, F64, I32, I32, I32)
    assert call.needs == (Right.STORAGE_READ,)
    assert call.summary == "A sample."
    with pytest.raises(ImportError, match="sample is declared twice"):
        host_call()(sample)
