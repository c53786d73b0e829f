"""The door to ppci: what is put right in it, and that nobody else uses it."""

from __future__ import annotations

import importlib
import io
import logging
import re
import sys

import ppci
import pytest

from ferrite.plugins import ppci_shim
from tests.support.sources import python_files, read


def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ppci, "__version__", "0.5.9")
    try:
        with pytest.raises(ImportError, match=r"ppci 0\.5\.8 is needed .* not 0\.5\.9"):
            importlib.reload(ppci_shim)
    finally:
        monkeypatch.undo()
        importlib.reload(ppci_shim)


def test_nobody_else_imports_ppci() -> None:
    others = [
        str(path)
        for path in python_files("ferrite", "wasi", "wasm_vm")
        if re.search(r"^\s*(from|import) ppci", read(path), re.MULTILINE)
    ]
    assert others == ["ferrite/plugins/ppci_shim.py"]


def tokens(text: str) -> list[str]:
    options = ppci_shim.COptions()
    return [token.val for token in ppci_shim.Lexer(options).lex_text(text) if token.val.strip()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a<<=b", ["a", "<<=", "b"]),
        ("a<<b<=c<d", ["a", "<<", "b", "<=", "c", "<", "d"]),
        ("1e5 .5 1.5e-3 0x1F 2.f 10ull", ["1e5", ".5", "1.5e-3", "0x1F", "2.f", "10ull"]),
        ("1+2", ["1", "+", "2"]),
        ("0xe+1", ["0xe", "+", "1"]),
        ("a.b", ["a", ".", "b"]),
        ("f(...)", ["f", "(", "...", ")"]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_quiet_keeps_everything_back_and_restores_it(capfd: pytest.CaptureFixture[str]) -> None:
    limit, level = sys.getrecursionlimit(), logging.root.manager.disable
    with ppci_shim.quiet():
        print("chatter")
        logging.getLogger("x").error("chatter")
        assert sys.getrecursionlimit() >= ppci_shim.RECURSION_LIMIT
    assert capfd.readouterr() == ("", "")
    assert (sys.getrecursionlimit(), logging.root.manager.disable) == (limit, level)


def test_line_and_file_are_where_the_outermost_macro_is_used() -> None:
    text = """#define PLACE __LINE__
#define IN(x) x PLACE __FILE__
__LINE__
PLACE
IN(__LINE__)

IN(PLACE) __LINE__
"""
    preprocessor = ppci_shim.Preprocessor(ppci_shim.COptions())
    read = preprocessor.process_file(io.StringIO(text), "x.c")
    found = [token.val for token in read if hasattr(token, "val") and token.val.strip()]
    assert found == ["3", "4", "5", "5", '"x.c"', "7", "7", '"x.c"', "7"]
