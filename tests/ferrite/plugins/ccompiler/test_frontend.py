"""Sources and their errors: every one names its place, and none is a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.plugins.ccompiler import CompileError, compile_files
from ferrite.plugins.ccompiler.frontend import parse


def refusal(path: Path) -> str:
    with pytest.raises(CompileError) as caught:
        parse(path, [])
    return str(caught.value)


@pytest.mark.parametrize(
    ("source", "place", "message"),
    [
        ("int run(void) { retrun 1; }", "1:17", 'Undeclared identifier: "retrun"'),
        ("int run(void) {\n  return 1\n}", "3:1", 'Expected ";"'),
        ("int run(void) {\n  return 1;\n", "", "f.c"),
        ("#error stop here\n", "1:2", "stop here"),
        ("#if 1\nint x;\n", "1:2", "not closed"),
        ('\n#include "none.h"\n', "2:2", "Could not find none.h"),
        ("int f(int a) { return f(1, 2); }", "1:24", "Expected 1 arguments, but got 2"),
        ("struct s { int x; } s; int f(void) { return s.y; }", "1:46", "Field y not part"),
        ("int x = $;", "1:9", "Unexpected character '$'"),
        ('int f(void) { return "unclosed; }', "", ""),
    ],
)
def test_an_error_names_its_place(tmp_path: Path, source: str, place: str, message: str) -> None:
    path = tmp_path / "f.c"
    path.write_text(source)
    text = refusal(path)
    assert text.startswith(f"{path}:{place}" if place else str(path))
    assert message in text
    assert "Traceback" not in text


def test_an_error_in_an_included_file_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "inc.h").write_text("int good;\nint bad\n")
    (tmp_path / "f.c").write_text('#include "inc.h"\nint run(void) { return nothing; }\n')
    assert refusal(tmp_path / "f.c").startswith(str(tmp_path))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.c") == f"{tmp_path}/none.c: No such file or directory"


@pytest.mark.parametrize(
    "source",
    [
        "",
        "int",
        "}",
        "int f(void) { int a[-1]; return 0; }",
        "int f(void) { struct s { int x : 40; } s; s.x = 1; return s.x; }",
        "int f(void) { return *1; }",
        "int f(void) { return ((((((((; }",
        "void f(void) { return 1; }",
        "typedef int t; t t t;",
        "int f(int a, int a) { return a; }",
        "int f(...) { return 0; }",
        "#define A(x) x x\nint f(void) { return A(1, 2); }",
        "\0\1\2",
        "int f(void) { return 1; } int f(void) { return 2; }",
    ],
)
def test_whatever_is_wrong_is_a_compile_error_or_compiles(tmp_path: Path, source: str) -> None:
    path = tmp_path / "f.c"
    path.write_text(source)
    problem = ""
    try:
        compile_files([path], [], {"f"})
    except CompileError as error:
        problem = str(error)
    assert not problem or problem.startswith(str(path))


def test_deep_nesting_is_compiled_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.c"
    path.write_text(f"int f(void) {{ return {'(' * 300}1{')' * 300}; }}")
    compile_files([path], [], {"f"})
    path.write_text(f"int f(void) {{ return {'(' * 20_000}1{')' * 20_000}; }}")
    with pytest.raises(CompileError, match="nested too deeply"):
        compile_files([path], [], {"f"})


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "f.c"
    path.write_text(
        "extern int ferrite_x(int); int f(void) { ferrite_x(1); } void g(void) { f(); }"
    )
    compile_files([path], [], {"f"})
    assert capfd.readouterr() == ("", "")
