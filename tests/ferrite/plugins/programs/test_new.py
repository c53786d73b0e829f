"""A new project: whole or not at all, and never over what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.plugins.cli import main
from ferrite.plugins.programs.new import LANGUAGES, RESERVED
from ferrite.plugins.toolchains import sdk_folder


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_placeholders_are_filled_in(language: str, tmp_path: Path) -> None:
    assert main(["new", "rate-limiter", "--lang", language, "--into", str(tmp_path)]) == 0
    project = tmp_path / "rate-limiter"
    files = [path for path in project.rglob("*") if path.is_file()]
    template = [path for path in (sdk_folder(language) / "template").rglob("*") if path.is_file()]
    assert len(files) == len(template) > 3
    text = "".join(path.read_text() for path in files) + "".join(map(str, files))
    assert "{{" not in text
    assert "RATE_LIMITER.WORLD" in text
    assert (project / "README.md").is_file()
    assert LANGUAGES[language].recognises(project)


@pytest.mark.parametrize(
    "name", ["", "A", "1a", "a.b", "a/b", "../a", "-a", "a-", "a--b", "a b", "é", "a" * 65, "a\n"]
)
def test_bad_names(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "--lang", "c", "--into", str(tmp_path), "--", name]) == 1
    assert "is no name for a plugin" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_words_of_languages_are_no_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {"fn", "func", "test", "function"} & RESERVED == {"fn", "func", "test"}
    assert main(["new", "fn", "--lang", "c", "--into", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "'fn' is no name for a plugin: it is a word of a language\n"


def test_nothing_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x").symlink_to("nowhere")
    (tmp_path / "y").mkdir()
    (tmp_path / "file").write_text("")
    for name in "xy":
        assert main(["new", name, "--lang", "c", "--into", str(tmp_path)]) == 1
        assert capsys.readouterr().err == f"{tmp_path / name}: exists already\n"
    assert main(["new", "z", "--lang", "c", "--into", str(tmp_path / "file")]) == 1
    assert "Not a directory" in capsys.readouterr().err
    assert not list((tmp_path / "y").iterdir())


def test_a_language_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["new", "x"], ["new", "x", "--lang", "cobol"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
    assert "invalid choice: 'cobol'" in capsys.readouterr().err
