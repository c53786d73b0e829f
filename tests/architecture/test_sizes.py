"""Small files and small functions; where one outgrows the bound, it has more than one topic."""

from __future__ import annotations

import ast

from tests.support.sources import files, python_files, read

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
LINE_COUNTED = {".py", ".c", ".h", ".sh"}


def test_files() -> None:
    sizes = {
        str(path): len(read(path).splitlines()) for path in files() if path.suffix in LINE_COUNTED
    }
    assert sizes
    assert not {name: size for name, size in sizes.items() if size > FILE_LINES_MAX}


def test_functions() -> None:
    long = {}
    for path in python_files():
        for node in ast.walk(ast.parse(read(path))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or node.lineno) - node.lineno + 1
                if size > FUNCTION_LINES_MAX:
                    long[f"{path}:{node.lineno} {node.name}"] = size
    assert not long
