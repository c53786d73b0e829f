"""A plugin's folders through a real socket: what filesystem rights with paths open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrite.plugins import encoder
from ferrite.plugins.manifest import SECTION_NAME
from tests.support.plugin_guests import imports, manifest
from tests.support.plugin_replies import refusal
from tests.support.plugin_server import Client, plugin_server
from tests.support.wat import assemble

ERRNO_MFILE, ERRNO_NOENT, ERRNO_NOTCAPABLE = 33, 44, 76
READING, WRITING = 1 << 1, 1 << 6
GUEST = f"""
(import "wasi_snapshot_preview1" "path_open"
  (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "fd_read"
  (func $fd_read (param i32 i32 i32 i32) (result i32)))
{imports("arg_read", "reply_int", "reply_bulk")}
(memory (export "memory") 1)
(data (i32.const 208) "\\2c\\01\\00\\00\\64\\00\\00\\00")
(func $open (param $create i32) (param $rights i64) (result i32)
  (call $path_open (i32.const 3) (i32.const 0) (i32.const 100)
    (call $arg_read (i32.const 0) (i32.const 100) (i32.const 90))
    (local.get $create) (local.get $rights) (i64.const 0) (i32.const 0) (i32.const 200)))
(func (export "t_read") (result i32) (local $errno i32)
  (local.set $errno (call $open (i32.const 0) (i64.const {READING})))
  (if (local.get $errno)
    (then (return (call $reply_int (i64.extend_i32_u (local.get $errno))))))
  (drop (call $fd_read (i32.load (i32.const 200)) (i32.const 208) (i32.const 1) (i32.const 216)))
  (call $reply_bulk (i32.const 300) (i32.load (i32.const 216))))
(func (export "t_make") (result i32)
  (call $reply_int (i64.extend_i32_u (call $open (i32.const 1) (i64.const {WRITING})))))
"""


def plugin(*permissions: tuple[str, str]) -> bytes:
    text = manifest("T.READ", "T.MAKE", permissions=())
    for action, path in permissions:
        listed = f'paths = ["{path}"]\n' if path else ""
        text += f'[[permissions]]\nresource = "filesystem"\naction = "{action}"\n{listed}'
    return assemble(GUEST) + encoder.custom_section(SECTION_NAME, text.encode())


@pytest.fixture
def client() -> Iterator[Client]:
    with plugin_server() as server:
        yield server.client()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    (made / "file").write_text("inside")
    (tmp_path / "secret").write_text("outside")
    return made


def load(client: Client, tmp_path: Path, *permissions: tuple[str, str], grant: str = "") -> object:
    path = tmp_path / "p.wasm"
    path.write_bytes(plugin(*permissions))
    return client.ask("PLUGIN.LOAD", "p", str(path), *(["GRANT", grant] if grant else []))


def test_a_folder_is_read_and_not_written(client: Client, folder: Path, tmp_path: Path) -> None:
    assert load(client, tmp_path, ("read", str(folder))) == "OK"
    assert client.ask("T.READ", "file") == b"inside"
    assert client.ask("T.READ", "../secret") == ERRNO_NOTCAPABLE
    assert client.ask("T.READ", "none") == ERRNO_NOENT
    assert client.ask("T.MAKE", "new") != 0
    assert not (folder / "new").exists()


def test_a_folder_is_written(client: Client, folder: Path, tmp_path: Path) -> None:
    rights = (("read", str(folder)), ("write", str(folder)))
    assert load(client, tmp_path, *rights) == "OK"
    assert client.ask("T.MAKE", "new") == 0
    assert (folder / "new").exists()


def test_the_operator_grants_a_part(client: Client, folder: Path, tmp_path: Path) -> None:
    rights = (("read", str(tmp_path)),)
    granted = f"filesystem.read={folder}"
    assert load(client, tmp_path, *rights, grant=granted) == "OK"
    assert client.ask("T.READ", "data/file") != b"inside"


def test_a_folder_within_what_is_granted(client: Client, folder: Path, tmp_path: Path) -> None:
    granted = f"filesystem.read={tmp_path}"
    assert load(client, tmp_path, ("read", str(folder)), grant=granted) == "OK"
    assert client.ask("T.READ", "file") == b"inside"


def test_handles_of_limits_hold_for_open_files(
    client: Client, folder: Path, tmp_path: Path
) -> None:
    assert load(client, tmp_path, ("read", str(folder))) == "OK"
    assert client.ask("T.READ", "file") == b"inside"
    assert client.ask("PLUGIN.LIMITS", "p", "HANDLES", "2") == "OK"
    assert client.ask("T.READ", "file") == b"inside", "the instance that runs obeys from now on"
    assert client.ask("T.READ", "file") == ERRNO_MFILE
    assert client.ask("PLUGIN.LIMITS", "p", "HANDLES", "3") == "OK"
    assert client.ask("T.READ", "file") == b"inside"
    assert client.ask("T.READ", "file") == ERRNO_MFILE


@pytest.mark.parametrize(
    ("permission", "reason"),
    [
        (("read", ""), "filesystem.read needs paths"),
        (("read", "relative"), "must be an absolute path without '..'"),
        (("read", "/x/../y"), "must be an absolute path without '..'"),
        (("write", "/tmp"), "filesystem.write of /tmp needs filesystem.read of it"),
        (("read", "/no/such/folder"), "the folder /no/such/folder, which it may use: No such file"),
    ],
)
def test_what_cannot_be_given_is_refused(
    client: Client, tmp_path: Path, permission: tuple[str, str], reason: str
) -> None:
    assert reason in refusal(load(client, tmp_path, permission))
