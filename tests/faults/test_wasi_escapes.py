"""Attempts of a guest to leave the directory that it was given: each by name, each refused.

Beside the directory stand a secret file and a secret folder. After every attempt they are as they
were, and the guest has seen none of them.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import wasi
from tests.support.waiting import SECONDS_MAX
from tests.support.wasi_calls import (
    BUFFER,
    EVERY_RIGHT,
    RESULT,
    ROOT,
    Calls,
    Refused,
    host_descriptors,
)
from wasi.abi import Errno, OpenFlags, Rights, TimeFlags

SECRET = b"the secret"
CREAT, DIRECTORY, EXCL, TRUNC = OpenFlags
OK, BADF, ILSEQ, INVAL, LOOP, NAMETOOLONG, NOENT, NOTCAPABLE, NOTDIR = (
    Errno.SUCCESS, Errno.BADF, Errno.ILSEQ, Errno.INVAL, Errno.LOOP, Errno.NAMETOOLONG,
    Errno.NOENT, Errno.NOTCAPABLE, Errno.NOTDIR,
)  # fmt: skip


class Cell:
    """A guest in a directory, and what lies around it."""

    def __init__(self, folder: Path) -> None:
        self.outside = folder
        self.root = folder / "root"
        self.root.mkdir()
        (self.root / "inner").mkdir()
        (self.root / "file").write_bytes(b"inside")
        (folder / "secret").write_bytes(SECRET)
        (folder / "vault").mkdir()
        (folder / "vault/gold").write_bytes(SECRET)
        self.before = self.seen()
        self.guest = Calls(self.root)

    def seen(self) -> dict[str, tuple[int, int, int, bytes]]:
        """Everything outside: inode, links, time of modification, content."""
        found = {}
        for path in (self.outside / "secret", self.outside / "vault", self.outside / "vault/gold"):
            known = path.lstat()
            data = path.read_bytes() if path.is_file() else b""
            found[str(path)] = known.st_ino, known.st_nlink, known.st_mtime_ns, data
        found["names"] = 0, 0, 0, repr(sorted(os.listdir(self.outside))).encode()
        return found

    def open(self, path: str | bytes, flags: int = 0, fd: int = ROOT, rights: int = 2) -> Errno:
        """The errno of an attempt to open."""
        given = (fd, 1, path, flags, rights, EVERY_RIGHT, 0, RESULT)
        return self.guest("path_open", *given)


Attempt = Callable[[Cell], object]
ATTEMPTS: dict[str, tuple[Attempt, object]] = {}


def attempt(expected: object) -> Callable[[Attempt], Attempt]:
    """Declare an attempt with what it must come to: an errno, or several."""

    def declare(function: Attempt) -> Attempt:
        ATTEMPTS[function.__name__] = function, expected
        return function

    return declare


@pytest.fixture
def cell(tmp_path: Path) -> Iterator[Cell]:
    made = Cell(tmp_path)
    with made.guest.system:
        yield made


# --- names ---------------------------------------------------------------------------------------


@attempt(NOTCAPABLE)
def dot_dot(cell: Cell) -> object:
    return cell.open("../secret")


@attempt(NOTCAPABLE)
def dot_dot_behind_a_directory(cell: Cell) -> object:
    return cell.open("inner/../../secret")


@attempt(NOTCAPABLE)
def dot_dot_many_times(cell: Cell) -> object:
    return cell.open("../" * 1000 + "etc/passwd")


@attempt(NOTCAPABLE)
def dot_dot_alone(cell: Cell) -> object:
    return cell.open("..", DIRECTORY)


@attempt(NOTCAPABLE)
def dot_dot_with_slashes_and_dots(cell: Cell) -> object:
    return cell.open("./inner/.//..///.././/secret")


@attempt((NOTDIR, NOENT))
def dot_dot_behind_a_file_and_behind_nothing(cell: Cell) -> object:
    return cell.open("file/../../secret"), cell.open("missing/../../secret")


@attempt(NOTCAPABLE)
def absolute_path(cell: Cell) -> object:
    return cell.open(str(cell.outside / "secret"))


@attempt((NOTCAPABLE, NOTCAPABLE))
def absolute_path_of_the_own_file(cell: Cell) -> object:
    return cell.open(str(cell.root / "file")), cell.open("/file")


@attempt(NOTCAPABLE)
def slashes_in_front(cell: Cell) -> object:
    return cell.open("//../secret")


@attempt((INVAL, INVAL))
def names_with_nul(cell: Cell) -> object:
    return cell.open("file\0/../../secret"), cell.open("../secret\0")


@attempt((ILSEQ, ILSEQ))
def names_that_are_not_utf_8(cell: Cell) -> object:
    overlong_dots = b"\xc0\xae\xc0\xae/secret"
    return cell.open(overlong_dots), cell.open(b"\xff\xfe")


@attempt((NOENT, NOENT))
def names_that_only_look_like_dots(cell: Cell) -> object:
    return cell.open("\u2025/secret"), cell.open("..\\secret")


@attempt((NAMETOOLONG, NAMETOOLONG))
def long_paths(cell: Cell) -> object:
    return cell.open("a/" * 3000 + "../" * 3001 + "secret"), cell.open("x" * 300)


@attempt((NOENT, NOENT))
def proc_self_fd(cell: Cell) -> object:
    handle = cell.guest.system.descriptors.get(ROOT).handle  # type: ignore[attr-defined]
    return cell.open(f"proc/self/fd/{handle}/../secret"), cell.open("dev/fd/0")


# --- symbolic links ------------------------------------------------------------------------------


@attempt((NOTCAPABLE, NOTCAPABLE))
def absolute_link_made_by_the_guest(cell: Cell) -> object:
    made = cell.guest("path_symlink", str(cell.outside), ROOT, "link")
    return made, cell.guest("path_symlink", "/", ROOT, "link")


@attempt((NOTCAPABLE, NOTCAPABLE))
def absolute_link_made_by_the_host(cell: Cell) -> object:
    (cell.root / "link").symlink_to(cell.outside)
    return cell.open("link/secret"), cell.open("link", DIRECTORY)


@attempt((OK, NOTCAPABLE, NOTCAPABLE, NOTCAPABLE))
def relative_link_upwards(cell: Cell) -> object:
    made = cell.guest("path_symlink", "../vault", ROOT, "link")
    return made, cell.open("link/gold"), cell.open("link"), cell.open("link/")


@attempt((OK, OK, OK, NOTCAPABLE))
def chain_of_links(cell: Cell) -> object:
    made = [
        cell.guest("path_symlink", text, ROOT, name)
        for text, name in (("inner/b", "a"), ("../c", "inner/b"), ("inner/../../secret", "c"))
    ]
    return *made, cell.open("a")


@attempt((OK, OK, LOOP))
def loop_of_links(cell: Cell) -> object:
    made = [cell.guest("path_symlink", text, ROOT, name) for text, name in (("b", "a"), ("a", "b"))]
    return *made, cell.open("a/../../secret")


@attempt((OK, NOTCAPABLE, NOTCAPABLE))
def creating_through_a_link(cell: Cell) -> object:
    made = cell.guest("path_symlink", "../planted", ROOT, "link")
    return made, cell.open("link", CREAT), cell.open("link", CREAT | TRUNC)


@attempt((OK, NOTCAPABLE, NOTCAPABLE, NOTCAPABLE, NOTCAPABLE, NOTCAPABLE))
def changing_through_a_link_in_the_middle(cell: Cell) -> object:
    made = cell.guest("path_symlink", "../vault", ROOT, "link")
    return (
        made,
        cell.guest("path_unlink_file", ROOT, "link/gold"),
        cell.guest("path_create_directory", ROOT, "link/new"),
        cell.guest("path_rename", ROOT, "file", ROOT, "link/new"),
        cell.guest("path_rename", ROOT, "link/gold", ROOT, "gold"),
        cell.guest("path_symlink", "x", ROOT, "link/new"),
    )


@attempt((OK, NOTCAPABLE, NOTCAPABLE))
def attributes_through_a_link(cell: Cell) -> object:
    made = cell.guest("path_symlink", "../secret", ROOT, "link")
    times = cell.guest("path_filestat_set_times", ROOT, 1, "link", 0, 0, TimeFlags.MTIM)
    return made, times, cell.guest("path_filestat_get", ROOT, 1, "link", RESULT)


@attempt((NOTCAPABLE, bytes(10)))
def reading_where_the_host_keeps_things(cell: Cell) -> object:
    (cell.root / "link").symlink_to(cell.outside / "secret")
    errno = cell.guest("path_readlink", ROOT, "link", BUFFER, 10, RESULT)
    return errno, cell.guest.memory.read(BUFFER, 10)


# --- hard links and renames ----------------------------------------------------------------------


@attempt((NOTCAPABLE, NOTCAPABLE, INVAL))
def hard_link_to_the_outside(cell: Cell) -> object:
    cell.guest("path_symlink", "../secret", ROOT, "link")
    return (
        cell.guest("path_link", ROOT, 0, "../secret", ROOT, "mine"),
        cell.guest("path_link", ROOT, 0, str(cell.outside / "secret"), ROOT, "mine"),
        cell.guest("path_link", ROOT, 1, "link", ROOT, "mine"),
    )


@attempt((OK, NOTCAPABLE))
def hard_link_of_a_link(cell: Cell) -> object:
    cell.guest("path_symlink", "../secret", ROOT, "link")
    return cell.guest("path_link", ROOT, 0, "link", ROOT, "mine"), cell.open("mine")


@attempt((NOTCAPABLE, NOTCAPABLE, NOTCAPABLE))
def renaming_over_the_border(cell: Cell) -> object:
    return (
        cell.guest("path_rename", ROOT, "file", ROOT, "../taken"),
        cell.guest("path_rename", ROOT, "../secret", ROOT, "taken"),
        cell.guest("path_rename", ROOT, "inner", ROOT, "../vault/inner"),
    )


@attempt((OK, NOTCAPABLE, NOTCAPABLE))
def moving_an_open_directory_upwards(cell: Cell) -> object:
    """Its parent has become the root, whose parent is the outside."""
    cell.guest("path_create_directory", ROOT, "inner/deep")
    fd = cell.guest.open("inner/deep", DIRECTORY)
    moved = cell.guest("path_rename", ROOT, "inner/deep", ROOT, "deep")
    return moved, cell.open("../file", fd=fd), cell.open("../../secret", fd=fd)


def raced(met: Callable[[], object]) -> Iterator[int]:
    """Attempts: so many, and more until what can happen has been met."""
    begun = time.monotonic()
    for number in itertools.count():
        if number >= 3_000 and (met() or time.monotonic() > begun + SECONDS_MAX):
            return
        yield number


@attempt((OK, OK))
def rename_race_with_a_concurrent_thread(cell: Cell) -> object:
    """A thread exchanges a directory for a link to the outside, over and over again."""
    stop = threading.Event()
    swap, link = cell.root / "swap", cell.root / "link"
    swap.mkdir()
    (swap / "gold").write_bytes(b"mine")
    link.symlink_to("../vault")

    def exchange() -> None:
        spare = cell.root / "spare"
        while not stop.is_set():
            os.rename(swap, spare)
            os.rename(link, swap)
            os.rename(swap, link)
            os.rename(spare, swap)

    thread = threading.Thread(target=exchange, daemon=True)
    thread.start()
    seen, refused = set(), set()
    try:
        for _ in raced(lambda: seen and refused):
            try:
                fd = cell.guest.open("swap/gold")
                seen.add(cell.guest.read(fd))
                cell.guest("fd_close", fd)
            except Refused as error:
                refused.add(error.errno)
            if cell.open("swap/new", CREAT) is OK:
                cell.guest("fd_close", cell.guest.number())
            cell.guest("path_unlink_file", ROOT, "swap/new")
    finally:
        stop.set()
        thread.join(SECONDS_MAX)
    assert seen <= {b"mine"}
    assert refused <= {NOTCAPABLE, NOENT, NOTDIR, LOOP}
    return OK, OK if seen and refused else "nothing was raced"


@attempt((OK, OK))
def link_race_in_the_last_component(cell: Cell) -> object:
    """A thread exchanges a file for a link to the secret while it is opened, read and truncated."""
    stop = threading.Event()
    name, other = cell.root / "name", cell.root / "other"
    name.write_bytes(b"mine")
    other.symlink_to("../secret")

    def exchange() -> None:
        spare = cell.root / "spare"
        while not stop.is_set():
            os.rename(name, spare)
            os.rename(other, name)
            os.rename(name, other)
            os.rename(spare, name)

    thread = threading.Thread(target=exchange, daemon=True)
    thread.start()
    seen = set()
    try:
        for _ in raced(lambda: seen):
            for follow in (True, False):
                try:
                    fd = cell.guest.open("name", follow=follow)
                    seen.add(cell.guest.read(fd))
                    cell.guest("fd_close", fd)
                except Refused:
                    continue
            cell.guest("path_filestat_set_times", ROOT, 1, "name", 0, 7, TimeFlags.MTIM)
    finally:
        stop.set()
        thread.join(SECONDS_MAX)
    assert seen <= {b"mine"}
    return OK, OK if seen else "nothing was read"


# --- descriptors and rights ----------------------------------------------------------------------


@attempt((OK, BADF, BADF))
def descriptor_after_close(cell: Cell) -> object:
    closed = cell.guest("fd_close", ROOT)
    return closed, cell.open("file"), cell.guest("fd_readdir", ROOT, BUFFER, 10, 0, RESULT)


@attempt((OK, NOTDIR, NOTCAPABLE))
def reused_descriptor(cell: Cell) -> object:
    """The number of a closed directory is given to a file; nothing of the old rights is left."""
    cell.guest("fd_close", ROOT + 1)
    fd = cell.guest.open("inner", DIRECTORY)
    closed = cell.guest("fd_close", fd)
    again = cell.guest.open("file", rights=Rights.FD_READ)
    assert again == fd
    return closed, cell.open("x", fd=fd), cell.guest("fd_filestat_set_size", fd, 0)


@attempt((BADF, BADF, BADF, BADF))
def descriptors_of_the_host(cell: Cell) -> object:
    handle = cell.guest.system.descriptors.get(ROOT).handle  # type: ignore[attr-defined]
    far = max(handle, 10)
    return tuple(
        cell.guest(*call)
        for call in (
            ("fd_filestat_get", far, RESULT),
            ("fd_close", far),
            ("fd_renumber", ROOT, far),
            ("fd_prestat_get", far, RESULT),
        )
    )


@attempt((NOTCAPABLE, NOTCAPABLE, NOTCAPABLE))
def widening_rights(cell: Cell) -> object:
    fd = cell.guest.open("file", rights=Rights.FD_READ)
    folder = cell.guest.open("inner", rights=Rights.PATH_OPEN, inheriting=0)
    every = (1 << 64) - 1
    return (
        cell.guest("fd_fdstat_set_rights", fd, Rights.FD_READ | Rights.FD_WRITE, 0),
        cell.guest("fd_fdstat_set_rights", folder, Rights.PATH_OPEN, Rights.FD_WRITE),
        cell.guest("fd_fdstat_set_rights", ROOT, every, every),
    )


@attempt((0, NOTCAPABLE, NOTCAPABLE))
def rights_through_a_poor_directory(cell: Cell) -> object:
    """What was opened below a directory that lets nothing inherit can do nothing."""
    poor = cell.guest.open(".", rights=Rights.PATH_OPEN, inheriting=0)
    fd = cell.guest.open("file", rights=EVERY_RIGHT, fd=poor)
    again = cell.guest("path_create_directory", poor, "new")
    return cell.guest.fdstat(fd)[2], again, cell.guest("fd_filestat_get", fd, RESULT)


@attempt((NOTCAPABLE, NOTCAPABLE, NOTCAPABLE, b"inside"))
def writing_where_reading_is_allowed(cell: Cell) -> object:
    """A hard link or a rename into another directory would make a file writable."""
    cell.guest.system.close()
    (cell.root / "other").mkdir()
    dirs = {"/": wasi.Dir(cell.root, read_only=True), "/w": wasi.Dir(cell.root / "other")}
    cell.guest = Calls(dirs=dirs)
    found = (
        cell.guest("path_link", ROOT, 0, "file", ROOT + 1, "mine"),
        cell.guest("path_rename", ROOT, "file", ROOT + 1, "mine"),
        cell.open("file", TRUNC),
    )
    return *found, (cell.root / "file").read_bytes()


@attempt((NOTCAPABLE, OK))
def preopens_side_by_side(cell: Cell) -> object:
    """The way from one directory to another is its own descriptor, not a path."""
    cell.guest.system.close()
    dirs = {"/root": wasi.Dir(cell.root), "/vault": wasi.Dir(cell.outside / "vault")}
    cell.guest = Calls(dirs=dirs)
    return cell.open("../vault/gold"), cell.open("gold", fd=ROOT + 1)


@attempt((OK, OK, BADF))
def preopen_closed_and_renumbered(cell: Cell) -> object:
    fd = cell.guest.open("inner", DIRECTORY)
    moved = cell.guest("fd_renumber", fd, ROOT)
    listed = cell.guest("fd_readdir", ROOT, BUFFER, 100, 0, RESULT)
    return moved, listed, cell.open("../file", fd=fd)


@attempt(("two files", 0, Errno.MFILE))
def opening_without_end(cell: Cell) -> object:
    cell.guest.system.close()
    cell.guest = Calls(cell.root, policy=wasi.Policy(max_file_handles=2))
    cell.guest.open("file"), cell.guest.open("file")
    before = host_descriptors()
    errnos = {cell.open("file") for _ in range(50)}
    return "two files", host_descriptors() - before, errnos.pop()


# --- the attempts as tests -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ATTEMPTS)
def test_attempt(name: str, cell: Cell) -> None:
    function, expected = ATTEMPTS[name]
    found = function(cell)
    assert found == expected
    assert cell.seen() == cell.before
    cell.guest.system.close()


def test_there_are_at_least_thirty() -> None:
    assert len(ATTEMPTS) >= 30
