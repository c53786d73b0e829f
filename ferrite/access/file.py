"""The ACL file on disk.

Rule: it is replaced whole, by renaming, so that a crash leaves the old or the new one.
"""

from __future__ import annotations

import os
from pathlib import Path

from ferrite.access.users import AclFileError

FILE_MODE = 0o644


def read_acl_file(path: Path) -> bytes:
    """The text of a file. Raises AclFileError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise AclFileError(
            f"Error loading ACLs, opening file '{path}': {error.strerror}"
        ) from error


def write_acl_file(path: Path, text: bytes) -> None:
    """Replace a file. Raises OSError, with the old file untouched."""
    temporary = path.with_name(f"{path.name}.tmp-{os.getpid()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        with open(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
