"""The file: a readable prefix after a crash, an error for any other damage."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.plugins.recording.file import (
    LAST_BYTES,
    MARK,
    RecordingFull,
    RecordingReader,
    RecordingWriter,
)
from ferrite.plugins.recording.frames import Call, End, Frame, Last, RecordError, to_bytes
from tests.ferrite.plugins.recording.test_frames import EXAMPLES

BYTES_MAX = 100_000


def write(path: Path, frames: list[Frame]) -> bytes:
    writer = RecordingWriter(path, BYTES_MAX)
    for frame in frames:
        writer.write(frame)
    writer.close()
    assert writer.bytes_written == path.stat().st_size
    return path.read_bytes()


def read(path: Path) -> tuple[list[Frame], str]:
    reader = RecordingReader(path)
    return list(reader.frames()), reader.cut


def test_frames_come_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.record"
    write(path, EXAMPLES * 3)
    assert read(path) == (EXAMPLES * 3, "")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_cut_off_is_read_up_to_there(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.record", EXAMPLES)
    path = tmp_path / "b.record"
    lengths = set()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        if size < len(MARK) + 4:
            with pytest.raises(RecordError, match=r"is no recording|ends within its first line"):
                read(path)
            continue
        frames, cut = read(path)
        assert frames == EXAMPLES[: len(frames)]
        assert cut or len(whole[:size]) == size
        lengths.add(len(frames))
    assert lengths == set(range(len(EXAMPLES)))


def test_any_other_damage_is_an_error(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.record", EXAMPLES)
    path = tmp_path / "b.record"
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 0x10
        path.write_bytes(damaged)
        with pytest.raises(RecordError) as caught:
            read(path)
        assert str(caught.value).startswith(f"{path}: ")


def test_frames_that_are_left_out_are_missed(tmp_path: Path) -> None:
    start = len(MARK) + 4
    one = write(tmp_path / "a.record", EXAMPLES[:1])
    two = write(tmp_path / "b.record", EXAMPLES[:2])
    path = tmp_path / "c.record"
    path.write_bytes(one[:start] + two[len(one) :])
    with pytest.raises(RecordError, match=f"frame 1 at byte {start}: its checksum does not match"):
        read(path)


def test_other_files_and_formats(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with pytest.raises(RecordError, match="No such file"):
        read(path)
    path.write_bytes(b"something else altogether")
    with pytest.raises(RecordError, match="is no recording"):
        read(path)
    path.write_bytes(MARK + b"\x09\0\0\0")
    with pytest.raises(RecordError, match="is of format 9; this program reads format 1"):
        read(path)
    with pytest.raises(RecordError, match="Is a directory"):
        read(tmp_path)


def test_it_does_not_grow_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "a.record"
    writer = RecordingWriter(path, 3_000)
    call = next(frame for frame in EXAMPLES if isinstance(frame, Call))
    while writer.bytes_written + len(to_bytes(call)) + LAST_BYTES + 12 <= 3_000:
        writer.write(call)
    with pytest.raises(RecordingFull, match="may have 3000 bytes"):
        writer.write(call)
    writer.write(Last("full"))
    writer.close()
    frames, cut = read(path)
    assert (frames[-1], cut) == (Last("full"), "")
    assert path.stat().st_size <= 3_000


def test_what_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "a.record"
    path.write_bytes(b"")
    with pytest.raises(RecordError, match="File exists"):
        RecordingWriter(path, BYTES_MAX)
    with pytest.raises(RecordError, match=r"File exists|Not a directory"):
        RecordingWriter(path / "b", BYTES_MAX)


def test_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.record"
    path.symlink_to("/dev/full")
    with pytest.raises(RecordError, match="File exists"):
        RecordingWriter(path, BYTES_MAX)
    writer = RecordingWriter(tmp_path / "b.record", BYTES_MAX)
    writer._file = open("/dev/full", "wb")  # noqa: SIM115
    end = next(frame for frame in EXAMPLES if isinstance(frame, End))
    writer.write(end)
    with pytest.raises(RecordError, match="No space left"):
        writer.flush()
    with pytest.raises(RecordError, match="No space left"):
        writer.close()
