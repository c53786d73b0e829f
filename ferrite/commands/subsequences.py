"""LCS: what two strings have in common. https://redis.io/commands/lcs/"""

from __future__ import annotations

from typing import Annotated

from ferrite.commands.arguments import Key, Options, integer, value, word
from ferrite.commands.registry import Group, Tag
from ferrite.errors import CommandError
from ferrite.keyspace.subsequences import common_length, common_runs
from ferrite.protocol.replies import Reply
from ferrite.state import Call

group = Group("string", category="string")
command = group.command

REDIS_CELL_BYTES = 4
"""What a cell of Redis's table takes; the command is limited as if ours did."""

_OPTIONS = Options(
    word("LEN"),
    word("IDX"),
    value("MINMATCHLEN", "len", "integer"),
    word("WITHMATCHLEN"),
)


@command(
    Tag.READONLY,
    since="7.0.0",
    complexity="O(N*M) where N and M are the lengths of the strings",
    access="RO access",
)
def lcs(call: Call, key1: Key, key2: Key, *options: Annotated[bytes, _OPTIONS]) -> Reply:
    """Return the longest common subsequence of two strings, its length, or where it is."""
    found = [call.keyspace.read(key) for key in (key1, key2)]
    texts = [text if text is not None else b"" for text in found]
    first, second = texts
    if not isinstance(first, bytes) or not isinstance(second, bytes):
        raise CommandError("ERR The specified keys must contain string values")
    given = _OPTIONS.parse(options)
    shortest = max(integer(given.get("MINMATCHLEN", b"0")), 0)
    if "LEN" in given and "IDX" in given:
        raise CommandError("ERR If you want both the length and indexes, please just use IDX.")
    cells = (len(first) + 1) * (len(second) + 1)
    if cells * REDIS_CELL_BYTES > call.state.config.redis.proto_max_bulk_len:
        raise CommandError(
            "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"
        )
    if "LEN" in given:
        return common_length(first, second)
    runs = common_runs(first, second)
    if "IDX" not in given:
        return b"".join(first[i : i + size] for i, _, size in reversed(runs))
    matches = [
        [[i, i + size - 1], [j, j + size - 1], *([size] if "WITHMATCHLEN" in given else ())]
        for i, j, size in runs
        if size >= shortest
    ]
    return {b"matches": matches, b"len": sum(size for _, _, size in runs)}
