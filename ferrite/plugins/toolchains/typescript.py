"""TypeScript: an npm project of AssemblyScript with the package @ferrite/plugin-sdk.

Rule: the compiler is what package.json names, from the project's own node_modules; where that is
missing, npm brings it, once. The program that runs it, ferrite-asc, is this SDK's.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ferrite.plugins.manifest import Manifest
from ferrite.plugins.toolchains.sdk import sdk_folder
from ferrite.plugins.toolchains.toolchain import BuildError, find_program, run

PACKAGE = "@ferrite/plugin-sdk"
PROJECT_FILE = "package.json"
COMPILER = "assemblyscript"
HINT = "install Node.js 20 or newer, which brings npm (https://nodejs.org)"


class TypeScript:
    """A folder whose package.json depends on the SDK; src/index.ts is the plugin."""

    language = "ts"

    def recognises(self, folder: Path) -> bool:
        """An npm project that names the SDK."""
        try:
            project = json.loads((folder / PROJECT_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        tables = ("dependencies", "devDependencies", "peerDependencies")
        return isinstance(project, dict) and any(
            PACKAGE in table for name in tables if isinstance(table := project.get(name), dict)
        )

    def compile(self, folder: Path, manifest: Manifest | None, manifest_text: str) -> bytes:  # noqa: ARG002
        """The module; its manifest is that of the decorators, where there is no plugin.toml.
        Raises BuildError."""
        node = find_program("node", HINT)
        _install(folder)
        driver = sdk_folder(self.language) / "bin" / "ferrite-asc.mjs"
        with tempfile.TemporaryDirectory(prefix="ferrite-ts-") as place:
            target = Path(place) / "plugin.wasm"
            run([node, str(driver), "--output", str(target)], folder, {})
            try:
                return target.read_bytes()
            except OSError as error:
                raise BuildError(f"{folder}: ferrite-asc has built no module") from error

    def unit_tests(self, folder: Path) -> tuple[Sequence[str], Mapping[str, str]] | None:
        """Node's own test runner, for test/*.test.mjs; None without them. Raises BuildError."""
        tests = sorted((folder / "test").glob("*.test.mjs"))
        if not tests:
            return None
        node = find_program("node", HINT)
        _install(folder)
        return [node, "--test", *(str(path.relative_to(folder)) for path in tests)], {}


def _install(folder: Path) -> None:
    """Have npm bring what package.json names, where the compiler is in no node_modules."""
    places = (folder.resolve(), *folder.resolve().parents)
    if any((place / "node_modules" / COMPILER).is_dir() for place in places):
        return
    npm = find_program("npm", HINT)
    try:
        run([npm, "install", "--no-audit", "--no-fund"], folder, {})
    except BuildError as error:
        raise BuildError(
            f"{error}: {COMPILER} comes from the npm registry, which has to be in reach once"
        ) from error
