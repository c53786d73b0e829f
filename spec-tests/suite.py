"""The official suite: three releases, pinned by commit, counted, and found on this machine.

Rule: a release is read only when it is exactly the pinned one. `digest` covers the names and the
bytes of all scripts, so neither a moved tag nor a repacked archive can change what is measured.

An archive holds the scripts of `test/core` of github.com/WebAssembly/spec at the commit, as
`wg-<level>/<script>`. It is looked for in `../shared/spec` beside the checkout and in
`.cache/spec`, which `fetch.py` fills.
"""

from __future__ import annotations

import hashlib
import tarfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "spec"
PLACES = (ROOT.parent / "shared" / "spec", CACHE)


class SuiteError(Exception):
    """An archive is missing, or is not the pinned release."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release of the suite: where it comes from, and what must be in it.

    exec, validation, text: assertions by category, the denominators of every result.
    """

    level: str
    commit: str
    files: int
    bytes: int
    digest: str
    exec: int
    validation: int
    text: int

    @property
    def tag(self) -> str:
        """The release's tag, which is also the name of the folder in the archive."""
        return f"wg-{self.level}"

    @property
    def archive(self) -> str:
        """File name of the archive."""
        return f"{self.tag}.tar.xz"


RELEASES = {
    release.level: release
    for release in (
        Release(
            level="1.0",
            commit="977f97014c962f7bd1291fcc6d28b41a924882bf",
            files=73,
            bytes=2_602_507,
            digest="ab4e76d0c152fd597d2729d49ff6fb040f2cc2df843fd3e809dcca30e63bb7e7",
            exec=16_358,
            validation=1_650,
            text=430,
        ),
        Release(
            level="2.0",
            commit="fffc6e12fa454e475455a7b58d3b5dc343980c10",
            files=148,
            bytes=10_518_870,
            digest="da2f7d336f56544b71c13c201939220157c5193e062d6e61152199c78460b28b",
            exec=48_274,
            validation=2_865,
            text=1_091,
        ),
        Release(
            level="3.0",
            commit="9d36019973201a19f9c9ebb0f10828b2fe2374aa",
            files=258,
            bytes=11_750_993,
            digest="86a0f34869224bc12aa9071ed44b496f3102adb21ac974bd04a64309a2697fdf",
            exec=57_893,
            validation=3_420,
            text=1_229,
        ),
    )
}


def load(release: Release, places: tuple[Path, ...] = PLACES) -> dict[str, str]:
    """Return the texts of a release's scripts by name, in order; raises SuiteError."""
    problem = SuiteError(
        f"{release.archive} is not on this machine; get it by: python spec-tests/fetch.py"
    )
    for place in places:
        path = place / release.archive
        if not path.is_file():
            continue
        try:
            scripts = _read(path, f"{release.tag}/")
            verify(release, scripts, str(path))
        except SuiteError as error:
            problem = error
            continue
        return {name: scripts[name].decode() for name in sorted(scripts)}
    raise problem


def verify(release: Release, scripts: dict[str, bytes], source: str) -> None:
    """Raise SuiteError unless the scripts are exactly those of the pinned release."""
    size = sum(map(len, scripts.values()))
    if (len(scripts), size) != (release.files, release.bytes):
        raise SuiteError(
            f"{source} has {len(scripts)} scripts of {size:,} bytes, "
            f"{release.tag} has {release.files} of {release.bytes:,}"
        )
    if digest(scripts) != release.digest:
        raise SuiteError(f"{source} differs from {release.tag} at {release.commit[:12]}")


def digest(scripts: dict[str, bytes]) -> str:
    """Return the SHA-256 of the scripts' names and contents, in hexadecimal."""
    total = hashlib.sha256()
    for name in sorted(scripts):
        total.update(f"{name}\0{len(scripts[name])}\0".encode())
        total.update(scripts[name])
    return total.hexdigest()


def read_scripts(archive: tarfile.TarFile, folder: str) -> dict[str, bytes]:
    """Return the scripts under the first folder of that name in the archive's paths.

    They are read into memory and never unpacked, so their paths need not be trusted.
    """
    scripts = {}
    for member in archive:
        _, found, name = f"/{member.name}".partition(f"/{folder}")
        if found and member.isfile() and name.endswith(".wast"):
            content = archive.extractfile(member)
            if content is not None:
                scripts[name] = content.read()
    return scripts


def _read(path: Path, folder: str) -> dict[str, bytes]:
    try:
        with tarfile.open(path) as archive:
            return read_scripts(archive, folder)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise SuiteError(f"{path} cannot be read: {error}") from error
