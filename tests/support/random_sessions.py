"""Building blocks of random sessions that a real redis-server has to answer with the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from ferrite.protocol.reply_parser import ReplyParser
from tests.support.in_process import InProcess
from tests.support.real_redis import RealRedis

Request = tuple[bytes, ...]
Agree = Callable[[Request, bytes, bytes], bool]

SETTINGS = settings(max_examples=150)
PROTOCOLS = st.sampled_from([b"2", b"3"])


def fixed(*parts: st.SearchStrategy[bytes] | bytes) -> st.SearchStrategy[Request]:
    """A request of fixed length."""
    return st.tuples(*(st.just(part) if isinstance(part, bytes) else part for part in parts))


def chain(*parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Request]:
    """A request put together from arguments, tuples and lists of arguments."""
    return st.tuples(*parts).map(lambda drawn: tuple(_flat(drawn)))


def _flat(part: Any) -> list[bytes]:
    if isinstance(part, bytes):
        return [part]
    return [item for inner in part for item in _flat(inner)]


def words(*names: bytes) -> st.SearchStrategy[bytes]:
    """One of some words, now and then in lower case."""
    return st.sampled_from([*names, *names, *(name.lower() for name in names)])


def parsed(reply: bytes) -> Any:
    """A reply as a value."""
    (value,) = ReplyParser().feed(reply)
    return value


def same_bytes(_: Request, theirs: bytes, mine: bytes) -> bool:
    return theirs == mine


def compare_session(
    real: RealRedis, session: Sequence[Request], protocol: bytes, agree: Agree = same_bytes
) -> None:
    """Ask both, from no keys on; fails at the first answer that differs."""
    ours = InProcess()
    real.ask(b"RESET")
    real.ask(b"FLUSHALL")
    for client in (real, ours):
        client.ask(b"HELLO", protocol)
    for position, request in enumerate(session):
        theirs, mine = real.ask(*request), ours.ask(*request)
        assert agree(request, theirs, mine), (session[: position + 1], theirs, mine)
