"""Real programs by real compilers: the same output, files and exit code as under wasmtime."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

import wasi
import wasm_vm
from tests.support.require import require
from tests.support.wasi_toolchains import COMPILERS, build

INPUT = '{"title": "J\u00f6rg", "numbers": [3.5, -2, 1e3, 0.125, 17, -0.0, 3.25e-2, 42]}'
STDIN = b"first line\nsecond\n"
GUEST = {"clang": "/data", "zig": "/data", "rust": "/data", "go": "/data", "assemblyscript": "/"}


class Found(NamedTuple):
    """What a run has come to."""

    code: int
    stdout: str
    stderr: str
    files: dict[str, bytes | str]


def folder_of(parent: Path, name: str) -> Path:
    """A folder as every run finds it."""
    folder = parent / name
    (folder / "sub").mkdir(parents=True)
    (folder / "input.json").write_text(INPUT, "utf-8")
    (folder / "remove.me").write_bytes(b"")
    (folder / "sub/b").write_bytes(b"12")
    return folder


def files_in(folder: Path) -> dict[str, bytes | str]:
    """Files with their content, and links with their text."""
    found: dict[str, bytes | str] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = str(path.readlink())
        elif path.is_file():
            found[name] = path.read_bytes()
    return found


def ours(binary: bytes, folder: Path, guest: str, engine: wasm_vm.Engine) -> Found:
    with wasi.Wasi(
        args=["program", "one", "two words"],
        env={"HOME": "/data"},
        dirs={guest: wasi.Dir(folder)},
        stdin=STDIN,
        policy=wasi.Policy(permitted=frozenset({"clock", "random"})),
    ) as host:
        instance = wasm_vm.instantiate(wasm_vm.load(binary), host.imports(), engine=engine)
        code = host.start(instance)
    return Found(code, host.stdout.decode(), host.stderr.decode(), files_in(folder))


def wasmtimes(binary: bytes, folder: Path, guest: str, parent: Path) -> Found:
    require("wasmtime")
    import wasmtime

    config = wasmtime.WasiConfig()
    config.argv = ["program", "one", "two words"]
    config.env = [("HOME", "/data")]
    config.preopen_dir(str(folder), guest)
    (parent / "stdin").write_bytes(STDIN)
    config.stdin_file = str(parent / "stdin")
    config.stdout_file = str(parent / "stdout")
    config.stderr_file = str(parent / "stderr")
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    store.set_wasi(config)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    instance = linker.instantiate(store, wasmtime.Module(engine, binary))
    code = 0
    try:
        instance.exports(store)["_start"](store)
    except wasmtime.ExitTrap as exit_:
        code = exit_.code
    del store
    out, err = ((parent / name).read_text("utf-8") for name in ("stdout", "stderr"))
    return Found(code, out, err, files_in(folder))


@pytest.mark.parametrize("compiler", COMPILERS)
def test_the_same_as_under_wasmtime(compiler: str, tmp_path: Path) -> None:
    binary = build(compiler)
    guest = GUEST[compiler]
    expected = wasmtimes(binary, folder_of(tmp_path, "theirs"), guest, tmp_path)
    assert expected.code == 8
    assert "second" in expected.stdout
    for engine in wasm_vm.Engine:
        assert ours(binary, folder_of(tmp_path, engine.value), guest, engine) == expected


@pytest.mark.parametrize("engine", wasm_vm.Engine)
def test_without_permissions_a_run_is_repeatable(engine: wasm_vm.Engine, tmp_path: Path) -> None:
    """Time that stands still but for what is slept, seeded bytes, sorted folders: to the unit."""
    binary, runs = build("clang"), []
    for name in ("first", "second"):
        host = wasi.Wasi(dirs={"/data": wasi.Dir(folder_of(tmp_path, name))}, stdin=STDIN)
        with host:
            instance = wasm_vm.instantiate(wasm_vm.load(binary), host.imports(), engine=engine)
            code = host.start(instance)
        runs.append((code, host.stdout, instance.fuel.used, list(host.events)))
    assert runs[0] == runs[1]
    assert b"slept enough, year before" in runs[0][1]
