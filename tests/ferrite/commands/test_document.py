from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ferrite.commands import BUILT_IN
from ferrite.commands.document import page
from tests.support.waiting import SECONDS_MAX

PAGE = Path(__file__).resolve().parents[3] / "docs" / "commands.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), (
        "run: python -m ferrite.commands.document > docs/commands.md"
    )


def test_every_command_has_its_row() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    runnable = sum(
        len(command.subcommands) + (command.name == "command" or not command.subcommands)
        for command in BUILT_IN
    )
    assert len(rows) == runnable
    for row in rows:
        assert row.replace("\\|", "").count("|") == 5, row


def test_it_runs_as_a_module() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "ferrite.commands.document"],
        check=True,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        cwd=PAGE.parents[1],
    )
    assert printed.stdout == page()
