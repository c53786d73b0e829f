from __future__ import annotations

from ferrite.protocol.replies import Push, Reply
from ferrite.pubsub import Kind, PubSub
from ferrite.session import Session
from tests.ferrite.test_session import ALMIGHTY


class Link:
    """Keeps what is pushed."""

    input_bytes = output_bytes = 0
    descriptor = -1

    def __init__(self) -> None:
        self.sent: list[Reply] = []

    def push(self, message: Reply) -> None:
        self.sent.append(message)

    def disconnect(self) -> None:
        raise AssertionError


def client(number: int, protocol: int = 2) -> tuple[Session, Link]:
    session, link = Session(number, ALMIGHTY), Link()
    session.link, session.protocol = link, protocol
    return session, link


def test_a_message_goes_to_channels_and_matching_patterns() -> None:
    pubsub = PubSub()
    (one, to_one), (two, to_two) = client(1), client(2, 3)
    assert pubsub.subscribe(one, Kind.CHANNEL, b"news") == Push([b"subscribe", b"news", 1])
    assert pubsub.subscribe(one, Kind.PATTERN, b"n*") == Push([b"psubscribe", b"n*", 2])
    pubsub.subscribe(two, Kind.CHANNEL, b"news")
    assert pubsub.publish(b"news", b"x") == 3
    assert pubsub.publish(b"other", b"x") == 0
    assert to_one.sent[0] == b"*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\nx\r\n"
    assert to_two.sent == [b">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\nx\r\n"]
    assert len(to_one.sent) == 2


def test_shard_channels_are_apart() -> None:
    pubsub = PubSub()
    one, link = client(1)
    assert pubsub.subscribe(one, Kind.SHARD, b"c")[2] == 1
    assert pubsub.publish(b"c", b"x") == 0
    assert pubsub.publish(b"c", b"x", shard=True) == 1
    assert len(link.sent) == 1


def test_unsubscribing_leaves_nothing_behind() -> None:
    pubsub = PubSub()
    one, _ = client(1)
    pubsub.subscribe(one, Kind.CHANNEL, b"a")
    pubsub.subscribe(one, Kind.PATTERN, b"b")
    assert pubsub.unsubscribe(one, Kind.CHANNEL, ()) == [[b"unsubscribe", b"a", 1]]
    assert pubsub.unsubscribe(one, Kind.CHANNEL, ()) == [[b"unsubscribe", None, 1]]
    assert one.subscriptions
    pubsub.forget(one)
    assert one.subscriptions is None
    assert not any(pubsub.tables.values())
    assert pubsub.unsubscribe(one, Kind.PATTERN, [b"z"]) == [[b"punsubscribe", b"z", 0]]
