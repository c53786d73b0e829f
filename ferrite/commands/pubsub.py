"""Publish and subscribe. https://redis.io/commands/?group=pubsub"""

from __future__ import annotations

from functools import partial
from typing import Annotated

from ferrite.commands.arguments import Argument, Grammar, Key, Keys, Positional, Several
from ferrite.commands.key_specs import Channels
from ferrite.commands.registry import Group, Tag
from ferrite.commands.signature import KeyPositions
from ferrite.errors import CommandError
from ferrite.keyspace.patterns import matcher
from ferrite.protocol import replies
from ferrite.protocol.replies import Reply
from ferrite.pubsub import Kind
from ferrite.state import Call

group = Group("pubsub")
command = partial(group.command, categories=("pubsub",))

_TAGS = Tag.PUBSUB | Tag.NOSCRIPT | Tag.LOADING | Tag.STALE | Tag.SUBSCRIBED | Tag.ALWAYS
_SENDING = Tag.PUBSUB | Tag.LOADING | Tag.STALE | Tag.FAST | Tag.MAY_REPLICATE
_LOOKING = Tag.PUBSUB | Tag.LOADING | Tag.STALE
_PER_CHANNEL = "O(N) where N is the number of channels"
_CHANNELS = Grammar(Argument("channel", "string", optional=True, multiple=True))
_SHARD_CHANNELS = Grammar(Argument("shardchannel", "string", optional=True, multiple=True))
_PATTERN = Grammar(Argument("pattern", "pattern", optional=True))
_PATTERNS = Grammar(Argument("pattern", "pattern", optional=True, multiple=True))


def _subscribe(call: Call, kind: Kind, names: tuple[bytes, ...]) -> Reply:
    pubsub = call.state.pubsub
    return replies.Several(pubsub.subscribe(call.session, kind, name) for name in names)


def _unsubscribe(call: Call, kind: Kind, names: tuple[bytes, ...]) -> Reply:
    return replies.Several(call.state.pubsub.unsubscribe(call.session, kind, names))


_FIRST, _EVERY = Channels(KeyPositions(1, 1, 1)), Channels(KeyPositions(1, -1, 1))


@command(_TAGS, since="2.0.0", complexity=_PER_CHANNEL, channels=_EVERY)
def subscribe(call: Call, *channels: Several) -> Reply:
    """Be sent what is published to some channels."""
    return _subscribe(call, Kind.CHANNEL, channels)


@command(_TAGS, since="2.0.0", complexity=_PER_CHANNEL)
def unsubscribe(call: Call, *channels: Annotated[bytes, _CHANNELS]) -> Reply:
    """Be sent no more of some channels, or of all."""
    return _unsubscribe(call, Kind.CHANNEL, channels)


@command(
    _TAGS,
    since="2.0.0",
    complexity="O(N) where N is the number of patterns",
    channels=Channels(_EVERY.positions, pattern=True),
)
def psubscribe(call: Call, *patterns: Annotated[bytes, Positional("pattern", repeat=1)]) -> Reply:
    """Be sent what is published to channels whose names match some patterns."""
    return _subscribe(call, Kind.PATTERN, patterns)


@command(_TAGS, since="2.0.0", complexity="O(N) where N is the number of patterns")
def punsubscribe(call: Call, *patterns: Annotated[bytes, _PATTERNS]) -> Reply:
    """Be sent no more of some patterns, or of all."""
    return _unsubscribe(call, Kind.PATTERN, patterns)


@command(_TAGS, since="7.0.0", access="not_key", complexity=_PER_CHANNEL, channels=_EVERY)
def ssubscribe(call: Call, *shardchannels: Keys) -> Reply:
    """Be sent what is published to some shard channels."""
    return _subscribe(call, Kind.SHARD, shardchannels)


@command(_TAGS, since="7.0.0", access="not_key", complexity=_PER_CHANNEL)
def sunsubscribe(call: Call, *shardchannels: Annotated[bytes, Positional("key")]) -> Reply:
    """Be sent no more of some shard channels, or of all."""
    return _unsubscribe(call, Kind.SHARD, shardchannels)


@command(
    _SENDING,
    since="2.0.0",
    complexity="O(N+M) where N is the number of subscribers and M that of patterns",
    channels=_FIRST,
)
def publish(call: Call, channel: bytes, message: bytes) -> int:
    """Send a message to a channel; return how many clients it was sent to."""
    return call.state.pubsub.publish(channel, message)


@command(
    _SENDING,
    since="7.0.0",
    access="not_key",
    complexity="O(N) where N is the number of subscribers",
    channels=_FIRST,
)
def spublish(call: Call, shardchannel: Key, message: bytes) -> int:
    """Send a message to a shard channel; return how many clients it was sent to."""
    return call.state.pubsub.publish(shardchannel, message, shard=True)


group.container("PUBSUB", since="2.8.0", summary="A container for Pub/Sub commands")


def _names(call: Call, kind: Kind, pattern: tuple[bytes, ...]) -> list[bytes]:
    if len(pattern) > 1:
        raise CommandError.wrong_subcommand(call.shown)
    names = call.state.pubsub.tables[kind]
    return list(filter(matcher(pattern[0]), names) if pattern else names)


@command(_LOOKING, name="PUBSUB CHANNELS", since="2.8.0", complexity=_PER_CHANNEL)
def pubsub_channels(call: Call, *pattern: Annotated[bytes, _PATTERN]) -> list[bytes]:
    """Return the channels somebody is subscribed to, all or those that match a pattern."""
    return _names(call, Kind.CHANNEL, pattern)


@command(_LOOKING, name="PUBSUB NUMPAT", since="2.8.0")
def pubsub_numpat(call: Call) -> int:
    """Return how many different patterns somebody is subscribed to."""
    return len(call.state.pubsub.tables[Kind.PATTERN])


@command(_LOOKING, name="PUBSUB NUMSUB", since="2.8.0", complexity=_PER_CHANNEL)
def pubsub_numsub(call: Call, *channels: Annotated[bytes, _CHANNELS]) -> Reply:
    """Return how many clients are subscribed to each of some channels."""
    return _counts(call, Kind.CHANNEL, channels)


@command(_LOOKING, name="PUBSUB SHARDCHANNELS", since="7.0.0", complexity=_PER_CHANNEL)
def pubsub_shardchannels(call: Call, *pattern: Annotated[bytes, _PATTERN]) -> list[bytes]:
    """Return the shard channels somebody is subscribed to, all or those that match a pattern."""
    return _names(call, Kind.SHARD, pattern)


@command(_LOOKING, name="PUBSUB SHARDNUMSUB", since="7.0.0", complexity=_PER_CHANNEL)
def pubsub_shardnumsub(call: Call, *shardchannels: Annotated[bytes, _SHARD_CHANNELS]) -> Reply:
    """Return how many clients are subscribed to each of some shard channels."""
    return _counts(call, Kind.SHARD, shardchannels)


def _counts(call: Call, kind: Kind, names: tuple[bytes, ...]) -> list[Reply]:
    table = call.state.pubsub.tables[kind]
    return [item for name in names for item in (name, len(table.get(name, ())))]


group.help("PUBSUB", since="6.2.0")
