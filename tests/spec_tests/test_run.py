"""The command as a whole, on small scripts of the suite."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import run
from suite import RELEASES

pytestmark = pytest.mark.usefixtures("wasmtime_installed", "suites_present")

SMALL = ["--level", "1.0", "--only", "fac.wast", "--only", "na*", "-j", "2"]


def test_a_run_as_expected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "result.json"
    assert run.main([*SMALL, "--json", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines[:2]] == [
        ["fac.wast", "exec", "6/6"],
        ["names.wast", "exec", "479/479"],
    ]
    assert lines[2].startswith("wg-1.0: 2 scripts")
    assert lines[-1] == "as expected"
    data = json.loads(file.read_text())
    assert data["complete"] is False
    assert data["totals"]["exec"] == [485, 485]


def test_an_expected_miss_that_passes_is_a_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "expectations.toml"
    table = '[[expect]]\nlevel="1.0"\nfile="fac.wast"\nlines=[84]\nreason="none"\n'
    file.write_text(table)
    monkeypatch.setattr(run, "EXPECTATIONS", file)
    assert run.main(SMALL) == 1
    assert "fac.wast:84 was expected to miss and passed (none)" in capsys.readouterr().out


def test_what_cannot_be_run_ends_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main(["--level", "1.0", "--only", "none*"]) == 2
    assert "no script matches" in capsys.readouterr().err
    for wrong in (["--level", "4.0"], ["--level", "1.0", "-j", "0"], []):
        with pytest.raises(SystemExit) as caught:
            run.main(wrong)
        assert caught.value.code == 2
    broken = tmp_path / "expectations.toml"
    broken.write_text("[[")
    monkeypatch.setattr(run, "EXPECTATIONS", broken)
    assert run.main(SMALL) == 2
    assert "expectations.toml" in capsys.readouterr().err


def test_a_script_whose_process_dies_is_missed_as_a_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run, "run_jobs", lambda *_: iter([(0, "the process died")]))
    text = '(module)\n(assert_return (invoke "f"))'
    (result,) = run.run_all([run.Job("a.wast", text, "1.0", "reference")], 1, 1.0)
    assert [(miss.line, miss.got) for miss in result.misses] == [
        (1, "the process died"),
        (2, "the process died"),
    ]


def test_select() -> None:
    names = ["a.wast", "b.wast", "simd/a.wast"]
    assert run.select(names, None, None) == names
    assert run.select(names, ["a*", "simd/*"], None) == ["a.wast", "simd/a.wast"]
    assert run.select(names, None, ["simd/*"]) == ["a.wast", "b.wast"]


def test_the_levels_of_the_command_are_the_releases() -> None:
    assert list(RELEASES) == ["1.0", "2.0", "3.0"]
