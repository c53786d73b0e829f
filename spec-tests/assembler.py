"""Module sources to binaries, by wasmtime's assembler.

Rule: the assembler may reject, never repair: a text it does not take is an AssemblyError, which
the runner counts as a miss. The rewrites below touch notation only, and each says why it exists.
Assembled modules are not cached: a whole level assembles in about a second.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from types import ModuleType

from script import ModuleSource

_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_DEFINITION = re.compile(r"\A\(\s*module\s+definition\b")
_SEGMENT_TARGET = re.compile(r"(\((?:data|elem))\s+(?:\$[^\s()]+|0(?:x0+)?)(?=\s*\()")
_FILLED_TABLE = re.compile(
    r'(\(table(?:\s+\$[^\s()]+)?(?:\s*\(export\s+"[^"]*"\s*\))?)\s*funcref\s*'
    r"\(elem([^()]*)\)\s*\)"
)
_LINE_COMMENT = re.compile(r";;[^\n]*")


class AssemblyError(Exception):
    """The assembler rejected a module text."""


class AssemblerMissing(Exception):
    """There is no assembler on this machine."""


@cache
def assembler() -> ModuleType:
    """Return the wasmtime package; raises AssemblerMissing."""
    try:
        return importlib.import_module("wasmtime")
    except ImportError as error:
        raise AssemblerMissing(
            "the suite's modules are texts and wasmtime assembles them: pip install wasmtime"
        ) from error


def assemble(module: ModuleSource, level: str) -> bytes:
    """Return the binary of a module; raises AssemblyError."""
    if module.kind == "binary":
        return module.binary
    wasmtime = assembler()
    try:
        return bytes(wasmtime.wat2wasm(rewrite(module.text, level)))
    except wasmtime.WasmtimeError as error:
        raise AssemblyError(str(error)) from error


def rewrite(text: str, level: str) -> str:
    """Write a module text in the notation of wasmtime's assembler.

    - A character outside ASCII becomes its escape, since the assembler refuses "likely-confusing
      unicode"; such characters occur only in strings and comments.
    - `(module definition` is a command of the scripts, not of the text format.
    """
    if not text.isascii():
        text = _NON_ASCII.sub(lambda match: f"\\u{{{ord(match[0]):x}}}", text)
    text = _DEFINITION.sub("(module", text)
    return _rewrite_segments(text) if level == "1.0" else text


def _rewrite_segments(text: str) -> str:
    """Write the segments of 1.0 so that they get their 1.0 encoding.

    - `(data $m (i32.const 0))` names the memory at 1.0, and `(elem $t` the table; later that place
      names the segment, and a table given by its number changes the encoding. There is one memory
      and one table at 1.0, so what stands there goes.
    - `(table funcref (elem $f $g))` is short for a table and a segment. The assembler encodes that
      segment in a way that 2.0 introduced, so it is written out.
    """

    def write_out(match: re.Match[str]) -> str:
        functions = _LINE_COMMENT.sub(" ", match[2])
        size = len(functions.split())
        return f"{match[1]} {size} {size} funcref) (elem (i32.const 0) {functions})"

    return _FILLED_TABLE.sub(write_out, _SEGMENT_TARGET.sub(r"\1", text))
