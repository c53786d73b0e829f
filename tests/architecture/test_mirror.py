"""Tests mirror the source: ferrite/a/b.py has tests/ferrite/a/test_b.py, and no other way round."""

from __future__ import annotations

from pathlib import Path

from tests.support.sources import PACKAGES, ROOT, python_files

WITHOUT_TEST: dict[str, str] = {}
"""Source files that need none, each with the reason."""


def mirror(source: Path) -> Path:
    return Path("tests", *source.parts[:-1], f"test_{source.stem.strip('_')}.py")


def sources() -> list[Path]:
    return [path for path in python_files(*PACKAGES) if path.name != "__init__.py"]


def test_every_source_file_has_its_test_file() -> None:
    missing = [
        f"{path}: {mirror(path)}"
        for path in sources()
        if str(path) not in WITHOUT_TEST and not (ROOT / mirror(path)).exists()
    ]
    assert not missing


def test_the_exceptions_are_still_exceptions() -> None:
    for name, reason in WITHOUT_TEST.items():
        assert (ROOT / name).exists(), name
        assert not (ROOT / mirror(Path(name))).exists(), name
        assert reason


def test_no_test_file_is_left_over_from_a_source_file_that_is_gone() -> None:
    """Tests of several files live elsewhere: differential, faults, fuzz, folders of their own."""
    known = {mirror(path) for path in sources()}
    folders = {path.parent for path in sources()}
    stray = []
    for path in python_files("tests"):
        inside = path.parts[1] in PACKAGES and path.name.startswith("test_")
        if inside and Path(*path.parts[1:-1]) in folders and path not in known:
            stray.append(str(path))
    assert not stray
