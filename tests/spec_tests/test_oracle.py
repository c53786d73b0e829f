"""The runner proven by another engine: wasmtime passes the suite through it.

Files that lean on every part of the runner: values of all kinds, linking, imports, references.
"""

from __future__ import annotations

import pytest
from runner import FileResult, run_script
from script import Category
from suite import RELEASES, load

from tests.support.require import require

FILES = {
    "2.0": (
        "bulk.wast",
        "conversions.wast",
        "elem.wast",
        "fac.wast",
        "float_exprs.wast",
        "float_literals.wast",
        "imports.wast",
        "linking.wast",
        "names.wast",
        "ref_func.wast",
        "simd/simd_const.wast",
        "simd/simd_f32x4_arith.wast",
        "simd/simd_f64x2_pmin_pmax.wast",
        "simd/simd_lane.wast",
        "start.wast",
        "table_fill.wast",
        "table_grow.wast",
        "utf8-import-field.wast",
    ),
    "3.0": (
        "align.wast",
        "annotations.wast",
        "id.wast",
        "instance.wast",
        "memory64/memory_grow64.wast",
        "multi-memory/linking1.wast",
        "relaxed-simd/relaxed_min_max.wast",
    ),
}


def _is_the_oracles_own(miss: tuple[str, str]) -> bool:
    """wasmtime tells malformed not from invalid, and one trap of call_indirect not from another."""
    expected, got = miss
    return (expected.startswith("malformed") and got.startswith("invalid")) or (
        expected == "trap: undefined element" and got == "trap: out of bounds table access"
    )


@pytest.mark.parametrize("level", FILES)
def test_wasmtime_passes_through_the_runner(level: str, suites_present: None) -> None:
    require("wasmtime")
    from tests.spec_tests.wasmtime_engine import WasmtimeEngine, make_engine

    engine = make_engine(level)
    scripts = load(RELEASES[level])
    asserted = 0
    for file in FILES[level]:
        result = run_script(file, scripts[file], level, WasmtimeEngine(engine))
        asserted += result.counts[Category.EXEC][1]
        misses = [(miss.expected, miss.got) for miss in result.misses]
        assert [miss for miss in misses if not _is_the_oracles_own(miss)] == [], file
    assert asserted > 50


def test_a_wrong_script_is_noticed(suites_present: None) -> None:
    """The proof can fail: the same scripts with one digit changed in every expected value."""
    require("wasmtime")
    from tests.spec_tests.wasmtime_engine import WasmtimeEngine, make_engine

    engine = make_engine("2.0")

    def run(text: str) -> FileResult:
        return run_script("fac.wast", text, "2.0", WasmtimeEngine(engine))

    text = load(RELEASES["2.0"])["fac.wast"]
    assert run(text).misses == []
    changed = text.replace("7034535277573963776", "7034535277573963777")
    assert len(run(changed).misses) == changed.count("7034535277573963777") > 3
