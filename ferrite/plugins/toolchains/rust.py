"""Rust: a Cargo project with a cdylib, compiled for WASI by a compiler that has its library.

Rule: cargo and rustc are taken from one folder, for each understands its own release only. Several
may be installed, and often the first on PATH is the one without a WebAssembly library; the first
that has it is taken. Nothing is fetched here: cargo does that for what a project itself asks for.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ferrite.plugins.manifest import Manifest
from ferrite.plugins.toolchains.toolchain import BuildError, run

PROJECT_FILE = "Cargo.toml"
TARGETS = ("wasm32-wasip1", "wasm32-wasi")
"""One target: the newer name is Rust 1.78's, and the older one went with 1.84."""
USUAL_FOLDERS = ("/usr/bin", "/usr/local/bin", "~/.cargo/bin")
MISSING = (
    "no Rust compiler with the target wasm32-wasi is installed: on Debian and Ubuntu the packages "
    "rustc, cargo, libstd-rust-dev-wasm32 and lld; with rustup `rustup target add wasm32-wasip1`"
)


@dataclass(frozen=True, slots=True)
class Compiler:
    """A cargo, and the rustc beside it."""

    folder: Path
    target: str
    """The name of its WASI target; empty where it has none."""

    @property
    def cargo(self) -> str:
        """The program to run."""
        return str(self.folder / "cargo")

    @property
    def environment(self) -> dict[str, str]:
        """What makes cargo take this rustc and no other."""
        path = os.pathsep.join([str(self.folder), *os.get_exec_path()])
        return {"RUSTC": str(self.folder / "rustc"), "PATH": path}


class Rust:
    """A folder with a Cargo.toml."""

    language = "rust"

    def recognises(self, folder: Path) -> bool:
        """Its Cargo.toml says so."""
        return (folder / PROJECT_FILE).is_file()

    def compile(self, folder: Path, manifest: Manifest | None, manifest_text: str) -> bytes:  # noqa: ARG002
        """The project's cdylib, with the profile `release`. Raises BuildError."""
        compiler = next((each for each in _compilers(folder) if each.target), None)
        if compiler is None:
            raise BuildError(MISSING)
        module = _module_path(compiler, folder)
        command = [compiler.cargo, "build", "--release", "--lib", "--target", compiler.target]
        run(command, folder, compiler.environment)
        try:
            return module.read_bytes()
        except OSError as error:
            raise BuildError(f"{module}: {error.strerror}") from error

    def unit_tests(self, folder: Path) -> tuple[Sequence[str], Mapping[str, str]] | None:
        """`cargo test`, on the machine itself. Raises BuildError where there is no cargo."""
        found = list(_compilers(folder))
        if not found:
            raise BuildError(MISSING)
        compiler = next((each for each in found if each.target), found[0])
        return [compiler.cargo, "test"], compiler.environment


def _compilers(folder: Path) -> Iterator[Compiler]:
    """All that are installed, in the order of PATH; a project may choose among rustup's."""
    usual = (os.path.expanduser(place) for place in USUAL_FOLDERS)
    for place in dict.fromkeys((*os.get_exec_path(), *usual)):
        programs = [Path(place, name) for name in ("cargo", "rustc")]
        if all(os.access(program, os.X_OK) for program in programs):
            yield Compiler(Path(place), _target(programs[1], folder))


def _target(rustc: Path, folder: Path) -> str:
    """The name of a compiler's WASI target; empty where it has none, or does not run at all."""
    try:
        done = subprocess.run(
            [rustc, "--print", "sysroot"], cwd=folder, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    libraries = Path(done.stdout.strip(), "lib", "rustlib")
    for target in TARGETS:
        if any((libraries / target / "lib").glob("libstd-*.rlib")):
            return target
    return ""


def _module_path(compiler: Compiler, folder: Path) -> Path:
    """Where cargo will put the module. Raises BuildError for a project that makes none."""
    command = [compiler.cargo, "metadata", "--format-version", "1", "--no-deps"]
    environment = {**os.environ, **compiler.environment}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=True
        )
    except subprocess.CalledProcessError as error:
        raise BuildError(error.stderr.strip().removeprefix("error: ")) from error
    metadata: dict[str, Any] = json.loads(done.stdout)
    project = (folder / PROJECT_FILE).resolve()
    names = [
        target["name"].replace("-", "_")
        for package in metadata["packages"]
        if Path(package["manifest_path"]).resolve() == project
        for target in package["targets"]
        if "cdylib" in target["crate_types"]
    ]
    if not names:
        wanted = '[lib] with crate-type = ["cdylib"]'
        raise BuildError(f"{folder / PROJECT_FILE}: a plugin needs {wanted}")
    return Path(metadata["target_directory"], compiler.target, "release", f"{names[0]}.wasm")
