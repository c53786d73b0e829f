"""C source to ppci's intermediate representation, with errors a person can act on.

Rule: whatever goes wrong becomes a CompileError of the form `file:line:column: message`; ppci's
own assertions and gaps count as "cannot be compiled" at the last place that was read.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from ferrite.plugins.ccompiler.codegen import CodeGenerator, Context
from ferrite.plugins.ccompiler.semantics import Semantics
from ferrite.plugins.ppci_shim import (
    ArchInfo,
    CompilerError,
    COptions,
    Parser,
    Preprocessor,
    TypeInfo,
    ir,
    prepare_for_parsing,
    quiet,
)

PREDEFINED = {"__wasm__": "1", "__wasm32__": "1", "__ferrite_cc__": "1"}
"""Macros that tell a source who compiles it."""

WASM32 = ArchInfo(
    type_infos={
        **{typ: TypeInfo(typ.size, typ.size) for typ in (ir.i8, ir.u8, ir.i16, ir.u16)},
        **{typ: TypeInfo(typ.size, typ.size) for typ in (ir.i32, ir.u32, ir.i64, ir.u64)},
        **{typ: TypeInfo(typ.size, typ.size) for typ in (ir.f32, ir.f64)},
        ir.ptr: TypeInfo(4, 4),
        "int": ir.i32,
        "long": ir.i32,
        "ptr": ir.u32,
    }
)
"""Sizes and alignments in bytes, as clang has them for wasm32."""


class CompileError(Exception):
    """A source cannot be compiled; the text is `file:line:column: message`, hints after it."""


def parse(path: Path, include_paths: list[Path]) -> Any:
    """Compile one C file to an `ir.Module`.

    Raises CompileError; an unreadable file is an error of the same form.
    """
    try:
        text = path.read_text(encoding="latin-1")
    except OSError as error:
        raise CompileError(f"{path}: {error.strerror}") from error
    options = COptions()
    options.add_include_paths([str(folder) for folder in include_paths])
    for name, value in PREDEFINED.items():
        options.add_define(name, value)
    with quiet():
        return _compile(path, text, options)


def _compile(path: Path, text: str, options: Any) -> Any:
    context = Context(options, WASM32)
    reading = _Reading()
    try:
        semantics = Semantics(context)
        parser = Parser(options, semantics)
        tokens = Preprocessor(options).process_file(io.StringIO(text), str(path))
        unit = parser.parse(reading.follow(prepare_for_parsing(tokens, parser.keywords)))
        reading.generator = CodeGenerator(context)
        return reading.generator.gen_code(unit)
    except CompilerError as error:
        location = error.loc or reading.location
        hints = "".join(f"\n  {hint}" for hint in error.hints)
        raise CompileError(f"{_place(location, path)}: {error.msg}{hints}") from None
    except RecursionError:
        place = _place(reading.location, path)
        raise CompileError(f"{place}: this is nested too deeply") from None
    except Exception as error:  # ppci asserts, indexes and casts where it should explain
        detail = str(error) or type(error).__name__
        place = _place(reading.location, path)
        raise CompileError(f"{place}: the C compiler cannot compile this ({detail})") from error


class _Reading:
    """How far the compiler is: at the last token parsed, or at what it generates code for."""

    def __init__(self) -> None:
        self._token_location: Any = None
        self.generator: Any = None

    @property
    def location(self) -> Any:
        """The place to blame when the compiler itself gives up."""
        builder = getattr(self.generator, "builder", None)
        return getattr(builder, "location", None) or self._token_location

    def follow(self, tokens: Any) -> Any:
        for token in tokens:
            self._token_location = token.loc
            yield token


def _place(location: Any, path: Path) -> str:
    if location is None:
        return str(path)
    return f"{location.filename or path}:{location.row}:{location.col}"
