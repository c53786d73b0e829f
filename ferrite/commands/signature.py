"""From the signature of a command function: arity, key positions, documentation, and `run`.

Rule: what the signature says is said nowhere else. `run` is put together as Python source once per
command, because a call with spelled-out arguments costs a third of one through `*request[1:]`; the
source holds only our own names and numbers, never a byte of a request.

    def setrange(call, key: Key, offset: Int, value: bytes)
    -> lambda call, request: function(call, request[1], convert2(request[2]), request[3])
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, get_args, get_origin, get_type_hints

from ferrite.commands.arguments import Argument, Grammar, Positional
from ferrite.keyspace.values import parse_integer

COUNT_UNBOUNDED = sys.maxsize
"""Greatest item count of a command that takes any number of arguments."""

_PLAIN = Positional("string")


@dataclass(frozen=True, slots=True)
class KeyPositions:
    """Where keys are in a request: from item `first` on, every `step`th up to `last`, which
    counts from the end where it is negative. Item 0 is the command's name."""

    first: int
    last: int
    step: int

    def of(self, count: int) -> range:
        """The indexes of keys in a request of `count` items; none where a key may be left out."""
        last = min(self.last, count - 1) if self.last >= 0 else count + self.last
        return range(self.first, last + 1, self.step)

    def indexes(self, request: Sequence[bytes]) -> range:
        """The indexes of keys in a request."""
        return self.of(len(request))

    def one_further(self) -> KeyPositions:
        """The same behind one item more."""
        last = self.last + 1 if self.last >= 0 else self.last
        return KeyPositions(self.first + 1, last, self.step)


@dataclass(frozen=True, slots=True)
class CountedKeys:
    """Keys that stand behind their number, which is item `count_at` of a request."""

    count_at: int

    def indexes(self, request: Sequence[bytes]) -> range:
        """The indexes of keys in a request; none where the number cannot be."""
        first = self.count_at + 1
        count = parse_integer(request[self.count_at]) if first <= len(request) else None
        if count is None or not 0 < count <= len(request) - first:
            return range(0)
        return range(first, first + count)

    def one_further(self) -> CountedKeys:
        """The same behind one item more."""
        return CountedKeys(self.count_at + 1)


@dataclass(frozen=True, slots=True)
class FoundKeys:
    """Keys that only the command itself can tell from its other arguments."""

    indexes: Callable[[Sequence[bytes]], Sequence[int]]
    """The indexes of keys in a request."""

    def one_further(self) -> FoundKeys:
        """The same behind one item more."""
        return FoundKeys(lambda request: [index + 1 for index in self.indexes(request[1:])])


Positions: TypeAlias = KeyPositions | CountedKeys | FoundKeys


@dataclass(frozen=True, slots=True)
class Signature:
    """What the registry needs to know of a function."""

    run: Callable[[Any, list[bytes]], Any]
    """Calls the function with (Call, request); the item count has been checked."""
    count_min: int
    count_max: int
    keys: tuple[Positions, ...]
    """One per parameter that is a key, keys, or the number of the keys behind it."""
    arguments: tuple[Argument, ...]


def read_signature(
    function: Callable[..., Any], words: int, *, keys_alike: bool = False
) -> Signature:
    """Read a command function whose name takes `words` items of a request; `keys_alike` when its
    keys, which stand side by side, all have the same done to them.

    Parameters behind `*parameters` (keyword-only to Python) are the last items of a request.
    Raises TypeError for a parameter that is no argument of a command.
    """
    hints = get_type_hints(function, include_extras=True)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    required = 0
    count_max = words + len(parameters)
    pieces: list[str] = []
    names: dict[str, Any] = {"function": function}
    keys: list[Positions] = []
    arguments: list[Argument] = []
    trailing = sum(each.kind is each.KEYWORD_ONLY for each in parameters)
    for index, parameter in enumerate(parameters, words):
        positional, grammar = _carried(hints[parameter.name])
        names[f"convert{index}"] = positional.convert
        if parameter.kind is parameter.VAR_POSITIONAL:
            count_max = COUNT_UNBOUNDED
            required += positional.repeat
            pieces.append(_rest(index, positional, -trailing or None))
        elif parameter.kind is parameter.KEYWORD_ONLY:
            required += 1
            item = f"request[{index - words - len(parameters)}]"
            passed = f"convert{index}({item})" if positional.convert else item
            pieces.append(f"{parameter.name}={passed}")
        elif parameter.default is not parameter.empty:
            pieces.append(_rest(index, positional))
        else:
            required += 1
            converted = f"convert{index}(request[{index}])" if positional.convert else None
            pieces.append(converted or f"request[{index}]")
        if positional.counts_keys:
            keys.append(CountedKeys(index))
        elif positional.is_key:
            first = index
            last = -1 - trailing if parameter.kind is parameter.VAR_POSITIONAL else index
            if keys_alike and keys and isinstance(keys[-1], KeyPositions):
                first = keys.pop().first  # type: ignore[union-attr]
            keys.append(KeyPositions(first, last, max(positional.repeat, 1)))
        if grammar is not None:
            arguments += grammar.arguments
        else:
            arguments.append(_describe(parameter, positional, len(keys) - 1))
    run = eval(f"lambda call, request: {_call(pieces, words, words + required)}", names)
    return Signature(run, words + required, count_max, tuple(keys), tuple(arguments))


def _call(pieces: list[str], words: int, count_min: int) -> str:
    """The call as Python source. Taking optional arguments costs as much as a GET, so a request
    that has none gets a call of its own."""
    whole = f"function({', '.join(['call', *pieces])})"
    plain = [piece for piece in pieces if not piece.startswith("*")]
    if len(plain) == len(pieces) or words + len(plain) != count_min:
        return whole
    return f"function({', '.join(['call', *plain])}) if len(request) == {count_min} else {whole}"


def _rest(index: int, positional: Positional, end: int | None = None) -> str:
    """All arguments from `index` on; a defaulted parameter takes the only one there can be."""
    items = f"request[{index}:{'' if end is None else end}]"
    return f"*map(convert{index}, {items})" if positional.convert else f"*{items}"


def _carried(hint: Any) -> tuple[Positional, Grammar | None]:
    """What an annotation carries; plain bytes carry nothing, as does `bytes | None`."""
    positional, grammar = _PLAIN, None
    if get_origin(hint) is Annotated:
        for carried in get_args(hint)[1:]:
            if isinstance(carried, Positional):
                positional = carried
            elif isinstance(carried, Grammar):
                grammar = carried
    elif hint not in (bytes, bytes | None):
        raise TypeError(f"{hint} is no type of a command's argument")
    return positional, grammar


def _describe(parameter: inspect.Parameter, positional: Positional, key_spec: int) -> Argument:
    name = parameter.name.strip("_").replace("_", "-")
    variadic = parameter.kind is parameter.VAR_POSITIONAL
    if positional.repeat == 2:
        first = Argument("parameter", "string")
        if positional.is_key:
            first = Argument("key", "key", key_spec=key_spec)
        parts = (first, Argument("value", "string"))
        return Argument("data", "block", multiple=True, arguments=parts)
    return Argument(
        name.removesuffix("s") if variadic else name,
        positional.type,
        optional=parameter.default is not parameter.empty or (variadic and not positional.repeat),
        multiple=variadic,
        key_spec=key_spec if positional.is_key else None,
    )
