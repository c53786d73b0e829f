"""A short campaign of fixed modules, the corpus, and whether the campaign can find anything."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz import differential
from tests.fuzz.compare import Difference, Tally, compare
from tests.fuzz.generate import Case, case_of, generate, missing
from tests.support import wat
from tests.support.sources import ROOT
from tests.support.waiting import SECONDS_MAX
from tests.support.wasmtime_3_0 import make_engine
from wasm_vm.instructions import TABLE
from wasm_vm.interpreter.handlers import HANDLERS

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.wa*"))
MODULES = 120


@pytest.fixture(scope="module")
def engine() -> Any:
    return make_engine()


def test_every_row_of_the_table_has_an_operator() -> None:
    assert missing() == []


def test_fixed_modules_agree_and_have_every_row() -> None:
    tally = differential.campaign("fixed", range(MODULES), 600, None)
    assert tally.differences == []
    assert tally.modules == MODULES
    assert [row.name for row in TABLE if not tally.generated[row.name]] == []
    assert sum(tally.executed[row.name] > 0 for row in TABLE) > 0.8 * len(TABLE)
    assert tally.ends["results"] > tally.calls / 2


def test_a_seed_is_a_module() -> None:
    assert generate("a:1") == generate("a:1")
    assert generate("a:1") != generate("a:2")


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_corpus(path: Path, engine: Any) -> None:
    binary = wat.assemble(path.read_text("utf-8")) if path.suffix == ".wat" else path.read_bytes()
    case = case_of(binary)
    assert case.calls
    compare(case, engine, Tally())


# --- what it can find ----------------------------------------------------------------------------


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes one instruction do what another does."""

    def swap(name: str, other: str) -> None:
        monkeypatch.setitem(HANDLERS, name, HANDLERS[other])

    return swap


def one(body: str) -> Case:
    return case_of(
        wat.assemble(
            '(memory (export "memory0") 1) (global (export "global0") (mut i32) (i32.const 0))'
            f'(func (export "f") {body})'
        )
    )


@pytest.mark.parametrize(
    ("body", "name", "other", "what"),
    [
        ("(result i32) (i32.add (i32.const 1) (i32.const 2))", "i32.add", "i32.sub", "results"),
        ("(i32.store8 (i32.const 3) (i32.const 300))", "i32.store8", "i32.store16", "memory0"),
        ("(global.set 0 (i32.extend8_s (i32.const 200)))", "i32.extend8_s", "nop", "global0"),
        ("(drop (i32.div_u (i32.const 1) (i32.const 0)))", "i32.div_u", "i32.add", "INTEGER"),
        (
            "(result f32) (f32.add (f32.const nan:0x200001) (f32.const 1))",
            "f32.add",
            "f32.copysign",
            "2141192193",
        ),
    ],
)
def test_a_wrong_instruction_is_found(
    body: str, name: str, other: str, what: str, engine: Any, wrong: Any
) -> None:
    case = one(body)
    compare(case, engine, Tally())
    wrong(name, other)
    with pytest.raises(Difference, match=what if what != "INTEGER" else "wasmtime"):
        compare(case, engine, Tally())


def test_a_wrong_price_is_found(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    case = one("(memory.fill (i32.const 0) (i32.const 1) (i32.const 10))")
    handler = HANDLERS["memory.fill"]

    def cheaper(stack: list[Any], immediate: Any, frame: Any) -> Any:
        frame.machine.meter.cell += 1
        return handler(stack, immediate, frame)

    monkeypatch.setitem(HANDLERS, "memory.fill", cheaper)
    with pytest.raises(Difference, match=r"fuel of Call.*: 14, wasmtime .*fuel=15"):
        compare(case, engine, Tally())


def test_the_report_lists_what_was_never_made() -> None:
    tally = Tally(modules=1)
    tally.generated.update(row.name for row in TABLE if row.name != "i32.add")
    tally.ends["results"] += 2
    text = differential.report(tally)
    assert "modules: 1\ncalls: 2\ndifferences: 0" in text
    assert f"rows of the table generated: {len(TABLE) - 1} of {len(TABLE)}" in text
    assert "never generated: i32.add" in text


def test_the_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fuzz.differential", "--only", "3", "--seed", "7"]
    found = subprocess.run(
        [*command, "--save", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_MAX,
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith("seed: 7\nmodules: 1\n")
    assert not list(tmp_path.iterdir())
