"""Downloads the official suite at its pinned commits into .cache/spec.

    python spec-tests/fetch.py [--level 1.0|2.0|3.0 ...] [--archive FILE]

The commit's archive is some 10 MB; only the scripts of `test/core` are kept, 0.4 MB at most. They
are compared with the pinned counts and digest before anything is written. A release that is on this
machine already is left alone. `--archive` reads a commit's archive that was downloaded by other
means.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path
from urllib.request import urlopen

from suite import CACHE, RELEASES, Release, SuiteError, load, read_scripts, verify

ADDRESS = "https://github.com/WebAssembly/spec/archive/{commit}.tar.gz"
_TIMEOUT_SECONDS = 60


def fetch(release: Release, address: str, target: Path) -> Path:
    """Download a release into the folder `target` and return its archive; raises SuiteError."""
    try:
        with tempfile.TemporaryFile() as download:
            with urlopen(address, timeout=_TIMEOUT_SECONDS) as response:
                shutil.copyfileobj(response, download)
            download.seek(0)
            with tarfile.open(fileobj=download) as archive:
                scripts = read_scripts(archive, "test/core/")
    except (OSError, EOFError, tarfile.TarError) as error:
        raise SuiteError(f"{address}: {error}") from error
    verify(release, scripts, address)
    target.mkdir(parents=True, exist_ok=True)
    return _write(release, scripts, target / release.archive)


def _write(release: Release, scripts: dict[str, bytes], path: Path) -> Path:
    """Write an archive; it appears whole or not at all."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    with tarfile.open(partial, "w:xz") as archive:
        for name in sorted(scripts):
            member = tarfile.TarInfo(f"{release.tag}/{name}")
            member.size = len(scripts[name])
            archive.addfile(member, io.BytesIO(scripts[name]))
    return partial.replace(path)


def _is_here(release: Release) -> bool:
    try:
        load(release)
    except SuiteError:
        return False
    return True


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--level", action="append", choices=RELEASES, help="only this release")
    parser.add_argument("--archive", type=Path, help="read this archive of the commit")
    options = parser.parse_args(arguments)
    levels = options.level or list(RELEASES)
    if options.archive is not None and len(levels) != 1:
        parser.error("--archive holds one release: name it by --level")
    for level in levels:
        release = RELEASES[level]
        if options.archive is None and _is_here(release):
            print(f"{release.tag}: here, as pinned")
            continue
        address = ADDRESS.format(commit=release.commit)
        if options.archive is not None:
            address = options.archive.resolve().as_uri()
        print(f"{release.tag}: {address}", flush=True)
        try:
            path = fetch(release, address, CACHE)
        except SuiteError as error:
            print(f"fetch: {error}", file=sys.stderr)
            return 1
        print(f"{release.tag}: {release.files} scripts, as pinned -> {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
