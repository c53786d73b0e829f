"""Where the SDKs are: in the source tree, or where an installation has put them."""

from __future__ import annotations

import sysconfig
from pathlib import Path

from ferrite.plugins.toolchains.toolchain import BuildError

FOLDERS = {"c": "c", "rust": "rust", "go": "go", "ts": "typescript"}
"""The folder of sdk/ that belongs to a language."""


def sdk_folder(language: str) -> Path:
    """The SDK of a language. Raises BuildError when it is nowhere."""
    name = FOLDERS[language]
    places = (
        Path(__file__).resolve().parents[3] / "sdk" / name,
        Path(sysconfig.get_path("data")) / "share" / "ferrite" / "sdk" / name,
    )
    for place in places:
        if place.is_dir():
            return place
    raise BuildError(f"the SDK of {language} is in none of {', '.join(map(str, places))}")
