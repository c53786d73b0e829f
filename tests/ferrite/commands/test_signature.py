from __future__ import annotations

from typing import Annotated, Any

import pytest

from ferrite.commands.arguments import (
    Grammar,
    Int,
    Key,
    KeyCount,
    Keys,
    Options,
    Pairs,
    Pattern,
    Several,
    split_keys,
    syntax,
    word,
)
from ferrite.commands.signature import (
    COUNT_UNBOUNDED,
    CountedKeys,
    FoundKeys,
    KeyPositions,
    read_signature,
)
from ferrite.errors import CommandError

_OPTIONS = Options(word("NX"))


def fixed(call: Any, key: Key, count: Int, value: bytes) -> Any:
    return call, key, count, value


def defaulted(call: Any, message: bytes | None = None) -> Any:
    return call, message


def several_keys(call: Any, *keys: Keys) -> Any:
    return call, keys


def pairs(call: Any, *data: Pairs) -> Any:
    return call, data


def optional(call: Any, key: Key, *options: Annotated[bytes, _OPTIONS]) -> Any:
    return call, key, options


def two_keys(call: Any, key: Key, pattern: Pattern, newkey: Key) -> Any:
    return call, key, pattern, newkey


def numbers(call: Any, *counts: Int) -> Any:
    return call, counts


def several(call: Any, *parameters: Several) -> Any:
    return call, parameters


def undocumented(call: Any, *rest: Annotated[bytes, Grammar()]) -> Any:
    return call, rest


@pytest.mark.parametrize(
    ("function", "words", "counts", "keys", "text"),
    [
        (fixed, 1, (4, 4), [(1, 1, 1)], "key count value"),
        (fixed, 2, (5, 5), [(2, 2, 1)], "key count value"),
        (defaulted, 1, (1, 2), [], "[message]"),
        (several_keys, 1, (2, COUNT_UNBOUNDED), [(1, -1, 1)], "key [key ...]"),
        (pairs, 1, (3, COUNT_UNBOUNDED), [(1, -1, 2)], "key value [key value ...]"),
        (optional, 1, (2, COUNT_UNBOUNDED), [(1, 1, 1)], "key [NX]"),
        (two_keys, 1, (4, 4), [(1, 1, 1), (3, 3, 1)], "key pattern newkey"),
        (numbers, 1, (1, COUNT_UNBOUNDED), [], "[count [count ...]]"),
        (several, 2, (3, COUNT_UNBOUNDED), [], "parameter [parameter ...]"),
        (undocumented, 1, (1, COUNT_UNBOUNDED), [], ""),
    ],
)
def test_what_a_signature_says(
    function: Any, words: int, counts: tuple[int, int], keys: list[tuple[int, int, int]], text: str
) -> None:
    signature = read_signature(function, words)
    assert (signature.count_min, signature.count_max) == counts
    assert list(signature.keys) == [KeyPositions(*each) for each in keys]
    assert syntax(signature.arguments) == text


@pytest.mark.parametrize(
    ("function", "request_", "result"),
    [
        (fixed, [b"x", b"k", b"7", b"v"], ("call", b"k", 7, b"v")),
        (defaulted, [b"x"], ("call", None)),
        (defaulted, [b"x", b"m"], ("call", b"m")),
        (several_keys, [b"x", b"a"], ("call", (b"a",))),
        (several_keys, [b"x", b"a", b"b"], ("call", (b"a", b"b"))),
        (pairs, [b"x", b"a", b"1"], ("call", (b"a", b"1"))),
        (optional, [b"x", b"k"], ("call", b"k", ())),
        (optional, [b"x", b"k", b"NX", b"y"], ("call", b"k", (b"NX", b"y"))),
        (numbers, [b"x"], ("call", ())),
        (numbers, [b"x", b"1", b"-2"], ("call", (1, -2))),
    ],
)
def test_run(function: Any, request_: list[bytes], result: Any) -> None:
    assert read_signature(function, 1).run("call", request_) == result


def test_run_behind_a_subcommand() -> None:
    assert read_signature(fixed, 2).run("call", [b"x", b"y", b"k", b"7", b"v"])[1] == b"k"


def test_conversion_errors_come_from_run() -> None:
    with pytest.raises(CommandError, match="not an integer"):
        read_signature(fixed, 1).run("call", [b"x", b"k", b"seven", b"v"])


def test_a_parameter_that_is_no_argument() -> None:
    def wrong(call: Any, key: Key, number: int) -> None: ...

    with pytest.raises(TypeError, match="is no type of a command's argument"):
        read_signature(wrong, 1)


@pytest.mark.parametrize(
    ("positions", "count", "indexes"),
    [
        (KeyPositions(1, 1, 1), 4, [1]),
        (KeyPositions(1, -1, 1), 4, [1, 2, 3]),
        (KeyPositions(1, -1, 2), 5, [1, 3]),
        (KeyPositions(2, -2, 1), 5, [2, 3]),
        (KeyPositions(2, 2, 1), 2, []),
        (KeyPositions(2, 2, 1), 3, [2]),
        (KeyPositions(1, 2, 1), 2, [1]),
    ],
)
def test_key_positions(positions: KeyPositions, count: int, indexes: list[int]) -> None:
    assert list(positions.of(count)) == indexes


def test_keys_behind_their_number() -> None:
    keys = CountedKeys(1)
    for request, indexes in (
        ([b"X", b"2", b"a", b"b", b"LEFT"], [2, 3]),
        ([b"X", b"2", b"a"], []),
        ([b"X", b"0", b"a"], []),
        ([b"X", b"x", b"a"], []),
        ([b"X"], []),
    ):
        assert list(keys.indexes(request)) == indexes
    assert list(keys.one_further().indexes([b"X", b"Y", b"1", b"a"])) == [3]
    found = FoundKeys(lambda request: [len(request) - 1])
    assert list(found.one_further().indexes([b"X", b"Y", b"a"])) == [2]


def test_the_number_of_keys_is_a_parameter() -> None:
    def counted(call: Any, numkeys: KeyCount, *arguments: Several) -> Any:
        return split_keys(numkeys, arguments)

    signature = read_signature(counted, 1)
    assert signature.keys == (CountedKeys(1),)
    assert signature.count_min == 3
    assert signature.run(None, [b"X", b"2", b"a", b"b", b"c"]) == ([b"a", b"b"], [b"c"])
    assert signature.run(None, [b"X", b"9", b"a"]) == ([b"a"], [])
    for number in (b"0", b"-1", b"x"):
        with pytest.raises(CommandError, match="numkeys should be greater than 0"):
            signature.run(None, [b"X", number, b"a"])


def test_parameters_behind_any_number_of_others() -> None:
    def trailing(call: Any, *keys: Keys, timeout: bytes, times: Int) -> Any:
        return keys, timeout, times

    signature = read_signature(trailing, 1)
    assert signature.keys == (KeyPositions(1, -3, 1),)
    assert (signature.count_min, signature.count_max) == (4, COUNT_UNBOUNDED)
    assert signature.run(None, [b"X", b"a", b"b", b"0", b"7"]) == ((b"a", b"b"), b"0", 7)
