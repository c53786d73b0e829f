"""Where a plugin comes from, and in which order its manifest is looked for."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from ferrite.plugin_options import PluginOptions
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.program import LoadError
from ferrite.plugins.sources import PluginSource, read_source


def under(folder: Path) -> PluginOptions:
    return PluginOptions(plugin_dir=str(folder))


def test_base64() -> None:
    data = bytes(range(256))
    assert PluginSource.base64(base64.b64encode(data)).data == data
    assert PluginSource.base64(base64.encodebytes(data).decode()).data == data, "line ends are fine"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("AA@A", "BASE64: unexpected character at position 2"),
        (b"\xff", "BASE64: unexpected character at position 0"),
        ("AAA", "BASE64: Incorrect padding"),
    ],
)
def test_no_base64(text: str | bytes, message: str) -> None:
    with pytest.raises(LoadError) as caught:
        PluginSource.base64(text)
    assert str(caught.value) == message


def test_the_order_of_manifests(tmp_path: Path) -> None:
    (tmp_path / "m.wasm").write_bytes(b"module")
    for name in ("plugin.toml", "m.toml", "given.toml"):
        (tmp_path / name).write_text(f"# {name}")
    source = PluginSource.file("m.wasm")

    def found(manifest: Path | None = None) -> str | None:
        text = read_source(source, under(tmp_path), manifest).manifest
        return None if text is None else text.text

    assert found(Path("given.toml")) == "# given.toml"
    assert found() == "# plugin.toml"
    (tmp_path / "plugin.toml").unlink()
    assert found() == "# m.toml"
    (tmp_path / "m.toml").unlink()
    assert found() is None


def test_relative_paths_are_meant_under_the_plugin_folder(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "m.wasm").write_bytes(b"x")
    files = read_source(PluginSource.file("sub/m.wasm"), under(tmp_path), None)
    assert files.binary == b"x"
    assert files.name == str(tmp_path / "sub" / "m.wasm")
    absolute = read_source(
        PluginSource.file(tmp_path / "sub" / "m.wasm"), under(Path("/none")), None
    )
    assert absolute.binary == b"x"


def test_settings_beside_the_module(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "m.wasm").write_bytes(b"x")
    settings = tmp_path / "config" / "default.toml"
    settings.write_text('greeting = "hi"\n[limits]\nmost = 3')
    files = read_source(PluginSource.file("m.wasm"), under(tmp_path), None)
    assert files.settings == {"greeting": "hi", "limits": {"most": 3}}
    settings.write_text("greeting =")
    with pytest.raises(LoadError, match=r"default\.toml"):
        read_source(PluginSource.file("m.wasm"), under(tmp_path), None)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    def refusal(path: Path, manifest: Path | None = None) -> str:
        with pytest.raises(LoadError) as caught:
            read_source(PluginSource.file(path), under(tmp_path), manifest)
        return str(caught.value)

    assert refusal(Path("none.wasm")) == f"{tmp_path}/none.wasm: no such file"
    assert refusal(tmp_path) == f"{tmp_path}: is no file"
    assert refusal(Path("a\0b")).endswith("no such file")
    (tmp_path / "m.wasm").write_bytes(b"x")
    assert refusal(Path("m.wasm"), Path("m.toml")) == f"{tmp_path}/m.toml: no such file"
    (tmp_path / "m.toml").write_bytes(b"\xff")
    assert refusal(Path("m.wasm")) == f"{tmp_path}/m.toml: is no UTF-8 text (byte 0)"
    (tmp_path / "m.toml").write_bytes(b"#" * (LIMITS.manifest_bytes_max + 1))
    assert "has more than" in refusal(Path("m.wasm"))


def test_bytes_need_no_file(tmp_path: Path) -> None:
    files = read_source(PluginSource(data=b"x"), under(tmp_path), None)
    assert (files.binary, files.name, files.manifest) == (b"x", "BASE64", None)
