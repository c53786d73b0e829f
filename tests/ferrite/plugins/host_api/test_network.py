"""Headers and handles; tests/plugins/test_network.py has exchanges."""

from __future__ import annotations

import pytest

from ferrite.permissions import Grant, Permission, Right
from ferrite.plugins.host_api import FUNCTIONS, ErrorCode, GuestError, HostContext
from ferrite.plugins.host_api.network import _headers


def test_headers() -> None:
    assert _headers(b"A: b\r\nX-Y:c d\n\n") == {"A": "b", "X-Y": "c d"}
    for line in (b"no colon", b": x", b"A b: c", b"A: \x00", b"Host: x", b"Content-Length: 3"):
        with pytest.raises(GuestError, match="is no header"):
            _headers(line)


def test_what_is_no_connection() -> None:
    grant = Grant([Permission(Right.NETWORK_TCP_CONNECT, hosts=("*",))])
    context = HostContext("t", "1", grant, lambda *_: None)
    context.invocation.handles[1] = b"a reply"
    for handle in (1, 2):
        with pytest.raises(GuestError) as caught:
            FUNCTIONS["tcp_close"].body(context, handle)
        assert caught.value.code is ErrorCode.ARGUMENT
    with pytest.raises(GuestError, match="there is no port 70000"):
        FUNCTIONS["tcp_connect"].body(context, b"h", 70000)
