"""Signed plugins through a real socket, and the programs that sign."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ferrite.plugins.cli import main
from tests.support.plugin_guests import guest, manifest, module
from tests.support.plugin_replies import refusal
from tests.support.plugin_server import Client, plugin_server

RUN = guest("(i32.const 0)")


@contextmanager
def strict(folder: Path, *keys: str) -> Iterator[Client]:
    """A server that loads signed plugins only."""
    texts = [(folder / f"{key}.pub").read_text().strip() for key in keys]
    config = folder / "ferrite.toml"
    listed = ", ".join(f'"{text}"' for text in texts)
    config.write_text(f"[plugins.sandbox]\nverify_signatures = true\ntrusted_keys = [{listed}]\n")
    with plugin_server("--config", str(config)) as server:
        yield server.client()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        assert main(["keygen", str(tmp_path / name)]) == 0
    (tmp_path / "p.wasm").write_bytes(RUN)
    return tmp_path


@pytest.mark.parametrize("embedded", [False, True])
def test_only_what_a_trusted_key_has_signed_is_loaded(folder: Path, embedded: bool) -> None:
    path = folder / "p.wasm"
    with strict(folder, "one") as client:
        message = refusal(client.ask("PLUGIN.LOAD", "p", str(path)))
        assert "is not signed, and verify_signatures = true" in message
        options = ["--embed"] if embedded else []
        assert main(["sign", str(path), "--key", str(folder / "two"), *options]) == 0
        assert "no trusted key has signed it" in refusal(client.ask("PLUGIN.LOAD", "p", str(path)))
        assert main(["sign", str(path), "--key", str(folder / "one"), *options]) == 0
        assert client.ask("PLUGIN.LOAD", "p", str(path)) == "OK"
        assert client.ask("T.RUN") == "OK"
    public = [str(folder / "one.pub"), str(folder / "two.pub")]
    assert main(["verify", str(path), "--key", public[0]]) == 0
    assert main(["verify", str(path), "--key", public[1]]) == 0


def test_a_change_of_one_byte_is_found(folder: Path) -> None:
    path = folder / "p.wasm"
    main(["sign", str(path), "--key", str(folder / "one")])
    with strict(folder, "one") as client:
        for position in (60, len(RUN) - 5):
            binary = bytearray(RUN)
            binary[position] ^= 1
            path.write_bytes(binary)
            message = refusal(client.ask("PLUGIN.LOAD", "p", str(path)))
            assert "does not fit: it was changed" in message
        path.write_bytes(RUN)
        assert client.ask("PLUGIN.LOAD", "p", str(path)) == "OK"
        path.write_bytes(RUN + b"\0\3\2xx")
        assert "does not fit" in refusal(client.ask("PLUGIN.RELOAD", "p"))


def test_a_manifest_beside_the_module_is_signed_as_well(folder: Path) -> None:
    path, beside = folder / "p.wasm", folder / "p.toml"
    path.write_bytes(module('(func (export "T.RUN") (result i32) (i32.const 0))'))
    beside.write_text(manifest("T.RUN", permissions=()))
    main(["sign", str(path), "--key", str(folder / "one")])
    with strict(folder, "one") as client:
        assert client.ask("PLUGIN.LOAD", "p", str(path)) == "OK"
        client.ask("PLUGIN.UNLOAD", "p")
        beside.write_text(manifest("T.RUN", permissions=("storage.read",)))
        assert "does not fit" in refusal(client.ask("PLUGIN.LOAD", "p", str(path)))
        beside.unlink()
        assert "does not fit" in refusal(client.ask("PLUGIN.LOAD", "p", str(path)))


def test_base64_carries_its_signature(folder: Path) -> None:
    import base64

    path = folder / "p.wasm"
    with strict(folder, "two") as client:
        data = base64.b64encode(path.read_bytes())
        refusal(client.ask("PLUGIN.LOAD", "p", "BASE64", data))
        main(["sign", str(path), "--key", str(folder / "two"), "--embed"])
        data = base64.b64encode(path.read_bytes())
        assert client.ask("PLUGIN.LOAD", "p", "BASE64", data) == "OK"


def test_the_programs_fail_clearly(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = str(folder / "one")
    assert main(["keygen", key]) == 1, "nothing is overwritten"
    assert main(["sign", str(folder / "none.wasm"), "--key", key]) == 1
    assert main(["sign", str(folder / "p.wasm"), "--key", str(folder / "p.wasm")]) == 1
    assert main(["verify", str(folder / "p.wasm"), "--key", f"{key}.pub"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert "File exists" in lines[0]
    assert "no such file" in lines[1]
    assert "is no private key" in lines[2]
    assert "is not signed" in lines[3]
    assert (folder / "one").stat().st_mode & 0o077 == 0, "for its owner alone"


def test_without_verification_the_first_plugin_is_warned_of(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    warning = "verify_signatures = false: unsigned plugins are loaded"
    with plugin_server() as server:
        assert warning not in caplog.text
        client = server.client()
        assert client.ask("PLUGIN.LOAD", "p", str(folder / "p.wasm")) == "OK"
        client.ask("PLUGIN.LOAD", "q", str(folder / "p.wasm"))
    assert caplog.text.count(warning) == 1
