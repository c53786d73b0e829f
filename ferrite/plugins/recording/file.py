"""The file of a recording: a mark with the format's version, then frames with their checksums.

Rule: a frame is its length, the CRC-32 of that, the CRC-32 of its bytes, 4 bytes each, and its
bytes. The last CRC-32 goes on from that of the frame before, so none can be missing in between; the
other tells a damaged length from a file that is cut off. Frames are written once and in order:
after a crash the file ends within a frame at the worst, and everything before it can be read.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ferrite.plugins.recording.frames import Frame, Last, RecordError, from_bytes, to_bytes

MARK = b"\x89ferrite\r\n\x1a\n"
VERSION = 1
_VERSION = struct.Struct("<I")
_LENGTH = struct.Struct("<I")
_HEAD = struct.Struct("<III")
LAST_BYTES = 1_024
"""Room that is kept for the frame that says why nothing follows."""
SUFFIX = ".record"


def _head(length: int, checksum: int) -> bytes:
    """What stands before a frame of so many bytes."""
    return _HEAD.pack(length, zlib.crc32(_LENGTH.pack(length)), checksum)


class RecordingFull(RecordError):
    """A frame would make the file larger than it may be; it was not written."""


class RecordingWriter:
    """A recording that is written."""

    def __init__(self, path: Path, bytes_max: int) -> None:
        """Make the file, readable by its owner alone. Raises RecordError."""
        self.path = path
        self.bytes_written = 0
        self._most = bytes_max
        self._checksum = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = os.fdopen(
                os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb"
            )
        except OSError as error:
            raise RecordError(f"{path}: {error.strerror}") from error
        self._put(MARK + _VERSION.pack(VERSION))

    def write(self, frame: Frame) -> None:
        """Append a frame. Raises RecordError, RecordingFull where there is no room for it."""
        data = to_bytes(frame)
        room = 0 if isinstance(frame, Last) else LAST_BYTES
        if self.bytes_written + _HEAD.size + len(data) + room > self._most:
            raise RecordingFull(f"{self.path}: a recording may have {self._most} bytes")
        self._checksum = zlib.crc32(data, self._checksum)
        self._put(_head(len(data), self._checksum) + data)

    def _put(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise RecordError(f"{self.path}: {error.strerror}") from error
        self.bytes_written += len(data)

    def flush(self) -> None:
        """Hand everything to the system. Raises RecordError."""
        try:
            self._file.flush()
        except OSError as error:
            raise RecordError(f"{self.path}: {error.strerror}") from error

    def close(self) -> None:
        """Write no more. Raises RecordError."""
        try:
            self._file.close()
        except OSError as error:
            raise RecordError(f"{self.path}: {error.strerror}") from error


class RecordingReader:
    """A recording that is read, once, from its beginning."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cut = ""
        """Where the file ends within a frame; "" where it does not, as far as it was read."""

    def frames(self) -> Iterator[Frame]:
        """The frames in order. Raises RecordError that names the file, the frame and its byte."""
        try:
            with self.path.open("rb") as file:
                yield from self._frames(file, os.fstat(file.fileno()).st_size)
        except OSError as error:
            raise RecordError(f"{self.path}: {error.strerror}") from error

    def _frames(self, file: BinaryIO, size: int) -> Iterator[Frame]:
        if file.read(len(MARK)) != MARK:
            raise RecordError(f"{self.path}: is no recording")
        version = file.read(_VERSION.size)
        if len(version) < _VERSION.size:
            raise RecordError(f"{self.path}: ends within its first line")
        (found,) = _VERSION.unpack(version)
        if found != VERSION:
            what = f"is of format {found}; this program reads format {VERSION}"
            raise RecordError(f"{self.path}: {what}")
        checksum = number = 0
        while head := file.read(_HEAD.size):
            number += 1
            start = file.tell() - len(head)
            where = f"frame {number} at byte {start}"
            if len(head) < _HEAD.size:
                self.cut = where
                return
            length, _, expected = _HEAD.unpack(head)
            whole = head == _head(length, expected)
            if whole and start + _HEAD.size + length > size:
                self.cut = where
                return
            data = file.read(length) if whole else b""
            checksum = zlib.crc32(data, checksum)
            if not whole or checksum != expected:
                raise RecordError(f"{self.path}: {where}: its checksum does not match")
            try:
                frame = from_bytes(data)
            except RecordError as error:
                raise RecordError(f"{self.path}: {where}: {error}") from error
            yield frame
