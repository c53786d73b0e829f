"""What paths mean. That none leads outside is the matter of tests/faults/test_wasi_escapes.py."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.wasi_calls import host_descriptors
from wasi.abi import Errno, WasiError
from wasi.sandbox import DEPTH_MAX, LINKS_MAX, resolve


@pytest.fixture
def root(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "a/b/c").mkdir(parents=True)
    (tmp_path / "a/file").write_bytes(b"")
    (tmp_path / "to_b").symlink_to("a/b")
    (tmp_path / "a/up").symlink_to("../a/./b/")
    (tmp_path / "to_file").symlink_to("a/file")
    (tmp_path / "dangling").symlink_to("a/missing")
    (tmp_path / "self").symlink_to("self")
    handle = os.open(tmp_path, os.O_RDONLY)
    yield handle
    os.close(handle)


def free(_: int) -> None:
    """Nobody pays here."""


def where(root: int, path: str, follow: bool = False) -> tuple[str, str, bool]:
    """The directory, relative to the root, the name, and whether it ends in a slash."""
    with resolve(root, path.encode(), follow, free) as place:
        top = os.readlink(f"/proc/self/fd/{root}")
        found = os.readlink(f"/proc/self/fd/{place.directory}")
        return os.path.relpath(found, top), place.name.decode(), place.slash


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("x", (".", "x", False)),
        ("a", (".", "a", False)),
        ("a/", (".", "a", True)),
        ("a/b/x", ("a/b", "x", False)),
        (".//a/././/b///x//", ("a/b", "x", True)),
        ("a/../a/b/../file", ("a", "file", False)),
        (".", (".", ".", True)),
        ("a/..", (".", ".", True)),
        ("a/b/.", ("a/b", ".", True)),
        ("to_b", (".", "to_b", False)),
        ("to_b/c", ("a/b", "c", False)),
        ("to_b/../file", ("a", "file", False)),
        ("a/up/c/x", ("a/b/c", "x", False)),
        ("...", (".", "...", False)),
    ],
)
def test_places(root: int, path: str, found: tuple[str, str, bool]) -> None:
    assert where(root, path) == found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("to_b", ("a", "b", False)),
        ("to_file", ("a", "file", False)),
        ("dangling", ("a", "missing", False)),
        ("a/up", ("a", "b", True)),
        ("nothing", (".", "nothing", False)),
    ],
)
def test_places_behind_a_last_link(root: int, path: str, found: tuple[str, str, bool]) -> None:
    assert where(root, path, follow=True) == found


@pytest.mark.parametrize(
    ("path", "errno"),
    [
        ("..", Errno.NOTCAPABLE),
        ("a/../..", Errno.NOTCAPABLE),
        ("/", Errno.NOTCAPABLE),
        ("/a", Errno.NOTCAPABLE),
        ("x/y", Errno.NOENT),
        ("a/file/x", Errno.NOTDIR),
        ("a/file/.", Errno.NOTDIR),
        ("a/file/..", Errno.NOTDIR),
        ("to_file/x", Errno.NOTDIR),
        ("dangling/x", Errno.NOENT),
        ("self/x", Errno.LOOP),
        ("x" * 256 + "/y", Errno.NAMETOOLONG),
    ],
)
def test_paths_that_lead_nowhere(root: int, path: str, errno: Errno) -> None:
    with pytest.raises(WasiError) as caught:
        where(root, path)
    assert caught.value.errno is errno


def test_links_are_counted(root: int, tmp_path: Path) -> None:
    (tmp_path / "l0").mkdir()
    for number in range(1, LINKS_MAX + 2):
        (tmp_path / f"l{number}").symlink_to(f"l{number - 1}")
    assert where(root, f"l{LINKS_MAX}/x") == ("l0", "x", False)
    with pytest.raises(WasiError, match="LOOP"):
        where(root, f"l{LINKS_MAX + 1}/x")
    with pytest.raises(WasiError, match="LOOP"):
        where(root, "self", follow=True)


def test_depth_is_bounded(root: int, tmp_path: Path) -> None:
    deep = "d/" * DEPTH_MAX
    (tmp_path / deep).mkdir(parents=True)
    assert where(root, deep + "x")[1] == "x"
    with pytest.raises(WasiError, match="NAMETOOLONG"):
        where(root, deep + "d/d/x")
    assert where(root, "d/../" * 400 + "x") == (".", "x", False)


def test_no_descriptor_of_the_host_is_left(root: int) -> None:
    before = host_descriptors()
    for path in ("a/b/c/x", "a/../a/b/x", "a/file/x", "to_b/../..", "self/x", "a/../.."):
        try:
            where(root, path)
        except WasiError:
            continue
    assert host_descriptors() == before


def test_what_is_at_a_place(root: int) -> None:
    with resolve(root, b"a/file/", follow=False, pay=free) as place:
        with pytest.raises(WasiError, match="NOTDIR"):
            place.stat()
        assert place.look() is not None
    with resolve(root, b"dangling", follow=False, pay=free) as place:
        assert place.look() is not None
    with resolve(root, b"dangling", follow=True, pay=free) as place:
        assert place.look() is None
        with pytest.raises(WasiError, match="NOENT"):
            place.stat()


def test_links_are_paid_for_by_their_bytes(root: int, tmp_path: Path) -> None:
    (tmp_path / "long").symlink_to("a/../" * 500 + "a")
    paid: list[int] = []
    with resolve(root, b"to_b/../../long/x", follow=True, pay=paid.append) as place:
        assert place.name == b"x"
    assert paid == [3, 2501]

    def broke(_: int) -> None:
        raise ValueError

    before = host_descriptors()
    with pytest.raises(ValueError), resolve(root, b"a/up/x", follow=True, pay=broke):  # noqa: PT011
        pytest.fail("nobody has paid")
    assert host_descriptors() == before
