"""The source of Redis, of which the suite is a part: fetched once, checked, laid out for a run.

Rule: nothing of it is used that has another checksum than the pinned one. A run gets a folder of
its own that links to the suite, because the suite clears the folder it writes into.
"""

from __future__ import annotations

import hashlib
import io
import os
import shlex
import shutil
import sys
import tarfile
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "redis-suite"
VERSION = "7.0.15"
ADDRESS = f"http://deb.debian.org/debian/pool/main/r/redis/redis_{VERSION}.orig.tar.gz"
SHA256 = "4b1dc4ee6d622a09fff9c6777191209750fb5e5a725ef78ea012d6eef4c22982"
TOOLS = ("redis-cli", "redis-benchmark", "redis-check-aof", "redis-check-rdb")
_TIMEOUT_SECONDS = 120

_SHIM = """\
#!/bin/sh
# Stands for redis-server: the suite starts it as `redis-server FILE [--name value ...]`, and looks
# for messages where Redis writes them.
export PYTHONPATH={root}
exec 2>&1
case "$1" in
    -*) exec {python} -m ferrite "$@" ;;
    *) file=$1; shift; exec {python} -m ferrite --redis-conf "$file" "$@" ;;
esac
"""


class SourceError(Exception):
    """The source is not there and cannot be had, or is another."""


def archive_path(cache: Path = CACHE) -> Path:
    """Where the archive is kept."""
    return cache / f"redis-{VERSION}.tar.gz"


def fetch(archive: Path | None = None, cache: Path = CACHE) -> Path:
    """The unpacked source; downloads it, or reads `archive`, where it is not there yet.

    Raises SourceError.
    """
    unpacked = cache / f"redis-{VERSION}"
    if unpacked.exists():
        return unpacked
    kept = archive_path(cache)
    try:
        if archive is not None:
            data = archive.read_bytes()
        elif kept.exists():
            data = kept.read_bytes()
        else:
            with urlopen(ADDRESS, timeout=_TIMEOUT_SECONDS) as response:
                data = response.read()
    except OSError as error:
        raise SourceError(f"{archive or ADDRESS}: {error}") from error
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise SourceError(f"{archive or ADDRESS}: this is not Redis {VERSION} as pinned")
    cache.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(data)
    partial = cache / f"unpacking.{os.getpid()}"
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        tar.extractall(partial, filter="data")
    (partial / f"redis-{VERSION}").rename(unpacked)
    shutil.rmtree(partial)
    return unpacked


def lay_out(source: Path, folder: Path, server: str) -> None:
    """Make a folder in which `tclsh tests/test_helper.tcl` runs; `src/redis-server` in it is the
    real one, or starts ferrite. Raises SourceError when a program of Redis is not installed."""
    tests = folder / "tests"
    (tests / "tmp").mkdir(parents=True)
    for path in (source / "tests").iterdir():
        if path.name != "tmp":
            (tests / path.name).symlink_to(path)
    for name in ("redis.conf", "utils"):
        (folder / name).symlink_to(source / name)
    programs = folder / "src"
    programs.mkdir()
    for name in TOOLS:
        (programs / name).symlink_to(_installed(name))
    if server == "redis":
        (programs / "redis-server").symlink_to(_installed("redis-server"))
        return
    shim = programs / "redis-server"
    shim.write_text(_SHIM.format(root=shlex.quote(str(ROOT)), python=shlex.quote(sys.executable)))
    shim.chmod(0o755)


def _installed(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise SourceError(f"{name} is not installed; the suite needs Redis's own programs")
    return path
