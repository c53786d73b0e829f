"""The project's own files, for tests that look at the source itself."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.waiting import SECONDS_MAX

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("wasm_vm", "wasi", "ferrite")
_PASSED_OVER = frozenset({"build", "dist", "node_modules", "target", "__pycache__"})


@cache
def files() -> tuple[Path, ...]:
    """Files that are or can become part of the repository, relative to its root."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            timeout=SECONDS_MAX,
        ).stdout.decode()
        found = {Path(name) for name in listed.split("\0") if name}
    else:
        found = {path.relative_to(ROOT) for path in ROOT.rglob("*") if not _hidden(path)}
    return tuple(sorted(path for path in found if (ROOT / path).is_file()))


def _hidden(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return any(part.startswith(".venv") or part in _PASSED_OVER for part in parts)


def python_files(*folders: str) -> Iterator[Path]:
    """Python files below some folders of the root, or all of them."""
    for path in files():
        if path.suffix == ".py" and (not folders or path.parts[0] in folders):
            yield path


def read(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")
