"""path_*; the sandbox has tests of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import wasi
from tests.support.wasi_calls import BUFFER, EVERY_RIGHT, RESULT, ROOT, Calls, Refused
from wasi.abi import (
    DIRECTORY_RIGHTS,
    FILE_RIGHTS,
    FILESTAT,
    Errno,
    Filetype,
    OpenFlags,
    Rights,
    TimeFlags,
)

CREAT, DIRECTORY, EXCL, TRUNC = OpenFlags
OK = Errno.SUCCESS


def refused(errno: Errno) -> object:
    return pytest.raises(Refused, match=f"^{errno.name}$")


@pytest.fixture
def guest(tmp_path: Path) -> Calls:
    (tmp_path / "dir/inner").mkdir(parents=True)
    (tmp_path / "file").write_bytes(b"data")
    (tmp_path / "to_file").symlink_to("file")
    (tmp_path / "to_dir").symlink_to("dir")
    (tmp_path / "dangling").symlink_to("missing")
    return Calls(tmp_path)


# --- path_open


def test_files_and_directories_have_the_rights_that_mean_something(guest: Calls) -> None:
    file, directory = guest.create("file"), guest.open("dir")
    assert guest.fdstat(file) == (Filetype.REGULAR_FILE, 0, int(FILE_RIGHTS), 0)
    assert guest.fdstat(directory)[2] == int(DIRECTORY_RIGHTS)
    assert guest.fdstat(directory)[3] == guest.fdstat(ROOT)[3]
    narrow = guest.open("dir", rights=Rights.PATH_OPEN, inheriting=int(Rights.FD_READ))
    assert guest.fdstat(narrow)[2:] == (Rights.PATH_OPEN, Rights.FD_READ)
    inner = guest.open("inner", fd=directory)
    assert guest.fdstat(inner)[2] == int(DIRECTORY_RIGHTS)
    assert guest.fdstat(guest.open("inner", fd=narrow))[2:] == (0, int(Rights.FD_READ))


@pytest.mark.parametrize(
    ("path", "flags", "follow", "errno"),
    [
        ("missing", 0, True, Errno.NOENT),
        ("missing/x", CREAT, True, Errno.NOENT),
        ("file", CREAT | EXCL, True, Errno.EXIST),
        ("to_file", CREAT | EXCL, True, Errno.EXIST),
        ("dangling", CREAT | EXCL, True, Errno.EXIST),
        ("dangling", 0, True, Errno.NOENT),
        ("to_file", 0, False, Errno.LOOP),
        ("to_dir", DIRECTORY, False, Errno.NOTDIR),
        ("file", DIRECTORY, True, Errno.NOTDIR),
        ("file/", 0, True, Errno.NOTDIR),
        ("to_file/", 0, False, Errno.NOTDIR),
        ("new/", CREAT, True, Errno.ISDIR),
        ("file", CREAT | DIRECTORY, True, Errno.INVAL),
        ("dir", TRUNC, True, Errno.ISDIR),
        ("file", 16, True, Errno.INVAL),
        ("x" * 256, CREAT, True, Errno.NAMETOOLONG),
    ],
)
def test_what_cannot_be_opened(
    guest: Calls, tmp_path: Path, path: str, flags: int, follow: bool, errno: Errno
) -> None:
    before = sorted(os.listdir(tmp_path))
    with refused(errno):
        guest.open(path, flags, follow=follow)
    assert sorted(os.listdir(tmp_path)) == before
    assert (tmp_path / "file").read_bytes() == b"data"
    assert guest.open("file") == ROOT + 1, "the failure has left no descriptor"


def test_links_are_followed_where_the_guest_wants_it(guest: Calls, tmp_path: Path) -> None:
    assert guest.read(guest.open("to_file")) == b"data"
    assert guest.fdstat(guest.open("to_dir/", follow=False))[0] == Filetype.DIRECTORY
    guest.create("dangling", b"made")
    assert (tmp_path / "missing").read_bytes() == b"made"


def test_creating_and_truncating(guest: Calls, tmp_path: Path) -> None:
    guest.create("dir/new", b"x")
    assert (tmp_path / "dir/new").read_bytes() == b"x"
    guest.open("file", TRUNC, EVERY_RIGHT)
    assert (tmp_path / "file").read_bytes() == b""
    rights = EVERY_RIGHT & ~(Rights.PATH_CREATE_FILE | Rights.PATH_FILESTAT_SET_SIZE)
    poor = guest.open(".", rights=rights & ~Rights.FD_WRITE)
    for flags in (CREAT, TRUNC):
        with refused(Errno.NOTCAPABLE):
            guest.open("file", flags, fd=poor)


def test_writing_to_a_directory(guest: Calls) -> None:
    with refused(Errno.ISDIR):
        guest.open("dir", rights=EVERY_RIGHT)


def test_flags_that_do_not_exist(guest: Calls) -> None:
    assert guest("path_open", ROOT, 2, "file", 0, 0, 0, 0, RESULT) is Errno.INVAL
    assert guest("path_open", ROOT, 0, "file", 0, 0, 0, 32, RESULT) is Errno.INVAL


def test_the_result_is_checked_before_anything_happens(guest: Calls, tmp_path: Path) -> None:
    assert guest("path_open", ROOT, 0, "new", CREAT, 0, 0, 0, 65_534) is Errno.FAULT
    assert not (tmp_path / "new").exists()


def test_descriptors_are_bounded(tmp_path: Path) -> None:
    guest = Calls(tmp_path, policy=wasi.Policy(max_file_handles=3))
    held = [guest.create(f"f{number}") for number in range(3)]
    with refused(Errno.MFILE):
        guest.open("more", CREAT)
    assert not (tmp_path / "more").exists()
    guest("fd_close", held[1])
    assert guest.open("more", CREAT) == held[1]


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: os.mknod(path, 0o600 | 0o140000)])
def test_pipes_and_devices_are_never_opened(guest: Calls, tmp_path: Path, make: object) -> None:
    make(tmp_path / "odd")  # type: ignore[operator]
    for flags in (0, CREAT, TRUNC):
        with refused(Errno.ACCES):
            guest.open("odd", flags)
    assert guest("path_unlink_file", ROOT, "odd") is OK


def test_a_descriptor_that_is_no_directory(guest: Calls) -> None:
    file = guest.open("file")
    with refused(Errno.NOTDIR):
        guest.open("x", fd=file)
    with refused(Errno.NOTDIR):
        guest.open("x", fd=1)
    with refused(Errno.BADF):
        guest.open("x", fd=9)


# --- making and removing


@pytest.mark.parametrize(
    ("call", "path", "errno"),
    [
        ("path_create_directory", "new", OK),
        ("path_create_directory", "new/", OK),
        ("path_create_directory", "dir", Errno.EXIST),
        ("path_create_directory", ".", Errno.EXIST),
        ("path_create_directory", "dangling", Errno.EXIST),
        ("path_create_directory", "a/b", Errno.NOENT),
        ("path_create_directory", "", Errno.NOENT),
        ("path_remove_directory", "dir/inner", OK),
        ("path_remove_directory", "dir/inner/", OK),
        ("path_remove_directory", "dir", Errno.NOTEMPTY),
        ("path_remove_directory", "file", Errno.NOTDIR),
        ("path_remove_directory", "file/", Errno.NOTDIR),
        ("path_remove_directory", "to_dir", Errno.NOTDIR),
        ("path_remove_directory", "to_dir/", Errno.NOTDIR),
        ("path_remove_directory", ".", Errno.INVAL),
        ("path_remove_directory", "dir/..", Errno.INVAL),
        ("path_unlink_file", "file", OK),
        ("path_unlink_file", "to_dir", OK),
        ("path_unlink_file", "file/", Errno.NOTDIR),
        ("path_unlink_file", "to_dir/", Errno.NOTDIR),
        ("path_unlink_file", "dir", Errno.ISDIR),
        ("path_unlink_file", "dir/", Errno.ISDIR),
        ("path_unlink_file", ".", Errno.ISDIR),
        ("path_unlink_file", "missing", Errno.NOENT),
    ],
)
def test_making_and_removing(guest: Calls, call: str, path: str, errno: Errno) -> None:
    assert guest(call, ROOT, path) is errno


@pytest.mark.parametrize(
    ("old", "new", "errno"),
    [
        ("file", "new", OK),
        ("file", "dir/new", OK),
        ("file", "to_file", OK),
        ("dir", "new/", OK),
        ("dir/", "new", OK),
        ("to_dir", "new", OK),
        ("file/", "new", Errno.NOTDIR),
        ("file", "new/", Errno.NOTDIR),
        ("to_dir/", "new", Errno.NOTDIR),
        ("file", "dir", Errno.ISDIR),
        ("dir", "file", Errno.NOTDIR),
        ("dir", "dir/inner/x", Errno.INVAL),
        ("missing", "new", Errno.NOENT),
        (".", "new", Errno.BUSY),
        ("dir", ".", Errno.BUSY),
        ("dir/..", "new", Errno.BUSY),
    ],
)
def test_renaming(guest: Calls, tmp_path: Path, old: str, new: str, errno: Errno) -> None:
    held = (tmp_path / old).lstat().st_ino if errno is OK else 0
    assert guest("path_rename", ROOT, old, ROOT, new) is errno
    if errno is OK:
        assert not os.path.lexists(tmp_path / old)
        assert (tmp_path / new).lstat().st_ino == held


def test_renaming_from_one_directory_to_another(tmp_path: Path) -> None:
    for name in ("from", "to"):
        (tmp_path / name).mkdir()
    (tmp_path / "from/f").write_bytes(b"")
    guest = Calls(dirs={f"/{name}": wasi.Dir(tmp_path / name) for name in ("from", "to")})
    assert guest("path_rename", ROOT, "f", ROOT + 1, "g") is OK
    assert (tmp_path / "to/g").exists()


# --- links


@pytest.mark.parametrize(
    ("old", "new", "errno"),
    [
        ("file", "new", OK),
        ("to_file", "new", OK),
        ("file", "dir", Errno.EXIST),
        ("file", "dangling", Errno.EXIST),
        ("file", "new/", Errno.NOENT),
        ("file", "dir/", Errno.EXIST),
        ("file", "to_file/", Errno.NOTDIR),
        ("file/", "new", Errno.NOTDIR),
        ("dir", "new", Errno.PERM),
        ("missing", "new", Errno.NOENT),
    ],
)
def test_hard_links(guest: Calls, tmp_path: Path, old: str, new: str, errno: Errno) -> None:
    assert guest("path_link", ROOT, 0, old, ROOT, new) is errno
    if errno is OK:
        assert (tmp_path / new).lstat().st_ino == (tmp_path / old).lstat().st_ino
    assert guest("path_link", ROOT, 1, old, ROOT, "other") is Errno.INVAL


@pytest.mark.parametrize(
    ("text", "path", "errno"),
    [
        ("file", "new", OK),
        ("../..", "new", OK),
        ("/etc", "new", Errno.NOTCAPABLE),
        ("", "new", Errno.NOENT),
        ("x", "file", Errno.EXIST),
        ("x", "new/", Errno.NOENT),
        ("x", "dir/", Errno.EXIST),
        ("x", "file/", Errno.NOTDIR),
        ("x", "dangling", Errno.EXIST),
    ],
)
def test_symbolic_links(guest: Calls, tmp_path: Path, text: str, path: str, errno: Errno) -> None:
    assert guest("path_symlink", text, ROOT, path) is errno
    if errno is OK:
        assert os.readlink(tmp_path / path) == text


def test_reading_links(guest: Calls, tmp_path: Path) -> None:
    assert guest("path_readlink", ROOT, "to_file", BUFFER, 100, RESULT) is OK
    assert guest.memory.read(BUFFER, guest.number() + 1) == b"file\0"
    assert guest("path_readlink", ROOT, "to_file", BUFFER, 2, RESULT) is OK
    assert guest.number() == 2
    for path, errno in (("file", Errno.INVAL), ("to_dir/", Errno.INVAL), ("no", Errno.NOENT)):
        assert guest("path_readlink", ROOT, path, BUFFER, 9, RESULT) is errno
    (tmp_path / "absolute").symlink_to("/etc/passwd")
    assert guest("path_readlink", ROOT, "absolute", BUFFER, 9, RESULT) is Errno.NOTCAPABLE
    assert guest("path_readlink", ROOT, "to_file", 65_530, 9, RESULT) is Errno.FAULT


# --- attributes


def test_filestats(guest: Calls, tmp_path: Path) -> None:
    def found(path: str, follow: int) -> tuple[int, ...]:
        assert guest("path_filestat_get", ROOT, follow, path, RESULT) is OK
        return FILESTAT.unpack(guest.memory.read(RESULT, FILESTAT.size))

    assert found("file", 0) == found("to_file", 1)
    assert found("file", 0)[1:5] == ((tmp_path / "file").stat().st_ino, 4, 1, 4)
    assert found("to_file", 0)[2] == found("dangling", 0)[2] == Filetype.SYMBOLIC_LINK
    assert found("to_dir/", 0)[2] == Filetype.DIRECTORY
    for path, follow, errno in (
        ("dangling", 1, Errno.NOENT),
        ("file/", 0, Errno.NOTDIR),
        ("file", 2, Errno.INVAL),
    ):
        assert guest("path_filestat_get", ROOT, follow, path, RESULT) is errno


def test_times(guest: Calls, tmp_path: Path) -> None:
    both = TimeFlags.ATIM | TimeFlags.MTIM
    call = "path_filestat_set_times"
    assert guest(call, ROOT, 0, "to_file", 5, 6, both) is OK
    assert (tmp_path / "to_file").lstat().st_mtime_ns == 6
    assert (tmp_path / "file").stat().st_mtime_ns > 6
    assert guest(call, ROOT, 1, "to_file", 7, 8, both) is OK
    assert (tmp_path / "file").stat().st_mtime_ns == 8
    assert guest(call, ROOT, 0, "file", 7, 8, 15) is Errno.INVAL
    assert guest(call, ROOT, 0, "file/", 7, 8, both) is Errno.NOTDIR


RIGHTS = {
    "path_create_directory": (Rights.PATH_CREATE_DIRECTORY, ("x",)),
    "path_filestat_get": (Rights.PATH_FILESTAT_GET, (0, "file", RESULT)),
    "path_filestat_set_times": (Rights.PATH_FILESTAT_SET_TIMES, (0, "file", 0, 0, 0)),
    "path_readlink": (Rights.PATH_READLINK, ("to_file", BUFFER, 10, RESULT)),
    "path_remove_directory": (Rights.PATH_REMOVE_DIRECTORY, ("dir/inner",)),
    "path_unlink_file": (Rights.PATH_UNLINK_FILE, ("file",)),
    "path_open": (Rights.PATH_OPEN, (0, "file", 0, 0, 0, 0, RESULT)),
}


@pytest.mark.parametrize("call", RIGHTS)
def test_each_call_needs_its_right(guest: Calls, call: str) -> None:
    right, arguments = RIGHTS[call]
    poor = guest.open(".", rights=EVERY_RIGHT & ~right & ~Rights.FD_WRITE)
    assert guest(call, poor, *arguments) is Errno.NOTCAPABLE
    rich = guest.open(".", rights=right)
    assert guest(call, rich, *arguments) is OK


def test_calls_with_two_directories_need_a_right_on_each(guest: Calls) -> None:
    def holds(right: int) -> int:
        return guest.open(".", rights=right)

    source, target = holds(Rights.PATH_RENAME_SOURCE), holds(Rights.PATH_RENAME_TARGET)
    assert guest("path_rename", target, "file", target, "x") is Errno.NOTCAPABLE
    assert guest("path_rename", source, "file", source, "x") is Errno.NOTCAPABLE
    assert guest("path_rename", source, "file", target, "x") is OK
    source, target = holds(Rights.PATH_LINK_SOURCE), holds(Rights.PATH_LINK_TARGET)
    assert guest("path_link", target, 0, "x", target, "y") is Errno.NOTCAPABLE
    assert guest("path_link", source, 0, "x", source, "y") is Errno.NOTCAPABLE
    assert guest("path_link", source, 0, "x", target, "y") is OK
    assert guest("path_symlink", "x", source, "z") is Errno.NOTCAPABLE
    assert guest("path_symlink", "x", holds(Rights.PATH_SYMLINK), "z") is OK
