"""The one door to ppci 0.5.8: a C front end and an assembler in pure Python, so that authors need
nothing but pip.

Rule: no other module of ferrite imports ppci, and ppci never reads a binary that somebody else
made (it validates nothing). What 0.5.8 gets wrong at the level of characters is put right here;
what it gets wrong in the meaning of C is put right in `ccompiler`, and in the text format of
WebAssembly in `functions.assembler`. Of its compiler only the front end is used,
up to ppci's intermediate representation: its WebAssembly back end keeps `unsigned int` in 64
bits without wrapping, drops casts to `char` and rounds floats where C truncates.
"""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import types
from collections.abc import Iterator
from typing import Any

VERSION = "0.5.8"
RECURSION_LIMIT = 20_000
"""Nesting of a source file that can still be compiled: the parser recurses, in Python frames."""


def _provide_cgitb() -> None:
    """Stand in for a module that ppci's report writer imports, that Python 3.13 has no more, and
    that nobody here calls."""
    if "cgitb" not in sys.modules:
        stand_in: Any = types.ModuleType("cgitb")
        stand_in.text = stand_in.html = lambda *_arguments, **_options: ""
        sys.modules["cgitb"] = stand_in


_provide_cgitb()

import ppci  # noqa: E402
from ppci import ir  # noqa: E402
from ppci.arch.arch_info import ArchInfo, TypeInfo  # noqa: E402
from ppci.common import CompilerError  # noqa: E402
from ppci.lang.c import preprocessor as _preprocessor  # noqa: E402
from ppci.lang.c.codegenerator import (  # noqa: E402
    BitFieldAccess,
    CCodeGenerator,
    LinkTimeExpressionEvaluator,
)
from ppci.lang.c.context import CContext  # noqa: E402
from ppci.lang.c.eval import ConstantExpressionEvaluator  # noqa: E402
from ppci.lang.c.lexer import CLexer, SourceFile  # noqa: E402
from ppci.lang.c.nodes import declarations, expressions, statements  # noqa: E402
from ppci.lang.c.nodes import types as ctypes  # noqa: E402
from ppci.lang.c.options import COptions  # noqa: E402
from ppci.lang.c.parser import LEFT_ASSOCIATIVE, CParser  # noqa: E402
from ppci.lang.c.preprocessor import CPreProcessor, prepare_for_parsing  # noqa: E402
from ppci.lang.c.scope import RootScope  # noqa: E402
from ppci.lang.c.semantics import CSemantics  # noqa: E402
from ppci.lang.c.utils import replace_escape_codes  # noqa: E402
from ppci.wasm import Module as WatModule  # noqa: E402
from ppci.wasm import components as instructions  # noqa: E402
from ppci.wasm.opcodes import OPCODES  # noqa: E402
from ppci.wasm.text.parser import WatTupleLoader as WatLoader  # noqa: E402
from ppci.wasm.text.tuple_parser import Token as Mark  # noqa: E402

__all__ = [
    "OPCODES",
    "ArchInfo",
    "BitFieldAccess",
    "CCodeGenerator",
    "CContext",
    "COptions",
    "CSemantics",
    "CompilerError",
    "ConstantExpressionEvaluator",
    "LinkTimeExpressionEvaluator",
    "Mark",
    "Parser",
    "Preprocessor",
    "RootScope",
    "TypeInfo",
    "WatLoader",
    "WatModule",
    "ctypes",
    "declarations",
    "expressions",
    "instructions",
    "ir",
    "prepare_for_parsing",
    "quiet",
    "replace_escape_codes",
    "statements",
]

if ppci.__version__ != VERSION:
    raise ImportError(f"ppci {VERSION} is needed to build C plugins, not {ppci.__version__}")


class Lexer(CLexer):  # type: ignore[misc]
    """Tokens as C99 6.4.8 cuts numbers, and `<<=`, which 0.5.8 reads as `<<`."""

    def lex_c(self) -> Any:
        """Cut `<<=` and numbers that start with a dot; leave the rest to ppci."""
        if self.accept_sequence("<<="):
            self.emit("<<=")
            return self.lex_c
        first = self.next_char()
        second = self.next_char()
        self.backup_char(second)
        self.backup_char(first)
        if first and second and first.char == "." and second.char in self.numbers:
            return self.lex_number
        try:
            return super().lex_c()
        except NotImplementedError:
            raise CompilerError(f"Unexpected character {first.char!r}", first.loc) from None

    def lex_number(self) -> Any:
        """Take a preprocessing number: digits, letters, dots, and a sign after an exponent."""
        while self.accept(".") or self.accept(self.hex_numbers + "xXlLuUpP_"):
            last = self.current_text[-1].char
            hexadecimal = "".join(c.char for c in self.current_text[:2]).lower() == "0x"
            if last in ("pP" if hexadecimal else "eE"):
                self.accept("+-")
        self.emit("NUMBER")
        return self.lex_c


class Preprocessor(CPreProcessor):  # type: ignore[misc]
    """Reads sources as bytes in disguise (latin-1), so string literals keep their UTF-8; __LINE__
    and __FILE__ inside of a macro are where the macro is used (C99 6.10.8)."""

    _used_at: Any = None

    def expand(self, macro_token: Any) -> Any:
        """Expand a token; remembers where the outermost macro stands."""
        if len(self.files) == self._depth and not self.files[-1].macro_expansions:
            self._used_at = macro_token.loc
        return super().expand(macro_token)

    def special_macro_line(self, macro_token: Any) -> Any:
        """The line, as a token."""
        return [self.make_token(macro_token, "NUMBER", str(self._used_at.row))]

    def special_macro_file(self, macro_token: Any) -> Any:
        """The file's path, as a token."""
        return [self.make_token(macro_token, "STRING", f'"{self._used_at.filename}"')]

    @property
    def _depth(self) -> int:
        """Files under way, without the pieces of macros that are read as files."""
        return sum(file.source_file.filename != "<macro>" for file in self.files)

    def include(
        self, filename: str, loc: Any, use_current_dir: bool = False, include_next: bool = False
    ) -> Iterator[Any]:
        """Turn a file into tokens; raises CompilerError when it is not found."""
        path = self.locate_include(filename, loc, use_current_dir, include_next)
        self.files[-1].dependencies.append(SourceFile(path))
        with open(path, encoding="latin-1") as file:
            yield from self.process_file(file, path)


class Parser(CParser):  # type: ignore[misc]
    """The grammar, with `<` before `==` (C99 6.5.9) and declarations of `for` in their place."""

    def __init__(self, coptions: Any, semantics: Any) -> None:
        super().__init__(coptions, semantics)
        self.prio_map.update(dict.fromkeys(("<", "<=", ">", ">="), (LEFT_ASSOCIATIVE, 75)))

    def parse_for_statement(self) -> Any:
        """What a `for` declares is set anew each time the `for` is reached (C99 6.8.5.3)."""
        self.semantics.compounds.append([])
        loop = super().parse_for_statement()
        declared = self.semantics.compounds.pop()
        return statements.Compound([*declared, loop], loop.location) if declared else loop


_preprocessor.CLexer = Lexer


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep ppci's chatter off the terminal, and give its recursion room."""
    previous_limit = sys.getrecursionlimit()
    previous_level = logging.root.manager.disable
    sys.setrecursionlimit(max(previous_limit, RECURSION_LIMIT))
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.disable(previous_level)
        sys.setrecursionlimit(previous_limit)
