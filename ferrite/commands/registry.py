"""The commands of a server: what one is, how it is declared, how it is found.

Rule: a command is declared once, by a function in the file of its Redis group:

    @command(Tag.WRITE | Tag.FAST, since="2.0.0")
    def append(call: Call, key: Key, value: bytes) -> int:
        '''Append a value to the string at a key; return the new length.'''

Its signature gives arity and keys, its tags the flags and ACL categories, its docstring the
summary; COMMAND, its errors and docs/commands.md derive from these. A plugin's command is a
`Command` as well and joins and leaves the same registry at run time. An exception to a general
rule is a tag here, never an `if` on a name elsewhere.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

from ferrite.access.categories import CATEGORIES
from ferrite.commands.arguments import Argument, syntax
from ferrite.commands.key_specs import NOT_KEY, Channels, KeySpec
from ferrite.commands.signature import COUNT_UNBOUNDED, KeyPositions, read_signature
from ferrite.commands.tags import HIDDEN_TAGS, Tag
from ferrite.errors import CommandError
from ferrite.propagation import Rewrite
from ferrite.protocol.replies import SimpleString
from ferrite.state import Call

__all__ = (
    "NOT_KEY", "NO_TAG", "Channels", "Command", "Group", "KeySpec", "Registry", "Run", "Tag",
    "container", "help_command",
)  # fmt: skip

Run: TypeAlias = Callable[[Call, list[bytes]], Any]
"""Runs a command on a request whose item count fits; answers a Reply or a Pending."""


class RowClient(Protocol):
    """A client whose requests are served in a row."""

    call: Call
    requests: list[list[bytes]]
    replies: list[Any]
    """Each request is answered by one item more."""
    at: int
    """How many of the requests are answered, while a row answers them."""
    slow: bool
    """Whether a call has given way: what is behind it is for another turn of the loop."""
    offset: int
    """What is to be added to the number of replies, before a row, for that of answered requests."""


ServeRow: TypeAlias = Callable[[RowClient, Callable[[Any], RowClient | None]], RowClient]
"""Answers a client's requests, then those of the client that the second argument gives for one
whose requests are all answered, and so on; the last client, whose next request, if there is one,
has to go the long way."""
Function = TypeVar("Function", bound=Callable[..., Any])


SHORT_WORK = ("O(1)", "O(log")
"""How the complexity of a command begins that cannot take long, each of its arguments apart."""
SHORT_COUNT_MAX = 64
"""Items of a request whose arguments together do not take long either."""
NO_TAG = Tag(0)


class Command:
    """One command, or one subcommand of a container."""

    __slots__ = (
        "_arity",
        "always",
        "arguments",
        "categories",
        "channels",
        "complexity",
        "count_max",
        "count_min",
        "fast",
        "group",
        "keys",
        "logged",
        "logged_by_request",
        "module",
        "monitored",
        "name",
        "no_auth",
        "propagate",
        "remembers",
        "run",
        "serve_row",
        "short_count_max",
        "since",
        "subcommands",
        "summary",
        "tags",
        "tips",
        "touches_keyspace",
        "uses_keys",
        "varying_access",
    )

    def __init__(
        self,
        name: str,
        run: Run,
        tags: Tag = NO_TAG,
        *,
        count_min: int = 1,
        count_max: int = COUNT_UNBOUNDED,
        arity: int | None = None,
        keys: Iterable[KeySpec] = (),
        varying_access: Callable[[Sequence[bytes]], str] | None = None,
        channels: Channels | None = None,
        group: str = "module",
        module: str = "",
        categories: Iterable[str] = (),
        since: str = "",
        summary: str = "",
        complexity: str = "",
        tips: Iterable[str] = (),
        arguments: Iterable[Argument] = (),
        short_count_max: int | None = None,
        propagate: Rewrite | None = None,
    ) -> None:
        """`count_min` and `count_max` bound the items of a request, the name's included; `arity`
        is what COMMAND INFO says instead of what follows from them. `categories` come beside
        those that follow from the tags; names of both are without "@"."""
        self.name = name.lower()
        """As COMMAND INFO has it: "get", "config|get", "hello.world"."""
        self.run = run
        self.tags = tags
        self.count_min = count_min
        self.count_max = count_max
        self._arity = arity
        self.keys = tuple(keys)
        self.varying_access = varying_access
        """What a request does with its keys, where that depends on its options."""
        self.channels = channels
        self.group = group
        self.module = module
        """Name of the plugin it belongs to; "" for a built-in command."""
        self.categories = _categories(tags, categories)
        """ACL categories, without "@"."""
        self.since = since
        self.summary = summary
        self.complexity = complexity
        self.tips = tuple(tips)
        self.arguments = tuple(arguments)
        self.subcommands: dict[bytes, Command] = {}
        """By name in upper case; empty for all but containers."""
        self.no_auth = Tag.NO_AUTH in tags
        self.always = Tag.ALWAYS in tags
        self.touches_keyspace = bool(tags & (Tag.READONLY | Tag.WRITE))
        self.uses_keys = bool(self.keys) and Tag.PEEK not in tags
        self.logged_by_request = Tag.WRITE in tags and Tag.MODULE not in tags
        """Whether what it writes is logged as a command; a plugin's by what it left."""
        self.propagate = propagate
        """What is logged instead of the request; None for the request as it came."""
        self.fast = Tag.FAST in tags
        self.logged = Tag.SKIP_SLOWLOG not in tags
        self.monitored = not tags & (Tag.SKIP_MONITOR | Tag.ADMIN)
        self.remembers = Tag.READONLY in tags and Tag.PUBSUB not in tags
        """Whether what it reads may end in a client's cache."""
        if short_count_max is None:
            short_count_max = SHORT_COUNT_MAX if complexity.startswith(SHORT_WORK) else 0
        if module or tags & (Tag.NOSCRIPT | Tag.BLOCKING | Tag.PUBSUB):
            short_count_max = 0
        self.serve_row: ServeRow | None = None
        """Serves a plain client's requests, in a task; None for a command that has no such way."""
        self.short_count_max = min(count_max, short_count_max)
        """Most items of a plain client's request that can go the short way, 0 for none."""

    @property
    def arity(self) -> int:
        """Item count of a request, negative for a minimum, as COMMAND INFO has it."""
        if self._arity is not None:
            return self._arity
        return self.count_min if self.count_min == self.count_max else -self.count_min

    @property
    def propagates_always(self) -> bool:
        """Whether it is logged even when no key of the client's database has changed."""
        return Tag.PROPAGATED in self.tags

    @property
    def flags(self) -> list[str]:
        """The tags that clients see, in their words, and what follows from the keys."""
        flags = [str(tag.name).lower() for tag in self.tags & ~HIDDEN_TAGS]
        movable = any(not isinstance(spec.positions, KeyPositions) for spec in self.keys)
        return [*flags, "movablekeys"] if movable else flags

    @property
    def key_range(self) -> KeyPositions:
        """One range around all keys at fixed positions; zeros when there are none."""
        ranges = [each.positions for each in self.keys if isinstance(each.positions, KeyPositions)]
        if not ranges:
            return KeyPositions(0, 0, 0)
        return KeyPositions(ranges[0].first, ranges[-1].last, ranges[-1].step)

    @property
    def syntax(self) -> str:
        """Name and arguments as the Redis manual writes them."""
        return f"{self.name.replace('|', ' ').upper()} {syntax(self.arguments)}".rstrip()

    def keys_of(self, request: Sequence[bytes]) -> list[bytes]:
        """The keys a request names."""
        return [request[index] for spec in self.keys for index in spec.positions.indexes(request)]

    def accesses(self, request: Sequence[bytes]) -> list[tuple[int, str]]:
        """The items of a request that are keys, each with what is done to it ("RW access")."""
        access = self.varying_access(request) if self.varying_access is not None else None
        return [
            (index, spec.access if access is None else access)
            for spec in self.keys
            if NOT_KEY not in spec.access
            for index in spec.positions.indexes(request)
        ]

    def channels_in(self, request: Sequence[bytes]) -> list[tuple[int, bool]]:
        """The items of a request that are channels; True for those that are patterns."""
        if self.channels is None:
            return []
        pattern = self.channels.pattern
        return [(index, pattern) for index in self.channels.positions.of(len(request))]

    def accepts(self, count: int) -> bool:
        """Whether a request of `count` items fits the arity."""
        return self.count_min <= count <= self.count_max

    def add_subcommand(self, command: Command) -> None:
        """Become a container, or a larger one. Raises ValueError for a name it has already."""
        name = command.name.partition("|")[2].upper().encode()
        if name in self.subcommands:
            raise ValueError(f"command {command.name} is declared twice")
        self.subcommands[name] = command


def _categories(tags: Tag, explicit: Iterable[str]) -> tuple[str, ...]:
    names = set(explicit)
    names.add("fast" if Tag.FAST in tags else "slow")
    if Tag.WRITE in tags:
        names.add("write")
    if Tag.READONLY in tags:
        names.add("read")
    if Tag.BLOCKING in tags:
        names.add("blocking")
    if Tag.ADMIN in tags:
        names |= {"admin", "dangerous"}
    known = tuple(name for name in CATEGORIES if name in names)
    return known + tuple(sorted(names.difference(CATEGORIES)))


class Group:
    """Commands that Redis's manual puts together, as one file declares them."""

    def __init__(self, name: str, category: str | None = None) -> None:
        """`category` is the ACL category of those that name none."""
        self.name = name
        self.commands: dict[str, Command] = {}
        self._categories = () if category is None else (category,)

    def command(
        self,
        tags: Tag = NO_TAG,
        *,
        since: str,
        name: str | None = None,
        complexity: str = "O(1)",
        categories: Sequence[str] | None = None,
        access: str | Sequence[str] = (),
        tips: Sequence[str] = (),
        arity: int | None = None,
        varying_access: Callable[[Sequence[bytes]], str] | None = None,
        channels: Channels | None = None,
        more_keys: Sequence[KeySpec] = (),
        short_count_max: int | None = None,
        propagate: Rewrite | None = None,
    ) -> Callable[[Function], Function]:
        """Declare the function below as a command.

        `name` is the function's own where it is not given; "CONFIG GET" is a subcommand of the
        container CONFIG, which is declared before. `access` says what it does with its keys, one
        text for each key parameter, and `varying_access` of a request; `more_keys` are those among
        its options. `short_count_max`: it cannot take long with so few items, but may with more.
        `propagate` says what is logged of it where that is not the request. Raises ValueError for
        a name that is declared already.
        """

        def declare(function: Function) -> Function:
            full = (name or function.__name__.strip("_")).lower().split(" ")
            texts = (access,) if isinstance(access, str) else access
            signature = read_signature(function, len(full), keys_alike=len(texts) == 1)
            self.add(
                Command(
                    "|".join(full),
                    signature.run,
                    tags,
                    count_min=signature.count_min,
                    count_max=signature.count_max,
                    arity=arity,
                    keys=(
                        *(KeySpec(*pair) for pair in zip(signature.keys, texts, strict=True)),
                        *more_keys,
                    ),
                    varying_access=varying_access,
                    channels=channels,
                    group=self.name,
                    categories=self._categories if categories is None else categories,
                    since=since,
                    summary=inspect.cleandoc(function.__doc__ or "").partition("\n")[0].rstrip("."),
                    complexity=complexity,
                    tips=tips,
                    arguments=signature.arguments,
                    short_count_max=short_count_max,
                    propagate=propagate,
                )
            )
            return function

        return declare

    def container(self, name: str, *, since: str, summary: str) -> None:
        """Declare a command that is nothing without a subcommand."""
        self.add(container(name, group=self.name, since=since, summary=summary))

    def help(self, name: str, *, since: str) -> None:
        """Declare HELP for a container."""
        parent = self.commands[name.lower()]
        self.add(help_command(parent, since=since, categories=self._categories))

    def add(self, command: Command) -> None:
        """Take a command in. Raises ValueError for a name that is declared already."""
        parent = command.name.partition("|")[0]
        if parent != command.name:
            self.commands[parent].add_subcommand(command)
        elif command.name in self.commands:
            raise ValueError(f"command {command.name} is declared twice")
        else:
            self.commands[command.name] = command


def container(name: str, *, group: str, since: str, summary: str) -> Command:
    """A command that is nothing without a subcommand."""
    return Command(
        name,
        _run_nothing,
        count_min=2,
        group=group,
        since=since,
        summary=summary,
        complexity="Depends on subcommand.",
    )


def _run_nothing(_call: Call, request: list[bytes]) -> None:
    """A container is found through a subcommand, or refused for its arity."""
    raise CommandError.wrong_arguments(request[0].decode("utf-8", "surrogateescape").lower())


def help_command(parent: Command, *, since: str, categories: Iterable[str] = ()) -> Command:
    """HELP of a container: its subcommands' grammar and summaries."""

    def run(_call: Call, _request: list[bytes]) -> list[SimpleString]:
        lines = [f"{parent.name.upper()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
        for command in parent.subcommands.values():
            lines += [command.syntax.partition(" ")[2], f"    {command.summary}."]
        return [SimpleString(line) for line in lines]

    return Command(
        f"{parent.name}|help",
        run,
        Tag.LOADING | Tag.STALE | Tag.ALWAYS,
        count_min=2,
        count_max=2,
        group=parent.group,
        categories=categories,
        since=since,
        summary="Print this help",
        complexity="O(1)",
    )


class Registry:
    """The commands of one server, by name."""

    def __init__(self, *groups: Group) -> None:
        """Raises ValueError when two groups declare one name."""
        self._commands: dict[str, Command] = {}
        self.by_spelling: dict[bytes, Command] = {}
        self.names_met: set[str] = set()
        """Names and "@categories" of all commands there are or have been."""
        self._families: dict[str, Command] = {}
        for group in groups:
            self.add_group(group)

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def __len__(self) -> int:
        return len(self._commands)

    def get(self, name: str) -> Command | None:
        """The command or subcommand ("config|get") of a name in any case."""
        parent, bar, rest = name.lower().partition("|")
        command = self._commands.get(parent)
        if command is None or not bar:
            return command
        return command.subcommands.get(rest.upper().encode("utf-8", "surrogateescape"))

    def find(self, request: Sequence[bytes]) -> Command:
        """The command or subcommand that a request names.

        Raises CommandError (unknown command, unknown subcommand).
        """
        command = self.by_spelling.get(request[0])
        if command is None:
            command = self.by_spelling.get(request[0].upper())
            if command is None:
                raise CommandError.unknown_command(request)
        if command.subcommands and len(request) > 1:
            subcommand = command.subcommands.get(request[1].upper())
            if subcommand is None:
                raise CommandError.unknown_subcommand(command.name, request[1])
            return subcommand
        return command

    def add(self, command: Command) -> None:
        """Take a command in, its subcommands included.

        Raises ValueError when its name is taken.
        """
        if command.name in self._commands:
            raise ValueError(f"command {command.name} exists already")
        self._commands[command.name] = command
        self.names_met |= {command.name, *(f"@{category}" for category in command.categories)}
        for spelling in (command.name.upper(), command.name):
            self.by_spelling[spelling.encode()] = command
        family, dot, rest = command.name.partition(".")
        if dot and family in self._families:
            self._families[family].add_subcommand(_apart(command, f"{family}|{rest}"))

    def remove(self, name: str) -> None:
        """Take a command out. Raises KeyError when there is none of that name."""
        command = self._commands.pop(name.lower())
        for spelling in (command.name.upper(), command.name):
            del self.by_spelling[spelling.encode()]
        family, dot, rest = command.name.partition(".")
        if dot and family in self._families:
            del self._families[family].subcommands[rest.upper().encode()]

    def add_group(self, group: Group) -> None:
        """Take in all commands of a group. Raises ValueError when a name is taken."""
        for command in group.commands.values():
            self.add(command)

    def add_family(self, name: str, *, group: str, since: str, summary: str) -> None:
        """Let every command NAME.X, present and to come, be spelled "NAME X" as well.

        Raises ValueError when NAME is a command already.
        """
        family = container(name, group=group, since=since, summary=summary)
        self.add(family)
        self._families[family.name] = family
        for command in self:
            prefix, _, rest = command.name.partition(".")
            if prefix == family.name and rest:
                family.add_subcommand(_apart(command, f"{prefix}|{rest}"))


def _apart(command: Command, name: str) -> Command:
    """A command NAME.X as the subcommand X of NAME: one item more in front."""
    spelling = command.name.upper().encode()

    def run(call: Call, request: list[bytes]) -> Any:
        return command.run(call, [spelling, *request[2:]])

    arity, varying = command.arity, command.varying_access
    return Command(
        name,
        run,
        command.tags,
        count_min=command.count_min + 1,
        count_max=min(command.count_max + 1, COUNT_UNBOUNDED),
        arity=arity + 1 if arity > 0 else arity - 1,
        keys=(KeySpec(spec.positions.one_further(), spec.access) for spec in command.keys),
        varying_access=varying and (lambda request: varying(request[1:])),
        group=command.group,
        module=command.module,
        categories=command.categories,
        since=command.since,
        summary=command.summary,
        complexity=command.complexity,
        tips=command.tips,
        arguments=command.arguments,
    )
