from __future__ import annotations

from pathlib import Path

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from ferrite.client.hints import Hints
from ferrite.client.terminal import HISTORY_VARIABLE, is_secret, make_session


@pytest.mark.parametrize(
    "line",
    ["auth x", "ACL setuser bob >x", "hello 3 AUTH bob x", "config set requirepass x"],
)
def test_secrets(line: str) -> None:
    assert is_secret(line)


@pytest.mark.parametrize("line", ["get auth", "acl list", "hello 3", "config get requirepass", ""])
def test_no_secrets(line: str) -> None:
    assert not is_secret(line)


def test_history_is_kept_without_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "history"
    monkeypatch.setenv(HISTORY_VARIABLE, str(file))
    with create_pipe_input() as typed:
        session = make_session(Hints([]), input=typed, output=DummyOutput())
        typed.send_text("get k\nauth secret\n")
        assert [session.prompt("> ") for _ in range(2)] == ["get k", "auth secret"]
    assert "+get k\n" in file.read_text()
    assert "secret" not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
