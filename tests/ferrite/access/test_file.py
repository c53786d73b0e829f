"""The ACL file on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.access.file import read_acl_file, write_acl_file
from ferrite.access.users import AclFileError


def test_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "users.acl"
    write_acl_file(path, b"old")
    write_acl_file(path, b"new\xff")
    assert read_acl_file(path) == b"new\xff"
    assert list(tmp_path.iterdir()) == [path]


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(AclFileError, match=r"Error loading ACLs, opening file '.*': No such file"):
        read_acl_file(tmp_path / "none")


def test_a_failed_write_leaves_the_old(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        write_acl_file(path, b"new")
    assert list(tmp_path.iterdir()) == [path]
