"""The store: written whole, read strictly."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from ferrite.plugin_options import PluginOptions
from ferrite.plugins.program import LoadError, ManifestText
from ferrite.plugins.sources import PluginSource, SourceFiles
from ferrite.plugins.store import FOLDER, STATE_FILE, Kept, KeptVersion, PluginStore, store_of

DIGEST = hashlib.sha256(b"module").hexdigest()


def kept(name: str = "a") -> Kept:
    files = SourceFiles(b"module", "/x.wasm", ManifestText("text", "m.toml"), {"a": {"b": 1}})
    version = KeptVersion.of(DIGEST, files, PluginSource.file("/x.wasm"), "m.toml")
    return Kept(name, True, False, "", ("storage.read",), {"fuel": 5}, version, None)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    store = PluginStore(tmp_path / "new")
    store.keep(DIGEST, b"module")
    store.save([kept("a"), kept("b")])
    assert store.load() == [kept("a"), kept("b")]
    files = store.load()[0].version.files(store.binary(DIGEST))
    assert files == SourceFiles(
        b"module", "/x.wasm", ManifestText("text", "m.toml"), {"a": {"b": 1}}
    )
    assert store.load()[0].version.source == PluginSource.file("/x.wasm")
    store.save([])
    assert not list((tmp_path / "new").glob("*.wasm")), "what nobody names is let go"


def test_without_a_folder_nothing_is_kept() -> None:
    store = PluginStore(None)
    store.keep(DIGEST, b"module")
    store.save([kept()])
    assert store.load() == []
    with pytest.raises(LoadError, match="nothing is kept"):
        store.binary(DIGEST)


def test_changed_bytes(tmp_path: Path) -> None:
    store = PluginStore(tmp_path)
    store.keep(DIGEST, b"module")
    (tmp_path / f"{DIGEST}.wasm").write_bytes(b"another")
    with pytest.raises(LoadError, match="its bytes have changed"):
        store.binary(DIGEST)
    with pytest.raises(LoadError, match="No such file"):
        store.binary("0" * 64)


@pytest.mark.parametrize("text", ["", "[]", '{"format": 2, "plugins": []}', '{"format": 1}'])
def test_a_damaged_state_file(tmp_path: Path, text: str) -> None:
    (tmp_path / STATE_FILE).write_text(text)
    with pytest.raises(LoadError, match=STATE_FILE):
        PluginStore(tmp_path).load()


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    store = PluginStore(tmp_path)
    store.save([kept()])
    before = (tmp_path / STATE_FILE).read_bytes()
    (tmp_path / f".{STATE_FILE}.{__import__('os').getpid()}").mkdir()
    with pytest.raises(OSError, match="directory"):
        store.save([])
    assert (tmp_path / STATE_FILE).read_bytes() == before
    assert json.loads(before)["format"] == 1


def test_which_folder(tmp_path: Path) -> None:
    assert store_of(PluginOptions(plugin_dir=str(tmp_path / "none"))).folder is None
    assert store_of(PluginOptions(plugin_dir=str(tmp_path))).folder == tmp_path / FOLDER
    own = str(tmp_path / "own")
    assert store_of(PluginOptions(plugin_dir=str(tmp_path), store_dir=own)).folder == Path(own)
