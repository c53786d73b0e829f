from __future__ import annotations

import dataclasses
import io
import tarfile
from pathlib import Path

import pytest
from suite import RELEASES, Release, SuiteError, digest, load, read_scripts, verify

SCRIPTS = {"b.wast": b"(module)", "a/a.wast": "é".encode()}


def small() -> Release:
    """A release of two scripts."""
    return dataclasses.replace(RELEASES["1.0"], files=2, bytes=10, digest=digest(SCRIPTS))


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:xz") as out:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            out.addfile(member, io.BytesIO(content))
    return path


def test_a_release_is_read_in_order(tmp_path: Path) -> None:
    archive(tmp_path / "wg-1.0.tar.xz", {f"wg-1.0/{name}": SCRIPTS[name] for name in SCRIPTS})
    assert list(load(small(), (tmp_path / "none", tmp_path)).items()) == [
        ("a/a.wast", "é"),
        ("b.wast", "(module)"),
    ]


def test_a_missing_archive_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"fetch\.py"):
        load(small(), (tmp_path,))


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "wg-1.0.tar.xz").write_bytes(b"no archive")
    with pytest.raises(SuiteError, match=r"wg-1\.0\.tar\.xz cannot be read"):
        load(small(), (tmp_path,))


def test_a_good_archive_is_found_behind_a_broken_one(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "wg-1.0.tar.xz").write_bytes(b"no archive")
    archive(tmp_path / "wg-1.0.tar.xz", {f"wg-1.0/{name}": SCRIPTS[name] for name in SCRIPTS})
    assert len(load(small(), (tmp_path / "first", tmp_path))) == 2


def test_other_scripts_than_the_pinned_are_refused() -> None:
    verify(small(), SCRIPTS, "x")
    with pytest.raises(SuiteError, match="3 scripts of 10 bytes"):
        verify(small(), SCRIPTS | {"c.wast": b""}, "x")
    with pytest.raises(SuiteError, match="differs"):
        verify(small(), SCRIPTS | {"b.wast": b"(modulE)"}, "x")
    with pytest.raises(SuiteError, match="differs"):
        verify(small(), {"c.wast": SCRIPTS["b.wast"], "a/a.wast": SCRIPTS["a/a.wast"]}, "x")


def test_only_scripts_of_the_folder_are_read(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "x",
        {
            "spec-1234/test/core/a.wast": b"1",
            "spec-1234/test/core/simd/b.wast": b"2",
            "spec-1234/test/core/README.md": b"3",
            "spec-1234/test/custom/c.wast": b"4",
            "spec-1234/mytest/core/d.wast": b"5",
        },
    )
    with tarfile.open(path) as opened:
        assert read_scripts(opened, "test/core/") == {"a.wast": b"1", "simd/b.wast": b"2"}


@pytest.mark.parametrize("level", RELEASES)
def test_the_pinned_releases_are_here_as_pinned(level: str, suites_present: None) -> None:
    release = RELEASES[level]
    scripts = load(release)
    assert len(scripts) == release.files
    assert sum(len(text.encode()) for text in scripts.values()) == release.bytes
