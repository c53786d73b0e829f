"""Keys of [plugins] and the tables below it: each has its effect, through a real socket.

docs/configuration.md names the test of each key; those that are not here are where the rest of what
they are about is tested. tests/architecture/test_configuration.py fails for a key without a test.
"""

from __future__ import annotations

import hashlib
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.c_plugins import ALL_STORAGE, manifest_text, write_plugin
from tests.support.hostile_plugins import hostile_plugin
from tests.support.plugin_replies import info, refusal
from tests.support.plugin_server import Client, PluginServer, plugin_server

ERRNO_MFILE, ERRNO_NOSYS, ERRNO_NOTCAPABLE = 33, 52, 76
SPIN = """FERRITE_COMMAND(c_spin) {
    long long times = 0; volatile long long i;
    ferrite_arg_i64(0, &times);
    for (i = 0; i < times; i++) ;
    return ferrite_reply_ok();
}
FERRITE_COMMAND(c_set) {
    if (ferrite_set("k", 1, "v", 1) < 0) return ferrite_fail();
    return ferrite_reply_ok();
}"""


@contextmanager
def configured(folder: Path, plugins: str = "", sandbox: str = "") -> Iterator[PluginServer]:
    config = folder / "ferrite.toml"
    config.write_text(f"[plugins]\n{plugins}\n[plugins.sandbox]\n{sandbox}\n")
    with plugin_server("--config", str(config)) as server:
        yield server


def spinner(folder: Path) -> Path:
    text = manifest_text(["C.SPIN", "C.SET"], permissions=ALL_STORAGE)
    return write_plugin(folder / "c.wasm", SPIN, text)


def load(client: Client, path: Path) -> None:
    assert client.ask("PLUGIN.LOAD", path.stem, str(path)) == "OK"


def test_enabled(tmp_path: Path) -> None:
    with configured(tmp_path, "enabled = false") as server:
        client = server.client()
        off = "ERR plugins are disabled ([plugins] enabled = false)"
        for request in (["LOAD", "c", str(spinner(tmp_path))], ["LIST"], ["INFO", "c"]):
            assert refusal(client.ask(f"PLUGIN.{request[0]}", *request[1:])) == off
        assert client.ask("SET", "a", "b") == "OK"


def test_plugin_dir(tmp_path: Path) -> None:
    spinner(tmp_path / "here")
    with configured(tmp_path, f'plugin_dir = "{tmp_path}/here"') as server:
        client = server.client()
        assert client.ask("PLUGIN.LOAD", "c", "c.wasm") == "OK"
        assert client.ask("C.SPIN", "1") == "OK"


def test_store_dir(tmp_path: Path) -> None:
    path, store = spinner(tmp_path), tmp_path / "store"
    with configured(tmp_path, f'store_dir = "{store}"') as server:
        load(server.client(), path)
    assert (store / f"{hashlib.sha256(path.read_bytes()).hexdigest()}.wasm").exists()
    path.unlink()
    with configured(tmp_path, f'store_dir = "{store}"') as server:
        assert server.client().ask("C.SPIN", "1") == "OK"


def test_record_dir(tmp_path: Path) -> None:
    path, folder = spinner(tmp_path), tmp_path / "recordings"
    for options, place in (
        (f'record_dir = "{folder}"', folder),
        (f'plugin_dir = "{tmp_path}"', tmp_path / ".recordings"),
    ):
        with configured(tmp_path, options) as server:
            client = server.client()
            load(client, path)
            assert client.ask("PLUGIN.RECORD", "c", "ON") == "OK"
            assert client.ask("C.SPIN", "1") == "OK"
            assert [file.name for file in place.iterdir()] == ["c-1.record"]
            found = client.ask("PLUGIN.REPLAY", "c-1.record")
            assert found[found.index(b"identical") + 1] == 1


def test_url_timeout_ms(tmp_path: Path) -> None:
    """A server that takes the request and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        options = f'url_hosts = ["127.0.0.1:{port}"]\nurl_timeout_ms = 100'
        with configured(tmp_path, options) as server:
            client = server.client()
            message = refusal(client.ask("PLUGIN.LOAD", "c", f"http://127.0.0.1:{port}/c.wasm"))
    assert "timed out" in message or "out of time" in message


def test_timeout_ms(tmp_path: Path) -> None:
    with configured(tmp_path, "timeout_ms = 30", "max_cpu_ms = 1000000") as server:
        client = server.client()
        load(client, spinner(tmp_path))
        message = refusal(client.ask("C.SPIN", "1000000000000"))
        assert message == "ERR plugin 'c': out of time: the wall-clock limit of a call is reached"


def pings_during_a_call(server: PluginServer, path: Path, most: int) -> int:
    """How many PINGs another client has answered, up to `most`, while a plugin uses all of its
    fuel or until that is killed. Server and clients share this process, and so take turns."""
    client, other = server.client(), server.client()
    load(client, path)
    client.send("C.SPIN", "1000000000000")
    count = 0
    while count < most and not select.select([client.fileno()], [], [], 0)[0]:
        assert other.ask("PING") == "PONG"
        count += 1
    other.ask("PLUGIN.KILL", "c")
    message = refusal(client.receive())
    assert "out of fuel" in message or (count == most and "killed" in message)
    return count


def test_slice_ms(tmp_path: Path) -> None:
    path = spinner(tmp_path)
    with configured(tmp_path, "slice_ms = 10000", "max_cpu_ms = 500") as server:
        pings = pings_during_a_call(server, path, 1000)
        assert pings <= 2, "one before it begins, one behind it"
    with configured(tmp_path, "slice_ms = 1", "max_cpu_ms = 1000000") as server:
        assert pings_during_a_call(server, path, 6) > 5


def test_busy_reply_ms(tmp_path: Path) -> None:
    with configured(tmp_path, "busy_reply_ms = 20", "max_cpu_ms = 1000000") as server:
        client, other = server.client(), server.client()
        load(client, spinner(tmp_path))
        client.send("C.SPIN", "1000000000000")
        while (reply := other.ask("GET", "k")) is None:
            pass  # the call is not under way yet
        assert "BUSY" in refusal(reply)
        assert other.ask("PLUGIN.KILL", "c") == "OK"
        assert "killed" in refusal(client.receive())
        assert other.ask("GET", "k") is None


@pytest.mark.parametrize(("option", "allowed"), [("no", False), ("local", True), ("yes", True)])
def test_enable_plugin_command(tmp_path: Path, option: str, allowed: bool) -> None:
    with configured(tmp_path, f'enable_plugin_command = "{option}"') as server:
        client = server.client()
        assert client.ask("PLUGIN.LIST") == []
        reply = client.ask("PLUGIN.LOAD", "c", str(spinner(tmp_path)))
        assert (reply == "OK") is allowed
        assert allowed or "PLUGIN command not allowed" in refusal(reply)


@pytest.mark.parametrize("option", ["true", "false"])
def test_code_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("FERRITE_CACHE_DIR", str(cache))
    with configured(tmp_path, f"code_cache = {option}") as server:
        client = server.client()
        load(client, spinner(tmp_path))
        client.ask("C.SPIN", "1000")
    kept = [path for path in cache.rglob("*") if path.is_file()]
    assert bool(kept) is (option == "true")


def test_default_grant(tmp_path: Path) -> None:
    with configured(tmp_path, 'default_grant = ["storage.read"]') as server:
        client = server.client()
        load(client, spinner(tmp_path))
        refused = "NOPERM plugin 'c' has no permission storage.write"
        assert refusal(client.ask("C.SET")) == refused


@pytest.mark.parametrize("mebibytes", [1, 3])
def test_max_memory_mb(tmp_path: Path, mebibytes: int) -> None:
    with configured(tmp_path, sandbox=f"max_memory_mb = {mebibytes}") as server:
        client = server.client()
        load(client, hostile_plugin(tmp_path, "grower"))
        pages = client.ask("GROWER.GROW")
        assert 16 * (mebibytes - 1) < pages <= 16 * mebibytes
        assert info(client, "grower")[b"memory_limit"] == mebibytes << 20


def test_max_cpu_ms(tmp_path: Path) -> None:
    assert fuel_limit(tmp_path, "max_cpu_ms = 3") == 3 * 20_000


def test_instructions_per_ms(tmp_path: Path) -> None:
    assert fuel_limit(tmp_path, "max_cpu_ms = 3\ninstructions_per_ms = 5000") == 3 * 5_000


def fuel_limit(folder: Path, sandbox: str) -> int:
    with configured(folder, sandbox=sandbox) as server:
        client = server.client()
        load(client, spinner(folder))
        words = refusal(client.ask("C.SPIN", "1000000000000")).split()
        assert words[:7] == ["ERR", "plugin", "'c':", "out", "of", "fuel:", "its"]
        return int(words[-2])


def test_load_fuel(tmp_path: Path) -> None:
    with configured(tmp_path, sandbox="load_fuel = 12345") as server:
        client = server.client()
        message = refusal(
            client.ask("PLUGIN.LOAD", "endless", str(hostile_plugin(tmp_path, "endless")))
        )
        assert message.endswith("while starting: out of fuel: its limit is 12345 units")


def escaper(client: Client, folder: Path) -> None:
    (folder / "files").mkdir()
    (folder / "files" / "a").write_text("x")
    load(client, hostile_plugin(folder, "escaper", f"filesystem.read {folder}/files"))


def test_max_file_handles(tmp_path: Path) -> None:
    with configured(tmp_path, sandbox="max_file_handles = 2") as server:
        client = server.client()
        escaper(client, tmp_path)
        assert [client.ask("ESCAPER.OPEN", "a") for _ in range(3)] == [0, 0, ERRNO_MFILE]


def test_restricted_syscalls(tmp_path: Path) -> None:
    with configured(tmp_path, sandbox='restricted_syscalls = ["path_*"]') as server:
        client = server.client()
        escaper(client, tmp_path)
        assert client.ask("ESCAPER.OPEN", "a") == ERRNO_NOTCAPABLE
        assert client.ask("ESCAPER.ENVIRON") == 0, "other calls work"


def test_config(tmp_path: Path) -> None:
    table = '[plugins.config.prober]\nrequirepass = "as configured"\n'
    with configured(tmp_path, table) as server:
        client = server.client()
        load(client, hostile_plugin(tmp_path, "prober"))
        assert client.ask("PROBER.CONFIG") == b"as configured"
