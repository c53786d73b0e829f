from __future__ import annotations

from pathlib import Path

import pytest

import wasi
from tests.support.wasi_calls import (
    BUFFER,
    EVERY_RIGHT,
    RESULT,
    ROOT,
    Calls,
    Refused,
    host_descriptors,
)
from wasi.abi import DIRENT, Errno, Filetype, OpenFlags, Rights
from wasi.directory import preopen


@pytest.fixture
def guest(tmp_path: Path) -> Calls:
    for name in ("b", "a", "\u00e4", "c"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "dir").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    return Calls(tmp_path)


def listed(guest: Calls, cookie: int, size: int, fd: int = ROOT) -> list[tuple[str, int, int, int]]:
    """Name, cookie, inode and type of the entries that are there as a whole."""
    assert guest("fd_readdir", fd, BUFFER, size, cookie, RESULT) is Errno.SUCCESS
    used = guest.number()
    assert used <= size
    data, found = guest.memory.read(BUFFER, used), []
    while len(data) >= DIRENT.size:
        following, inode, length, kind = DIRENT.unpack_from(data)
        name = data[DIRENT.size : DIRENT.size + length]
        if len(name) == length:
            found.append((name.decode(), following, inode, kind))
        data = data[DIRENT.size + length :]
    return found


def test_entries_are_in_order_behind_the_directory_itself(guest: Calls, tmp_path: Path) -> None:
    found = listed(guest, 0, 4096)
    assert [entry[0] for entry in found] == [".", "..", "a", "b", "c", "dir", "link", "\u00e4"]
    assert [entry[1] for entry in found] == list(range(1, 9))
    inodes = {name: inode for name, _, inode, _ in found}
    assert inodes["."] == tmp_path.stat().st_ino
    assert inodes[".."] == 0, "what lies outside is not told"
    assert inodes["a"] == (tmp_path / "a").stat().st_ino
    kinds = {name: kind for name, _, _, kind in found}
    assert (kinds["a"], kinds["dir"], kinds["link"]) == (
        Filetype.REGULAR_FILE,
        Filetype.DIRECTORY,
        Filetype.SYMBOLIC_LINK,
    )


@pytest.mark.parametrize("size", [27, 30, 60, 100])
def test_a_small_buffer_gets_the_list_in_parts(guest: Calls, size: int) -> None:
    names, cookie = [], 0
    while found := listed(guest, cookie, size):
        names += [entry[0] for entry in found]
        cookie = found[-1][1]
    assert names == [".", "..", "a", "b", "c", "dir", "link", "\u00e4"][: len(names)]
    assert len(names) == 8 or size < DIRENT.size + 4


def test_a_buffer_is_filled_to_the_end_or_the_list_is_over(guest: Calls) -> None:
    guest("fd_readdir", ROOT, BUFFER, 60, 0, RESULT)
    assert guest.number() == 60
    for cookie in (8, 9, 1 << 40):
        guest("fd_readdir", ROOT, BUFFER, 60, cookie, RESULT)
        assert guest.number() == 0


def test_cookies_stay_good_until_the_list_begins_again(guest: Calls, tmp_path: Path) -> None:
    assert listed(guest, 0, 4096)[3][0] == "b"
    (tmp_path / "a").unlink()
    (tmp_path / "aa").write_bytes(b"")
    (tmp_path / "ab").write_bytes(b"")
    assert [entry[0] for entry in listed(guest, 4, 4096)] == ["c", "dir", "link", "\u00e4"]
    assert [entry[0] for entry in listed(guest, 0, 4096)][2:5] == ["aa", "ab", "b"]


def test_a_directory_that_the_guest_has_opened(guest: Calls, tmp_path: Path) -> None:
    (tmp_path / "dir/inner").write_bytes(b"")
    fd = guest.open("dir", OpenFlags.DIRECTORY)
    assert guest.fdstat(fd)[0] == Filetype.DIRECTORY
    assert [entry[0] for entry in listed(guest, 0, 500, fd)] == [".", "..", "inner"]
    assert guest("fd_readdir", 1, BUFFER, 10, 0, RESULT) is Errno.NOTDIR
    blind = guest.open("dir", rights=EVERY_RIGHT & ~Rights.FD_READDIR & ~Rights.FD_WRITE)
    assert guest("fd_readdir", blind, BUFFER, 10, 0, RESULT) is Errno.NOTCAPABLE
    assert guest("fd_prestat_get", fd, RESULT) is Errno.BADF


def test_what_can_be_done_with_files_alone(guest: Calls) -> None:
    fd = guest.open("dir")
    for call, arguments in (
        ("fd_seek", (0, 0, RESULT)),
        ("fd_tell", (RESULT,)),
        ("fd_allocate", (0, 1)),
        ("fd_filestat_set_size", (0,)),
        ("fd_advise", (0, 1, 0)),
    ):
        assert guest(call, fd, *arguments) is Errno.ISDIR
    for read in (lambda: guest.read(fd), lambda: guest.write(fd, b"x")):
        with pytest.raises(Refused, match="NOTCAPABLE"):
            read()


def test_preopened_names(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    dirs = {"/data": wasi.Dir(tmp_path / "x"), ".": wasi.Dir(tmp_path)}
    guest = Calls(dirs=dirs)
    for fd, name in ((3, b"/data"), (4, b".")):
        assert guest("fd_prestat_get", fd, RESULT) is Errno.SUCCESS
        assert guest.memory.read(RESULT, 8) == bytes(4) + len(name).to_bytes(4, "little")
        assert guest("fd_prestat_dir_name", fd, BUFFER, 100) is Errno.SUCCESS
        assert guest.memory.read(BUFFER, len(name)) == name
        assert guest("fd_prestat_dir_name", fd, BUFFER, len(name) - 1) is Errno.NAMETOOLONG
    assert guest("fd_prestat_get", 5, RESULT) is Errno.BADF


def test_rights_of_a_directory_for_reading_only(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"data")
    guest = Calls(tmp_path, read_only=True)
    fd = guest.open("f", rights=EVERY_RIGHT)
    assert guest.read(fd) == b"data"
    with pytest.raises(Refused, match="NOTCAPABLE"):
        guest.write(fd, b"x")
    for call, arguments in (
        ("path_create_directory", ("d",)),
        ("path_unlink_file", ("f",)),
        ("path_remove_directory", ("d",)),
        ("path_symlink", ("f", ROOT, "l")),
        ("path_link", (0, "f", ROOT, "l")),
        ("path_rename", ("f", ROOT, "l")),
        ("path_filestat_set_times", (0, "f", 0, 0, 4)),
        ("fd_filestat_set_times", (0, 0, 4)),
    ):
        given = arguments if call == "path_symlink" else (ROOT, *arguments)
        assert guest(call, *given) is Errno.NOTCAPABLE
    for flags in (OpenFlags.CREAT, OpenFlags.TRUNC):
        with pytest.raises(Refused, match="NOTCAPABLE"):
            guest.open("f", flags)
    assert guest("fd_filestat_set_size", fd, 0) is Errno.NOTCAPABLE
    assert (tmp_path / "f").read_bytes() == b"data"


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        preopen("/", wasi.Dir(tmp_path / "missing"))
    (tmp_path / "f").write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        wasi.Wasi(dirs={"/": wasi.Dir(tmp_path / "f")})


def test_closing_the_system_closes_what_is_open(tmp_path: Path) -> None:
    before = host_descriptors()
    guest = Calls(tmp_path)
    with guest.system:
        guest.create("f")
        assert host_descriptors() == before + 2
    assert host_descriptors() == before
    assert guest("fd_close", ROOT) is Errno.BADF
