"""`ferrite plugin bench`: instructions are exact, so they can be compared; times are only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.plugins.cli import main
from ferrite.plugins.toolchains import build_plugin
from tests.support.c_plugins import c_plugin, manifest_text
from tests.support.plugin_bench import plugin_bench
from tests.support.require import ROOT

HELLO = ROOT / "plugins" / "hello"


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_plugin(HELLO, tmp_path_factory.mktemp("bench") / "hello.wasm")


def test_instructions_are_those_that_the_server_counts(
    module: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with plugin_bench(module.read_bytes()) as bench:
        bench.reply("HELLO.WORLD")
        before = bench.reply("PLUGIN.FUEL", "PLUGIN", "t")
        bench.reply("HELLO.WORLD")
        after = bench.reply("PLUGIN.FUEL", "PLUGIN", "t")
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert main(["bench", str(module), "-n", "10"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["command", "instructions", "least..most", "us/call"]
    assert rows[0].split()[:2] == ["HELLO.WORLD", str(after - before)]
    assert rows[1].split()[:2] == ["HELLO.COUNT", "key:1"]
    assert rows[2].split()[0] == "PING"


def test_instructions_that_differ_are_told_from_the_least_to_the_most(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = """
    static int calls;
    FERRITE_COMMAND(v_grow)
    {
        int i;
        calls++;
        for (i = 0; i < calls; i++)
            ferrite_arg_count();
        return 0;
    }
    """
    path = tmp_path / "grow.wasm"
    path.write_bytes(c_plugin(source, manifest_text(["V.GROW"])))
    assert main(["bench", str(path), "-n", "10"]) == 0
    assert ".." in capsys.readouterr().out.splitlines()[1]


def test_a_command_can_be_given(module: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", str(module), "-n", "1", "-c", "HELLO.WORLD 'A B'"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("HELLO.WORLD A B")
    assert main(["bench", str(module), "-c", "HELLO.COUNT"]) == 1
    assert capsys.readouterr().err == "HELLO.COUNT: ERR Missing key argument\n"
    assert main(["bench", str(module), "-n", "0"]) == 1
    assert capsys.readouterr().err == "--calls must be at least 1\n"


def test_cases_say_what_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "x", "--lang", "c", "--into", str(tmp_path)]) == 0
    assert main(["bench", str(tmp_path / "x"), "-n", "1"]) == 0
    rows = [line.split()[:2] for line in capsys.readouterr().out.splitlines()[-3:]]
    assert rows[:2] == [["X.WORLD", "Alice"], ["X.COUNT", "visits"]]
