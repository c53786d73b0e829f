"""ppci's assembler of WebAssembly text, given tokens that know their lines.

Rule: ppci knows the grammar and the encoding of WebAssembly 1.0 and of sign extension; what 0.5.8
gets wrong is put right here. It numbers imports without a name alike, forgets the parameters that
stand behind `(type N)`, counts a folded `if` among the labels of its own condition, and answers a
mistake with whatever Python raises. What it cannot assemble is an error with a line, never a guess.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import count
from typing import Any

from ferrite.plugins.functions.text import (
    SHOWN_CHARACTERS_MAX,
    Bracket,
    Quoted,
    TextError,
    Token,
    Word,
    fields_of,
    tokens,
)
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.ppci_shim import OPCODES, Mark, WatLoader, WatModule, instructions
from ferrite.plugins.program import LoadError

_MARKS = {True: Mark.LPAR, False: Mark.RPAR}
_FIELDS = (
    *("type", "import", "func", "table", "memory", "global"),
    *("export", "start", "elem", "data"),
)


def assemble(text: bytes) -> bytes:
    """The binary of a module in the text format. Raises LoadError, which names the line where one
    is to blame."""
    if len(text) > LIMITS.text_bytes_max:
        raise LoadError(f"a text may have {LIMITS.text_bytes_max} bytes")
    try:
        source = text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise LoadError(f"the text is no UTF-8 (byte {error.start})") from error
    module = WatModule()
    loader = Loader(module, fields_of(list(tokens(source))))
    try:
        loader.load()
    except TextError:
        raise
    except Exception as error:  # whatever ppci stumbles over
        raise TextError(loader.line, _reason(error, "it is not understood")) from error
    try:
        return bytes(module.to_bytes())
    except KeyError as error:
        name = str(error.args[0]) if error.args else ""
        what = f"'{name[:SHOWN_CHARACTERS_MAX]}' is not known here"
        raise TextError(loader.words.get(name, loader.line), what) from error
    except Exception as error:
        raise LoadError(f"the text has no encoding: {_reason(error, 'no reason')}") from error


def _reason(error: Exception, otherwise: str) -> str:
    return (str(error).strip() or otherwise)[: 2 * SHOWN_CHARACTERS_MAX]


class Reference(instructions.Ref):  # type: ignore[misc]
    """A use of a name."""

    line = 0

    def resolve(self, spaces: Any) -> Any:
        """The index that the name stands for. Raises TextError where there is none."""
        try:
            return super().resolve(spaces)
        except (KeyError, ValueError):
            what = f"there is no {self.space} '{str(self.name)[:SHOWN_CHARACTERS_MAX]}'"
            raise TextError(self.line, what) from None


class Loader(WatLoader):  # type: ignore[misc]
    """ppci's reader of tokens, with lines and without its mistakes."""

    def __init__(self, module: Any, fields: list[list[Token]]) -> None:
        super().__init__(module)
        self.line = 1
        """Of the token that was taken last."""
        self.words: dict[str, int] = {}
        """The line where each word is first."""
        self._fields = fields
        self._lines: deque[int] = deque()
        self._numbers = count()
        self._types: list[tuple[int, int]] = []
        """Types that are named by number, each with its line."""
        self.block_stack: list[str | None] = []

    def load(self) -> None:
        """Read all fields. Raises TextError, and what ppci raises."""
        self._nxt: list[Any] = []
        self._nxt_func = self._stream()
        self.module.id = None
        while self.munch(Mark.LPAR):
            kind = self.take()
            if kind not in _FIELDS:
                raise TextError(self.line, f"{_shown(kind)} is no field of a module")
            self.block_stack = []
            getattr(self, f"load_{kind}")()
            self.expect(Mark.RPAR)
        known = len(self.definitions["type"])
        for number, line in self._types:
            if not 0 <= number < known:
                raise TextError(line, f"there is no type {number}")
        self.resolve_references()
        self.module.definitions = self.gather_definitions()

    def _stream(self) -> Iterator[Any]:
        for field in self._fields:
            for token in field:
                self._lines.append(token.line)
                yield _MARKS[token.opens] if isinstance(token, Bracket) else token
        self._lines.append(self._lines[-1] if self._lines else self.line)
        yield Mark.EOF
        raise TextError(self.line, "the text ends too early")

    def take(self) -> Any:
        """The next token."""
        token = super().take()
        self.line = self._lines.popleft()
        if isinstance(token, Word):
            self.words.setdefault(token, self.line)
        return token

    def expect(self, *wanted: Any) -> None:
        """Take these tokens. Raises TextError for others."""
        for each in wanted:
            found = self.take()
            if found is Mark.LPAR and each is Mark.RPAR:
                found = self.take()
            if found != each:
                raise TextError(self.line, f"expected {_shown(each)}, found {_shown(found)}")

    def gen_id(self, kind: str) -> str:
        """A name for what has none, which no text can use."""
        return f"$ {kind} {next(self._numbers)}"

    def parse_data_blobs(self) -> bytes:
        """Strings up to the closing bracket."""
        data = bytearray()
        while not self.match(Mark.RPAR):
            token = self.take()
            if not isinstance(token, Quoted):
                raise TextError(self.line, f"expected a string, found {_shown(token)}")
            data += token.data
        return bytes(data)

    def _make_ref(self, space: str, value: Any) -> Any:
        if space == "label" and isinstance(value, str) and value not in self.block_stack:
            raise TextError(self.line, f"there is no label {_shown(value)} around this")
        if space == "type" and isinstance(value, int):
            self._types.append((int(value), self.line))
        reference = super()._make_ref(space, value)
        reference.__class__ = Reference
        reference.line = self.line
        return reference

    def _parse_type_use(self) -> Any:
        """`(type N)`, or parameters and results; with both, which have to agree, the second has
        the names."""
        reference = None
        if self.munch(Mark.LPAR, "type"):
            reference = self._parse_ref("type")
            self.expect(Mark.RPAR)
        if self.match(Mark.LPAR, "param") or self.match(Mark.LPAR, "result"):
            return self._add_or_reuse_type_definition(*self._parse_function_signature())
        return self._add_or_reuse_type_definition([], []) if reference is None else reference

    def _load_instruction(self) -> list[Any]:
        if self.match(Mark.LPAR, "if"):
            return self._load_folded_if()
        found: list[Any] = super()._load_instruction()
        return found

    def _load_folded_if(self) -> list[Any]:
        """`(if label? type? condition* (then ...) (else ...)?)`: the condition is outside of it."""
        self.expect(Mark.LPAR, "if")
        label = self._parse_optional_id()
        kind = self._load_block_type()
        found: list[Any] = self._load_instruction_list()
        found.append(instructions.BlockInstruction("if", label, kind))
        self.block_stack.append(label)
        self.expect(Mark.LPAR, "then")
        found += self._load_instruction_list()
        self.expect(Mark.RPAR)
        if self.munch(Mark.LPAR, "else"):
            found.append(instructions.Instruction("else"))
            found += self._load_instruction_list()
            self.expect(Mark.RPAR)
        self.block_stack.pop()
        found.append(instructions.Instruction("end"))
        self.expect(Mark.RPAR)
        return found

    def _gather_opcode_arguments(self, opcode: str) -> list[Any]:
        if not isinstance(OPCODES[opcode], int):
            raise TextError(self.line, f"the assembler does not know {opcode} (WebAssembly 1.0)")
        arguments: list[Any] = super()._gather_opcode_arguments(opcode)
        return arguments


def _shown(token: Any) -> str:
    shown = {Mark.LPAR: "(", Mark.RPAR: ")", Mark.EOF: "the end"}.get(token, str(token))
    return f"'{shown[:SHOWN_CHARACTERS_MAX]}'"
