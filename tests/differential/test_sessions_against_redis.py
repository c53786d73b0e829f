"""Several clients at once: what each is sent, on ours and on a real redis-server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.named_clients import play
from tests.support.real_redis import redis_server
from tests.support.require import require
from tests.support.served import served

SCRIPTS = {
    "transaction": """
        a> MULTI
        a> SET k 1
        a> INCR k
        a> LPUSH k x
        a> GET k
        a> EXEC
        a> EXEC
        a> DISCARD
        a> MULTI
        a> MULTI
        a> WATCH k
        a> NOSUCH
        a> SET k 2
        a> EXEC
        a> GET k
        a> MULTI
        a> SET k
        a> DISCARD
        a> EXEC
        a> MULTI
        a> EXEC
    """,
    "watch": """
        a> WATCH k other
        b> SET k 1
        a> MULTI
        a> GET k
        a> EXEC
        a> WATCH k
        a> UNWATCH
        b> SET k 2
        a> MULTI
        a> GET k
        a> EXEC
        a> WATCH none
        b> DEL none
        a> MULTI
        a> PING
        a> EXEC
        a> WATCH k
        b> FLUSHALL
        a> MULTI
        a> PING
        a> EXEC
        a> SET k 1
        a> WATCH k
        b> SWAPDB 0 1
        a> MULTI
        a> PING
        a> EXEC
        a> WATCH k
        b> SELECT 3
        b> SET k 1
        a> MULTI
        a> SELECT 3
        a> GET k
        a> EXEC
        a> DEL k
        a> BLPOP k 0.01
        a> MULTI
        a> BLPOP k 0
        a> RPUSH k x
        a> BLPOP k 0
        a> EXEC
    """,
    "subscribe": """
        a> SUBSCRIBE one two one
        a> PSUBSCRIBE o*
        a> GET k
        a> PING
        a> PING hello
        a> SSUBSCRIBE shard
        b> PUBLISH one hi
        b> PUBLISH none hi
        b> SPUBLISH shard hi
        b> SPUBLISH one hi
        b> PUBSUB CHANNELS o*
        b> PUBSUB NUMSUB one two three
        b> PUBSUB NUMPAT
        b> PUBSUB SHARDCHANNELS
        b> PUBSUB SHARDNUMSUB shard one
        b> PUBSUB CHANNELS a b
        a> UNSUBSCRIBE one nosuch
        b> PUBLISH one hi
        a> UNSUBSCRIBE
        a> UNSUBSCRIBE
        a> PUNSUBSCRIBE
        a> PUNSUBSCRIBE
        a> SUNSUBSCRIBE
        a> SUNSUBSCRIBE
        a> GET k
        a> SUBSCRIBE x
        a> RESET
        b> PUBLISH x hi
        b> MULTI
        b> PUBLISH x hi
        b> EXEC
    """,
    "subscribe in RESP3": """
        a:3> SUBSCRIBE one
        a:3> PSUBSCRIBE o*
        a:3> GET k
        a:3> PING
        a:3> PUBLISH one hi
        b> PUBLISH one hi
        a:3> MULTI
        b> PUBLISH one hi
        a:3> EXEC
        a:3> UNSUBSCRIBE
        a:3> PUNSUBSCRIBE
    """,
    "notifications": """
        b> CONFIG SET notify-keyspace-events nothing
        b> CONFIG SET notify-keyspace-events KEA
        b> CONFIG GET notify-keyspace-events
        a> PSUBSCRIBE *
        b> SET k 1
        b> SET k 1 EX 100
        b> INCR k
        b> DECRBY k 3
        b> APPEND k x
        b> SETRANGE k 0 y
        b> GETSET k z
        b> EXPIRE k 100
        b> PERSIST k
        b> EXPIRE k -1
        b> MSET x 1 y 2
        b> RENAME x z
        b> COPY z w
        b> MOVE w 5
        b> DEL z y
        b> LPUSH l a b c
        b> LMOVE l m LEFT RIGHT
        b> RPOPLPUSH l m
        b> LPOP l
        b> LTRIM m 5 6
        b> RPUSH l a
        b> LSET l 0 b
        b> LINSERT l BEFORE b c
        b> LREM l 0 b
        b> SADD s a b
        b> SMOVE s t a
        b> SREM s b
        b> SADD s 1 2
        b> SINTERSTORE u s t
        b> SUNIONSTORE u s t
        b> SPOP t
        b> HSET h f 1
        b> HINCRBY h f 1
        b> HINCRBYFLOAT h f 1.5
        b> HDEL h f
        b> ZADD z 1 a 2 b
        b> ZADD z INCR 1 a
        b> ZINCRBY z 1 a
        b> ZPOPMIN z
        b> ZREMRANGEBYRANK z 0 -1
        b> ZADD z 1 a
        b> ZUNIONSTORE y 1 z
        b> SETBIT bits 3 1
        b> GETDEL bits
        b> GETEX u PERSIST
        b> FLUSHALL
        b> CONFIG SET notify-keyspace-events ""
        b> SET k 1
    """,
    "tracking": """
        a:3> CLIENT TRACKING on
        a:3> GET k
        b> SET k 1
        b> SET k 2
        a:3> GET k
        a:3> SET k 3
        a:3> CLIENT TRACKINGINFO
        a:3> CLIENT TRACKING on BCAST
        a:3> CLIENT TRACKING on OPTIN OPTOUT
        a:3> CLIENT TRACKING on PREFIX x
        a:3> CLIENT TRACKING off
        a:3> CLIENT TRACKING on OPTIN
        a:3> GET k
        a:3> CLIENT CACHING YES
        a:3> GET k
        a:3> GET other
        b> MSET k 1 other 2
        a:3> CLIENT CACHING NO
        a:3> CLIENT TRACKING off
        a:3> CLIENT TRACKING on NOLOOP
        a:3> GET k
        a:3> SET k 9
        a:3> GET k
        b> FLUSHALL
        a:3> CLIENT TRACKING off
        a:3> CLIENT TRACKING on BCAST PREFIX one PREFIX on
        a:3> CLIENT TRACKING on BCAST PREFIX one PREFIX two
        a:3> CLIENT TRACKING on BCAST PREFIX o
        a:3> CLIENT TRACKINGINFO
        b> MSET one1 1 two2 2 three 3
        a:3> CLIENT GETREDIR
        a:3> CLIENT TRACKING off
        a:3> CLIENT GETREDIR
        a:3> CLIENT TRACKING on REDIRECT 123456
    """,
    "errors of control": """
        a> CLIENT KILL 1.2.3.4:5
        a> CLIENT KILL ID x
        a> CLIENT KILL TYPE nosuch
        a> CLIENT KILL SKIPME maybe ID 1
        a> CLIENT KILL ID 999999
        a> CLIENT KILL USER nosuch
        a> CLIENT KILL a b c
        a> CLIENT PAUSE x
        a> CLIENT PAUSE -1
        a> CLIENT PAUSE 1 SOME
        a> CLIENT PAUSE 1 a b
        a> CLIENT UNPAUSE
        a> CLIENT UNBLOCK x
        a> CLIENT UNBLOCK 99999
        a> CLIENT UNBLOCK 1 WHAT
        a> CLIENT NO-EVICT maybe
        a> CLIENT NO-EVICT on
        a> CLIENT REPLY maybe
        a> CLIENT REPLY on
        a> CLIENT CACHING maybe
        a> CLIENT GETREDIR
        a> CLIENT TRACKINGINFO
        a> CLIENT LIST TYPE nosuch
        a> CLIENT LIST TYPE replica
        a> SLOWLOG GET x
        a> SLOWLOG GET -2
        a> SLOWLOG GET 1 2
        a> SLOWLOG RESET
        a> SLOWLOG LEN
        a> LATENCY LATEST
        a> LATENCY HISTORY command
        a> LATENCY GRAPH command
        a> LATENCY RESET
        a> LATENCY DOCTOR
        a> DEBUG SLEEP 0
        a> ROLE
        a> WAIT 0 0
        a> WAIT 0 -1
        a> WAIT x 0
        a> REPLICAOF NO ONE
        a> CLUSTER NODES
        a> CLUSTER NOSUCH
        a> SHUTDOWN ABORT
        a> SHUTDOWN SAVE NOSAVE
        a> MULTI
        a> SHUTDOWN
        a> EXEC
        a> FUNCTION FLUSH
    """,
    "monitor": """
        a> CONFIG SET slowlog-log-slower-than 0
        a> CONFIG SET slowlog-max-len 2
        a> PING
        a> SLOWLOG LEN
        a> CONFIG SET slowlog-max-len 128
        a> CONFIG SET client-output-buffer-limit "normal 1mb 2mb 60"
        a> CONFIG GET client-output-buffer-limit
        a> CONFIG SET client-output-buffer-limit "nosuch 1mb 2mb 60"
        a> CONFIG SET client-output-buffer-limit "normal 1mb"
    """,
}


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    require("redis")
    with redis_server(tmp_path_factory.mktemp("redis")) as port, served() as ours:
        yield ours.port, port


@pytest.mark.parametrize("name", SCRIPTS)
def test_script(ports: tuple[int, int], name: str) -> None:
    ours, theirs = (play(port, SCRIPTS[name]) for port in ports)
    for mine, real in zip(ours, theirs, strict=False):
        assert mine == real
    assert len(ours) == len(theirs)
