"""Downloads from addresses of files: no test leaves this machine."""

from __future__ import annotations

from pathlib import Path

import fetch
import pytest
from suite import RELEASES, SuiteError, load

from tests.spec_tests.test_suite import SCRIPTS, archive, small


def commit_archive(path: Path, scripts: dict[str, bytes]) -> Path:
    members = {f"spec-977f/test/core/{name}": content for name, content in scripts.items()}
    return archive(path, members | {"spec-977f/README.md": b"x"})


def test_a_release_is_fetched_and_can_be_loaded(tmp_path: Path) -> None:
    address = commit_archive(tmp_path / "977f.tar", SCRIPTS).as_uri()
    path = fetch.fetch(small(), address, tmp_path / "cache" / "spec")
    assert path == tmp_path / "cache" / "spec" / "wg-1.0.tar.xz"
    assert set(load(small(), (path.parent,))) == set(SCRIPTS)
    assert list(path.parent.iterdir()) == [path]


def test_what_is_not_the_pinned_release_is_not_written(tmp_path: Path) -> None:
    commit_archive(tmp_path / "moved.tar", SCRIPTS | {"b.wast": b"changed."})
    (tmp_path / "broken.tar").write_bytes(b"<html>")
    for name, problem in (("moved.tar", "differs"), ("broken.tar", "broken"), ("none", "none")):
        with pytest.raises(SuiteError, match=problem):
            fetch.fetch(small(), (tmp_path / name).as_uri(), tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_the_command_reads_a_given_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(RELEASES, "1.0", small())
    monkeypatch.setattr(fetch, "CACHE", tmp_path / "cache")
    given = commit_archive(tmp_path / "given.tar", SCRIPTS)
    assert fetch.main(["--level", "1.0", "--archive", str(given)]) == 0
    assert (tmp_path / "cache" / "wg-1.0.tar.xz").is_file()
    assert fetch.main(["--level", "1.0", "--archive", str(tmp_path / "none")]) == 1
    assert "fetch: " in capsys.readouterr().err
    with pytest.raises(SystemExit):
        fetch.main(["--archive", str(given)])


def test_what_is_here_already_is_not_fetched(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fetch, "load", lambda _: SCRIPTS)
    monkeypatch.setattr(fetch, "ADDRESS", "file:///nowhere/{commit}")
    assert fetch.main(["--level", "1.0"]) == 0
    assert capsys.readouterr().out == "wg-1.0: here, as pinned\n"


def test_what_is_not_here_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(_: object) -> None:
        raise SuiteError("missing")

    commit_archive(tmp_path / f"{RELEASES['1.0'].commit}.tar", SCRIPTS)
    monkeypatch.setitem(RELEASES, "1.0", small())
    monkeypatch.setattr(fetch, "load", missing)
    monkeypatch.setattr(fetch, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(fetch, "ADDRESS", f"{tmp_path.as_uri()}/{{commit}}.tar")
    assert fetch.main(["--level", "1.0"]) == 0
    assert (tmp_path / "cache" / "wg-1.0.tar.xz").is_file()
    assert "2 scripts, as pinned" in capsys.readouterr().out
