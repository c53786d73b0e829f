"""SORT and SORT_RO. https://redis.io/commands/sort/"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from ferrite.commands import doubles
from ferrite.commands.arguments import Argument, Grammar, Key, integer, word
from ferrite.commands.key_specs import KeySpec
from ferrite.commands.registry import Group, Tag
from ferrite.commands.rights import may_read_every_key
from ferrite.commands.signature import FoundKeys
from ferrite.errors import CommandError
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.hashes import Hash
from ferrite.keyspace.lists import List
from ferrite.keyspace.sets import Set
from ferrite.keyspace.sorted_set import SortedSet
from ferrite.protocol.replies import Reply
from ferrite.state import Call

group = Group("generic")
command = group.command

_CATEGORIES = ("set", "sortedset", "list", "dangerous")
_COMPLEXITY = "O(N+M*log(M)) where N is the number of elements and M of those returned"
_READING_OPTIONS = (
    Argument("pattern", "pattern", "BY", optional=True, key_spec=1),
    Argument(
        "limit",
        "block",
        "LIMIT",
        optional=True,
        arguments=(Argument("offset", "integer"), Argument("count", "integer")),
    ),
    Argument(
        "pattern", "pattern", "GET", optional=True, multiple=True, multiple_token=True, key_spec=1
    ),
    Argument("order", "oneof", optional=True, arguments=(word("ASC"), word("DESC"))),
    Argument("sorting", "pure-token", "ALPHA", optional=True),
)
_READING = Grammar(*_READING_OPTIONS)
_STORING = Grammar(
    *_READING_OPTIONS, Argument("destination", "key", "STORE", optional=True, key_spec=2)
)
_PATTERN_KEYS = KeySpec(FoundKeys(lambda _: ()), "RO access")
"""Those that BY and GET name depend on the elements."""


def _stored_at(request: Sequence[bytes]) -> list[int]:
    """Where the key behind the last STORE is, found as Redis finds it: without knowing the options,
    but for how many words belong to each."""
    found: list[int] = []
    position = 2
    while position < len(request):
        name = request[position].upper()
        if name == b"STORE" and position + 1 < len(request):
            found = [position + 1]
        position += 1 + _SKIPPED.get(name, 0)
    return found


_SKIPPED = {b"LIMIT": 2, b"GET": 1, b"BY": 1}
_STORE_KEY = KeySpec(FoundKeys(_stored_at), "OW update")


@dataclass(slots=True)
class _Options:
    """What a SORT asks for."""

    descending: bool = False
    alpha: bool = False
    start: int = 0
    count: int = -1
    by: bytes | None = None
    get: list[bytes] = field(default_factory=list)
    store: bytes | None = None

    @property
    def sorts(self) -> bool:
        """Whether there is an order to bring about: BY without a star asks for none."""
        return self.by is None or b"*" in self.by


def _read_options(words: Sequence[bytes], *, may_store: bool, may_look_up: bool) -> _Options:
    """`may_look_up`: whether the user may read the keys of BY and GET, which can be any."""
    options = _Options()
    rest = list(words)
    while rest:
        name = rest.pop(0).upper()
        if name in (b"ASC", b"DESC"):
            options.descending = name == b"DESC"
        elif name == b"ALPHA":
            options.alpha = True
        elif name == b"LIMIT" and len(rest) >= 2:
            options.start, options.count = integer(rest.pop(0)), integer(rest.pop(0))
        elif name == b"BY" and rest:
            options.by = rest.pop(0)
            if options.sorts and not may_look_up:
                raise _denied("BY")
        elif name == b"GET" and rest:
            options.get.append(rest.pop(0))
            if not may_look_up:
                raise _denied("GET")
        elif name == b"STORE" and rest and may_store:
            options.store = rest.pop(0)
        else:
            raise CommandError.syntax()
    return options


def _denied(option: str) -> CommandError:
    return CommandError(f"ERR {option} option of SORT denied due to insufficient ACL permissions.")


@command(
    Tag.WRITE | Tag.DENYOOM,
    since="1.0.0",
    complexity=_COMPLEXITY,
    categories=_CATEGORIES,
    access="RO access",
    more_keys=(_PATTERN_KEYS, _STORE_KEY),
)
def sort(call: Call, key: Key, *options: Annotated[bytes, _STORING]) -> Reply:
    """Return the elements of a list, set or sorted set in an order, or store them as a list."""
    may_look_up = may_read_every_key(call, (b"SORT", key, *options))
    given = _read_options(options, may_store=True, may_look_up=may_look_up)
    found = _sorted(call, key, given)
    if given.store is None:
        return found
    if found:
        result = List(call.keyspace.thresholds)
        result.push_right(*[b"" if element is None else element for element in found])
        call.keyspace.set(given.store, result)
    else:
        call.keyspace.delete(given.store)
    return len(found)


@command(
    Tag.READONLY,
    since="7.0.0",
    complexity=_COMPLEXITY,
    categories=_CATEGORIES,
    access="RO access",
    more_keys=(_PATTERN_KEYS,),
)
def sort_ro(call: Call, key: Key, *options: Annotated[bytes, _READING]) -> Reply:
    """Return the elements of a list, set or sorted set in an order."""
    may_look_up = may_read_every_key(call, (b"SORT_RO", key, *options))
    return _sorted(call, key, _read_options(options, may_store=False, may_look_up=may_look_up))


def _sorted(call: Call, key: bytes, given: _Options) -> list[bytes | None]:
    keyspace = call.keyspace
    elements, is_set = _elements(keyspace, key)
    if given.sorts or (is_set and given.store is not None):
        elements = _in_order(keyspace, elements, given)
    elif given.descending and not is_set:
        elements.reverse()
    start = max(given.start, 0)
    chosen = elements[start:] if given.count < 0 else elements[start : start + given.count]
    if not given.get:
        return list(chosen)
    return [_look_up(keyspace, pattern, each) for each in chosen for pattern in given.get]


def _elements(keyspace: Keyspace, key: bytes) -> tuple[list[bytes], bool]:
    """The elements at a key in its own order, and whether it is a set, which has none."""
    found = keyspace.read(key)
    if found is None:
        return [], False
    if isinstance(found, List):
        return found.slice(0, len(found)), False
    if isinstance(found, Set):
        return found.listing(), True
    if isinstance(found, SortedSet):
        return [member for _, member in found.entries(0, len(found))], False
    raise CommandError.wrong_type()


def _in_order(keyspace: Keyspace, elements: list[bytes], given: _Options) -> list[bytes]:
    """The elements sorted; by numbers, equal ones are in the order of their bytes."""
    by = given.by if given.sorts else None
    weights: Sequence[bytes | None] = elements
    if by is not None:
        weights = [_look_up(keyspace, by, element) for element in elements]
    if given.alpha or not given.sorts:
        texts = [(weight is not None, weight or b"") for weight in weights]
        order = sorted(range(len(elements)), key=texts.__getitem__, reverse=given.descending)
    else:
        numbers = list(zip(map(_number, weights), elements, strict=True))
        order = sorted(range(len(elements)), key=numbers.__getitem__, reverse=given.descending)
    return [elements[index] for index in order]


def _number(text: bytes | None) -> float:
    number = 0.0 if text is None else doubles.parse_bound(text)
    if number is None:
        raise CommandError("ERR One or more scores can't be converted into double")
    return number


def _look_up(keyspace: Keyspace, pattern: bytes, element: bytes) -> bytes | None:
    """The string, or the field behind `->`, at the key that a pattern makes of an element."""
    if pattern == b"#":
        return element
    before, star, after = pattern.partition(b"*")
    if not star:
        return None
    name, arrow, hash_field = after.partition(b"->")
    if not hash_field:
        name, arrow = after, b""
    found = keyspace.read(before + element + name)
    if arrow:
        return found.fields.get(hash_field) if isinstance(found, Hash) else None
    return found if isinstance(found, bytes) else None
