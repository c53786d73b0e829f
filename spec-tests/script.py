"""The commands of a test script: modules, actions and assertions.

Rule: a command knows what it is and what kind of assertion it counts as, and nothing of how it is
carried out; `runner` does that. The grammar is the one of the reference interpreter's README
(interpreter/README.md of the WebAssembly specification, "Scripts") in all three releases, the two
NaN assertions of 1.0 included.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from reader import Form, ModuleForm, ScriptError, TopLevelForm, is_string, read_forms, unescape
from values import NanClass, Pattern, Value, parse_argument, parse_pattern


class Category(StrEnum):
    """What a command is counted as. SETUP are the commands that assert nothing but must work."""

    EXEC = "exec"
    VALIDATION = "validation"
    TEXT = "text"
    SETUP = "setup"


@dataclass(frozen=True, slots=True)
class ModuleSource:
    """A module as the script gives it: `text` of kinds text and quote, `binary` of kind binary."""

    name: str | None
    kind: str
    text: str = ""
    binary: bytes = b""
    definition: bool = False  # (module definition ...): made, not instantiated


@dataclass(frozen=True, slots=True)
class InstanceOf:
    """(module instance $name $definition): one more instance of a definition."""

    name: str | None
    definition: str | None


@dataclass(frozen=True, slots=True)
class Register:
    """(register "name" $instance): let other modules import from the instance."""

    name: str
    instance: str | None


@dataclass(frozen=True, slots=True)
class Invoke:
    """(invoke $instance "function" arguments ...)."""

    instance: str | None
    name: str
    arguments: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Get:
    """(get $instance "global")."""

    instance: str | None
    name: str


Action: TypeAlias = Invoke | Get
Subject: TypeAlias = Action | ModuleSource | InstanceOf


@dataclass(frozen=True, slots=True)
class Assertion:
    """(assert_... subject results ... "message"); `verb` is the word after `assert_`."""

    verb: str
    subject: Subject
    results: tuple[Pattern, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a script with its line (from 1) and its text."""

    line: int
    text: str = field(repr=False)
    body: Subject | Register | Assertion

    @property
    def word(self) -> str:
        """The command's own word: assert_return, module, register, invoke ..."""
        match self.body:
            case Assertion(verb=verb):
                return f"assert_{verb}"
            case ModuleSource() | InstanceOf():
                return "module"
            case body:
                return type(body).__name__.lower()

    @property
    def category(self) -> Category:
        """What the command counts as in the denominators."""
        match self.body:
            case Assertion(verb="malformed" | "malformed_custom", subject=ModuleSource() as module):
                return Category.TEXT if module.kind == "quote" else Category.VALIDATION
            case Assertion(verb="invalid" | "invalid_custom"):
                return Category.VALIDATION
            case Assertion():
                return Category.EXEC
            case _:
                return Category.SETUP


def read_script(text: str) -> Iterator[Command]:
    """Yield the commands of a script; raises ScriptError at what the grammar does not know."""
    fields: list[TopLevelForm] = []
    for form in read_forms(text):
        try:
            body = _command(form.form)
        except (ValueError, IndexError, StopIteration) as error:
            raise ScriptError(form.line, str(error) or "incomplete command") from error
        if body is None:
            fields.append(form)
            continue
        if fields:
            yield _inline_module(text, fields)
            fields = []
        yield Command(form.line, text[form.start : form.end], body)
    if fields:
        yield _inline_module(text, fields)


def count(text: str) -> dict[Category, int]:
    """Count a script's commands by category: the denominators."""
    counts = dict.fromkeys(Category, 0)
    for command in read_script(text):
        counts[command.category] += 1
    return counts


def _inline_module(text: str, fields: list[TopLevelForm]) -> Command:
    """Make one module of module fields that stand in a script without `(module ...)`."""
    source = f"(module {text[fields[0].start : fields[-1].end]})"
    return Command(fields[0].line, source, ModuleSource(None, "text", text=source))


def _command(form: Form | ModuleForm) -> Subject | Register | Assertion | None:
    """Interpret one form; None for what is no command, which is a field of an inline module."""
    match form:
        case ModuleForm():
            return _module(form)
        case [str(head), (ModuleForm() | [*_]) as subject, *rest] if head.startswith("assert_"):
            return _assertion(head.removeprefix("assert_"), subject, rest)
        case ["register", name, *rest]:
            return Register(_string(name), _name(rest[0]) if rest else None)
        case ["invoke" | "get", *_]:
            return _action(form)
        case [str(head), *_] if not head.startswith(("assert_", '"')):
            return None
        case _:
            raise ValueError("this is no command")


def _assertion(verb: str, operand: Form | ModuleForm, rest: Form) -> Assertion:
    subject = _module(operand) if isinstance(operand, ModuleForm) else _action(operand)
    if verb in {"return_canonical_nan", "return_arithmetic_nan"}:
        return Assertion(verb, subject, (NanClass(None, verb == "return_canonical_nan"),))
    if verb == "return":
        patterns = (parse_pattern(part) for part in rest if isinstance(part, list))
        return Assertion(verb, subject, tuple(patterns))
    return Assertion(verb, subject, message=_string(rest[0]) if rest else "")


def _action(form: Form) -> Action:
    head, rest = form[0], form[1:]
    instance = None
    if rest and not is_string(rest[0]):
        instance = str(rest.pop(0))
    name = _string(rest.pop(0))
    if head == "invoke":
        arguments = tuple(parse_argument(part) for part in rest if isinstance(part, list))
        if len(arguments) != len(rest):
            raise ValueError(f"invoke {name} with something that is no value")
        return Invoke(instance, name, arguments)
    if head == "get" and not rest:
        return Get(instance, name)
    raise ValueError(f"{head} is no action")


def _module(module: ModuleForm) -> ModuleSource | InstanceOf:
    words = iter(module.form[1:])
    word = next(words, None)
    if word == "instance":
        return InstanceOf(_name(next(words, None)), _name(next(words, None)))
    definition = word == "definition"
    if definition:
        word = next(words, None)
    name = _name(word)
    if name is not None:
        word = next(words, None)
    if word != "binary" and word != "quote":  # noqa: PLR1714 - a word may be a list
        return ModuleSource(name, "text", text=module.source, definition=definition)
    content = b"".join(unescape(token) for token in words if isinstance(token, str))
    if word == "binary":
        return ModuleSource(name, "binary", binary=content, definition=definition)
    # Some quoted texts are malformed by not being UTF-8.
    text = content.decode(errors="surrogateescape")
    return ModuleSource(name, "quote", text=text, definition=definition)


def _name(word: object) -> str | None:
    return word if isinstance(word, str) and word.startswith("$") else None


def _string(token: object) -> str:
    if not isinstance(token, str) or not is_string(token):
        raise ValueError(f"a string is wanted, not {token}")
    return unescape(token).decode()
