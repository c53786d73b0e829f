from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from ferrite.limits import ConnectionLimits, ProtocolLimits
from ferrite.protocol.reply_parser import ReplyParser
from tests.support.real_redis import RealRedis, redis_server
from tests.support.require import require


def test_the_largest_argument_is_that_of_redis(tmp_path: Path) -> None:
    require("redis")
    with redis_server(tmp_path) as port:
        redis = RealRedis(port)
        answer = redis.ask(b"CONFIG", b"GET", b"proto-max-bulk-len")
        redis.close()
    size = b"%d" % ProtocolLimits().bulk_bytes_max
    assert ReplyParser().feed(answer) == [[b"proto-max-bulk-len", size]]


def test_limits_cannot_be_moved_at_run_time() -> None:
    for limits in (ProtocolLimits(), ConnectionLimits()):
        for field in dataclasses.fields(limits):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(limits, field.name, 0)


def test_before_login_less_is_allowed() -> None:
    protocol, connection = ProtocolLimits(), ConnectionLimits()
    assert protocol.unauthenticated_arguments_max < protocol.arguments_max
    assert protocol.unauthenticated_bulk_bytes_max < protocol.bulk_bytes_max
    assert connection.unauthenticated_output_buffer_bytes_max < connection.output_pause_bytes
