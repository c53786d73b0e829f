from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from table import BEGIN, END, TableError, main, render


def counts(run: int, valid: int, text: int) -> dict[str, Any]:
    return {
        "exec": [run, run],
        "validation": [valid, valid],
        "text": None,
        "text_assertions": text,
        "setup": [0, 0],
    }


def result(level: str = "2.0", engine: str = "reference", complete: bool = True) -> dict[str, Any]:
    return {
        "level": level,
        "commit": "fffc6e12fa454e475455a7b58d3b5dc343980c10",
        "engine": engine,
        "complete": complete,
        "totals": counts(3_003, 20, 7),
        "files": [
            {"file": "a.wast", **counts(1, 10, 3)},
            {"file": "b.wast", **counts(2, 10, 4)},
            {"file": "simd/c.wast", **counts(3_000, 0, 0)},
        ],
    }


def test_releases_and_their_folders_are_rows() -> None:
    assert render([result()]).splitlines() == [
        "| Official suite | Execution | Validation | Text format |",
        "|---|---:|---:|---:|",
        "| **WebAssembly 2.0** (`fffc6e12fa45`) | 3,003 / 3,003 | 20 / 20 | n/a (7) |",
        "| &emsp;core | 3 / 3 | 20 / 20 | n/a (7) |",
        "| &emsp;simd | 3,000 / 3,000 |  |  |",
    ]


def test_levels_are_in_order_and_engines_named_where_there_are_two() -> None:
    rows = render([result("3.0"), result("1.0", "compiled"), result("1.0")]).splitlines()
    names = [row.split("|")[1].strip() for row in rows if "WebAssembly" in row]
    assert names == [
        "**WebAssembly 1.0** (`fffc6e12fa45`, compiled engine)",
        "**WebAssembly 1.0** (`fffc6e12fa45`, reference engine)",
        "**WebAssembly 3.0** (`fffc6e12fa45`, reference engine)",
    ]


def test_a_part_of_a_suite_is_refused() -> None:
    with pytest.raises(TableError, match="part"):
        render([result(complete=False)])


def test_the_table_goes_between_the_markers(tmp_path: Path) -> None:
    data, page = tmp_path / "r.json", tmp_path / "README.md"
    data.write_text(json.dumps(result()))
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    for _ in range(2):
        assert main([str(data), "--write", str(page)]) == 0
        assert page.read_text() == f"before\n{BEGIN}\n{render([result()])}\n{END}\nafter\n"


def test_without_a_file_it_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "r.json"
    data.write_text(json.dumps(result()))
    assert main([str(data)]) == 0
    assert capsys.readouterr().out == render([result()]) + "\n"


def test_what_cannot_be_used_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, other, page = tmp_path / "r.json", tmp_path / "o.json", tmp_path / "README.md"
    data.write_text(json.dumps(result()))
    other.write_text("[]")
    page.write_text(f"{END} {BEGIN}")
    for arguments, problem in (
        ([data, "--write", page], "README.md: it needs the lines"),
        ([other], "o.json: this is no result"),
        ([page], "README.md: "),
        ([tmp_path / "none"], "none: "),
    ):
        assert main([str(argument) for argument in arguments]) == 1
        assert problem in capsys.readouterr().err
    assert page.read_text() == f"{END} {BEGIN}"
