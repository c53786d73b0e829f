"""The folder of compiled code: what is found again, and what is never trusted."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import wasm_vm
from tests.support import wat
from tests.support.binaries import PREAMBLE
from wasm_vm.compiler import cache
from wasm_vm.compiler.cache import CodeCache, default_folder, key_of

EMPTY = wasm_vm.load(PREAMBLE)
OTHER = wat.load("(func)")
FUNCTIONS = {0: b"one", 7: b"seven"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "caches"


@pytest.fixture
def stored(folder: Path) -> Path:
    """The file of the empty module."""
    CodeCache(folder).save(EMPTY, FUNCTIONS)
    return folder / "code" / f"{key_of(EMPTY)}"


@contextmanager
def ignored(caplog: pytest.LogCaptureFixture, path: Path, why: str) -> Iterator[None]:
    """One warning, which names the path and says why."""
    caplog.clear()
    with caplog.at_level(logging.WARNING, "wasm_vm"):
        yield
    (message,) = [record.getMessage() for record in caplog.records]
    assert message.startswith(f"code cache: {path}")
    assert why in message


def test_what_was_saved_is_found_again(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert CodeCache(folder).load(EMPTY) == {}
    CodeCache(folder).save(EMPTY, FUNCTIONS)
    assert CodeCache(folder).load(EMPTY) == FUNCTIONS
    assert CodeCache(folder).load(OTHER) == {}
    CodeCache(folder).save(EMPTY, {1: b"x"})
    assert CodeCache(folder).load(EMPTY) == {1: b"x"}
    assert not caplog.records


def test_folder_and_files_are_closed_to_others(stored: Path) -> None:
    assert stored.parent.stat().st_mode & 0o777 == 0o700
    assert stored.stat().st_mode & 0o777 == 0o600


def test_the_key_is_of_module_level_cost_model_python_and_compiler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = key_of(EMPTY)
    assert before == key_of(wasm_vm.load(PREAMBLE))
    keys = {before, key_of(OTHER), key_of(wasm_vm.load(PREAMBLE, features=wasm_vm.Features.V1))}
    monkeypatch.setattr(cache, "COST_MODEL", 99)
    keys.add(key_of(EMPTY))
    monkeypatch.setattr(cache.sys, "hexversion", 1)
    keys.add(key_of(EMPTY))
    monkeypatch.setattr(cache, "compiler_version", lambda: "other")
    keys.add(key_of(EMPTY))
    assert len(keys) == 6


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no file of this cache"),
        (b"something else", "no file of this cache"),
        (cache.MAGIC + bytes(32) + b"x", "checksum"),
    ],
)
def test_a_file_that_is_not_ours_is_ignored(
    content: bytes, why: str, folder: Path, stored: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stored.write_bytes(content)
    with ignored(caplog, stored, why):
        assert CodeCache(folder).load(EMPTY) == {}


@pytest.mark.parametrize("cut", [1, 20, 45, 60])
def test_a_damaged_file_is_ignored(
    cut: int, folder: Path, stored: Path, caplog: pytest.LogCaptureFixture
) -> None:
    content = bytearray(stored.read_bytes())
    content[-cut] ^= 1
    stored.write_bytes(content)
    with ignored(caplog, stored, "checksum" if cut < 60 else ""):
        assert CodeCache(folder).load(EMPTY) == {}
    stored.write_bytes(content[:-cut])
    with ignored(caplog, stored, ""):
        assert CodeCache(folder).load(EMPTY) == {}


def test_a_file_that_others_may_write_is_ignored(
    folder: Path, stored: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stored.chmod(0o620)
    with ignored(caplog, stored, "others may use it (mode 620)"):
        assert CodeCache(folder).load(EMPTY) == {}


def test_a_folder_that_others_may_enter_is_ignored(
    folder: Path, stored: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stored.parent.chmod(0o755)
    for use in (CodeCache(folder).load, lambda module: CodeCache(folder).save(module, FUNCTIONS)):
        with ignored(caplog, stored, "others may use it (mode 755)"):
            assert not use(EMPTY)


def test_what_belongs_to_another_user_is_ignored(
    folder: Path, stored: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with ignored(caplog, stored, "another user"):
        assert CodeCache(folder).load(EMPTY) == {}


def test_symbolic_links_are_not_followed(
    folder: Path, stored: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = tmp_path / "elsewhere"
    stored.rename(elsewhere)
    stored.symlink_to(elsewhere)
    with ignored(caplog, stored, "symbolic"):
        assert CodeCache(folder).load(EMPTY) == {}
    stored.unlink()
    stored.parent.rename(tmp_path / "moved")
    stored.parent.symlink_to(tmp_path / "moved")
    with ignored(caplog, stored, ""):
        assert CodeCache(folder).load(EMPTY) == {}


def test_a_folder_that_cannot_be_made_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    path = blocked / "code" / f"{key_of(EMPTY)}"
    with ignored(caplog, path, "cannot be used"):
        CodeCache(blocked).save(EMPTY, FUNCTIONS)


def test_the_oldest_files_go_when_there_are_too_many_bytes(folder: Path) -> None:
    content = {0: bytes(1000)}
    modules = [wat.load("(func)" * count) for count in range(1, 5)]
    limited = CodeCache(folder, bytes_most=3500)
    for age, module in enumerate(modules[:3]):
        limited.save(module, content)
        path = folder / "code" / f"{key_of(module)}"
        os.utime(path, (1_000_000 + age, 1_000_000 + age))
    assert limited.load(modules[0])  # which makes it the youngest
    limited.save(modules[3], content)
    assert [bool(limited.load(module)) for module in modules] == [True, False, True, True]
    limited.save(EMPTY, {0: bytes(4000)})
    assert limited.load(EMPTY) == {}


def test_nothing_unfinished_is_left(stored: Path) -> None:
    assert list(stored.parent.iterdir()) == [stored]


def test_where_the_folder_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FERRITE_CACHE_DIR", str(tmp_path / "a"))
    assert default_folder() == tmp_path / "a"
    monkeypatch.delenv("FERRITE_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "b"))
    assert default_folder() == tmp_path / "b" / "ferrite"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "c"))
    assert default_folder() == tmp_path / "c" / ".cache" / "ferrite"


def test_a_valid_module_is_known_by_bytes_level_and_limits(folder: Path) -> None:
    limits = wasm_vm.Limits()
    found = CodeCache(folder)
    assert not found.is_valid(PREAMBLE, wasm_vm.Features.V3, limits)
    found.note_valid(EMPTY.module)
    assert found.is_valid(PREAMBLE, wasm_vm.Features.V3, limits)
    assert found.is_valid(PREAMBLE, wasm_vm.Features.V3, wasm_vm.Limits(fuel=5))
    assert not found.is_valid(PREAMBLE + b"\0\1\0", wasm_vm.Features.V3, limits)
    assert not found.is_valid(PREAMBLE, wasm_vm.Features.V1, limits)
    assert not found.is_valid(PREAMBLE, wasm_vm.Features.V3, wasm_vm.Limits(locals=3))


def test_a_folder_that_cannot_be_used_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    found = CodeCache(blocked)
    for _ in range(3):
        found.save(EMPTY, FUNCTIONS)
        assert found.load(EMPTY) == {}
    assert len(caplog.records) == 1
