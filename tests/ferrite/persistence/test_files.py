from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrite.persistence.files import Disk, File, replace


class RecordingDisk(Disk):
    """Notes in which order things reach the disk."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def create(self, path: str) -> File:
        self.steps.append("create")
        file, steps = super().create(path), self.steps

        class Recorded:
            def write(self, data: bytes) -> None:
                steps.append("write")
                file.write(data)

            def sync(self) -> None:
                steps.append("sync")
                file.sync()

            def close(self) -> None:
                steps.append("close")
                file.close()

        return Recorded()

    def rename(self, source: str, target: str) -> None:
        self.steps.append("rename")
        super().rename(source, target)

    def sync_directory(self, path: str) -> None:
        self.steps.append("sync directory")
        super().sync_directory(path)


def test_the_order_in_which_a_file_is_replaced(tmp_path: Path) -> None:
    disk = RecordingDisk()
    replace(disk, str(tmp_path), "dump.rdb", [b"a", b"b"])
    assert disk.steps == ["create", "write", "write", "sync", "close", "rename", "sync directory"]
    assert disk.read(str(tmp_path / "dump.rdb")) == b"ab"
    assert os.listdir(tmp_path) == ["dump.rdb"]


def test_a_failure_leaves_the_old_file_alone(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"new"
        raise OSError(28, "No space left on device")

    (tmp_path / "dump.rdb").write_bytes(b"old")
    with pytest.raises(OSError, match="No space"):
        replace(Disk(), str(tmp_path), "dump.rdb", pieces())
    assert (tmp_path / "dump.rdb").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["dump.rdb"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert Disk().read(str(tmp_path / "none")) is None
