"""From LOAD to UNLOAD through a real socket: every source, every change, every restart."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrite.errors import StartError
from tests.support.c_plugins import c_plugin, compiled, manifest_text, write_plugin
from tests.support.http_answers import http_server
from tests.support.plugin_guests import guest
from tests.support.plugin_replies import info, pairs, refusal
from tests.support.plugin_server import Client, plugin_server
from tests.support.waiting import until

STATE = """static long long count;
FERRITE_COMMAND(v_run) { count++; return ferrite_reply_int(%s + count); }
int ferrite_on_load(void) { return ferrite_set("loaded", 6, "%s", 4) < 0; }
int ferrite_on_unload(void) { return ferrite_set("unloaded", 8, "%s", 4) < 0; }
int ferrite_migrate(void) {
    char from[16];
    int length = ferrite_arg_read(0, from, sizeof(from));
    return ferrite_set("migrated", 8, from, length) < 0;
}
"""
LOOP = """FERRITE_COMMAND(v_loop) {
    volatile long long i = 0;
    ferrite_set("loop", 4, "1", 1);
    while (i < 20000) i++;
    return ferrite_reply_int(%s);
}
"""


def version(path: Path, number: int, *commands: str, extra: str = "") -> Path:
    text = manifest_text(["V.RUN", "V.LOOP", *commands], version=f"{number}.0.0", extra=extra)
    base = f"{number}000"
    source = STATE % (base, base, base) + LOOP % base
    for command in commands:
        source += f"FERRITE_COMMAND({command.lower().replace('.', '_')}) {{ return 0; }}\n"
    return write_plugin(path, source, text)


@pytest.fixture(params=[2, 3])
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    with plugin_server() as server:
        yield server.client(request.param)


def state(client: Client, name: str) -> bytes | None:
    found = {pairs(each)[b"name"]: pairs(each)[b"state"] for each in client.ask("PLUGIN.LIST")}
    return found.get(name.encode())


# --- sources --------------------------------------------------------------------------------------


def test_load_from_base64(client: Client) -> None:
    data = base64.b64encode(guest("(i32.const 0)"))
    assert client.ask("PLUGIN.LOAD", "b", "BASE64", data) == "OK"
    assert client.ask("T.RUN") == "OK"
    assert info(client, "b")[b"source"] == b"BASE64"
    assert "BASE64: RELOAD needs a path" in refusal(client.ask("PLUGIN.RELOAD", "b"))
    assert client.ask("PLUGIN.RELOAD", "b", "BASE64", data) == "OK"


def test_load_from_a_url(tmp_path: Path) -> None:
    binary = guest("(i32.const 0)")
    with http_server({}) as other, http_server(answers := {}) as port:
        here = f"http://127.0.0.1:{port}"
        answers["/p.wasm"] = (200, {}, binary)
        answers["/moved"] = (302, {"Location": "/p.wasm"}, b"")
        answers["/away"] = (302, {"Location": f"http://127.0.0.1:{other}/p.wasm"}, b"")
        answers["/round"] = (302, {"Location": "/round"}, b"")
        answers["/large"] = (200, {}, bytes(1 << 20) + b"x")
        with plugin_server() as server:
            closed = server.client().ask("PLUGIN.LOAD", "p", f"{here}/p.wasm")
            assert f"127.0.0.1:{port} is not among url_hosts" in refusal(closed)
        config = "--config", str(url_config(tmp_path, [f"127.0.0.1:{port}"]))
        with plugin_server(*config) as server:
            client = server.client()
            assert client.ask("PLUGIN.LOAD", "p", f"{here}/p.wasm") == "OK"
            assert client.ask("T.RUN") == "OK"
            assert client.ask("PLUGIN.RELOAD", "p") == "OK", "the URL is asked again"
            client.ask("PLUGIN.UNLOAD", "p")
            assert client.ask("PLUGIN.LOAD", "p", f"{here}/moved") == "OK"
            for path, message in (
                ("/none", "the server answers status 404"),
                ("/away", f"127.0.0.1:{other} is not among url_hosts"),
                ("/round", "more than 5 redirects"),
                ("/large", "has more than 1048576 bytes"),
            ):
                assert message in refusal(client.ask("PLUGIN.LOAD", "q", here + path)), path


def url_config(folder: Path, hosts: list[str]) -> Path:
    path = folder / "ferrite.toml"
    path.write_text(f"[plugins]\nurl_hosts = {hosts}\nurl_max_mb = 1\n".replace("'", '"'))
    return path


def test_a_pin_is_checked_at_every_load(client: Client, tmp_path: Path) -> None:
    path = version(tmp_path / "v.wasm", 1)
    right = hashlib.sha256(path.read_bytes()).hexdigest()
    wrong = "0" * 64
    assert "SHA256: its bytes have" in refusal(
        client.ask("PLUGIN.LOAD", "v", str(path), "SHA256", wrong)
    )
    assert client.ask("PLUGIN.LOAD", "v", str(path), "SHA256", right) == "OK"
    version(path, 2)
    assert "SHA256: its bytes have" in refusal(client.ask("PLUGIN.RELOAD", "v"))
    assert client.ask("V.RUN") == 1001
    new = hashlib.sha256(path.read_bytes()).hexdigest()
    assert client.ask("PLUGIN.RELOAD", "v", str(path), "SHA256", new) == "OK"
    assert client.ask("V.RUN") == 2001


# --- changes --------------------------------------------------------------------------------------


def test_reload_and_rollback(client: Client, tmp_path: Path) -> None:
    one, two = version(tmp_path / "1.wasm", 1), version(tmp_path / "2.wasm", 2, "V.NEW")
    client.ask("PLUGIN.LOAD", "v", str(one))
    assert [client.ask("V.RUN") for _ in range(2)] == [1001, 1002]
    assert refusal(client.ask("PLUGIN.ROLLBACK", "v")).endswith("no version to go back to")
    assert client.ask("PLUGIN.RELOAD", "v", str(two)) == "OK"
    assert client.ask("V.RUN") == 2001
    assert client.ask("V.NEW") == "OK"
    assert client.ask("MGET", "loaded", "migrated") == [b"2000", b"1.0.0"]
    until(lambda: client.ask("GET", "unloaded") == b"1000")
    found = info(client, "v")
    assert (found[b"version"], found[b"previous_version"]) == (b"2.0.0", b"1.0.0")
    assert client.ask("PLUGIN.ROLLBACK", "v") == "OK"
    assert client.ask("V.RUN") == 1001
    assert "unknown command" in refusal(client.ask("V.NEW"))
    assert client.ask("GET", "migrated") == b"2.0.0"
    assert client.ask("PLUGIN.ROLLBACK", "v") == "OK", "and back again"
    assert client.ask("V.NEW") == "OK"


def test_reload_without_a_path_reads_the_source_again(client: Client, tmp_path: Path) -> None:
    path = version(tmp_path / "v.wasm", 1)
    client.ask("PLUGIN.LOAD", "v", str(path))
    version(path, 2)
    assert client.ask("PLUGIN.RELOAD", "v") == "OK"
    assert client.ask("V.RUN") == 2001


def test_reload_takes_a_new_manifest(client: Client, tmp_path: Path) -> None:
    path = version(tmp_path / "v.wasm", 1)
    client.ask("PLUGIN.LOAD", "v", str(path))
    manifest = tmp_path / "other.toml"
    manifest.write_text(
        '[package]\nname = "v"\nversion = "9.9.9"\n[[commands]]\nname = "V.OTHER"\n'
        'export = "v_run"\n'
        '[[permissions]]\nresource = "storage"\naction = "write"\n'
    )
    assert client.ask("PLUGIN.RELOAD", "v", str(path), "MANIFEST", str(manifest)) == "OK"
    assert client.ask("V.OTHER") == 1001
    assert info(client, "v")[b"version"] == b"9.9.9"
    refusal(client.ask("V.RUN"))


FAILING = {
    "no module": ("", "malformed module"),
    "no such export": ("int v_other(void) { return 0; }", "V.RUN needs an exported function"),
    "a command that is taken": (
        "FERRITE_COMMAND(v_run) { return 0; } FERRITE_COMMAND(get) { return 0; }",
        "command get exists already",
    ),
    "on_load": (
        "FERRITE_COMMAND(v_run) { return 0; } int ferrite_on_load(void) { return 7; }",
        "ferrite_on_load: ERR plugin returned 7",
    ),
    "migrate": (
        "FERRITE_COMMAND(v_run) { return 0; } int ferrite_migrate(void) { return 8; }",
        "ferrite_migrate: ERR plugin returned 8",
    ),
}


@pytest.mark.parametrize("what", FAILING)
def test_a_reload_that_fails_changes_nothing(client: Client, tmp_path: Path, what: str) -> None:
    source, message = FAILING[what]
    client.ask("PLUGIN.LOAD", "v", str(version(tmp_path / "1.wasm", 1)))
    client.ask("V.RUN")
    new = tmp_path / "2.wasm"
    commands = ["V.RUN", "GET"] if "(get)" in source else ["V.RUN"]
    new.write_bytes(c_plugin(source, manifest_text(commands)) if source else b"no module")
    assert message in refusal(client.ask("PLUGIN.RELOAD", "v", str(new)))
    assert client.ask("V.RUN") == 1002, "the same version, the same instance"
    assert info(client, "v")[b"version"] == b"1.0.0"


def test_a_call_under_way_finishes_on_the_old_version(tmp_path: Path) -> None:
    one, two = version(tmp_path / "1.wasm", 1), version(tmp_path / "2.wasm", 2)
    config = tmp_path / "ferrite.toml"
    config.write_text("[plugins]\nslice_ms = 1\n[plugins.sandbox]\nmax_cpu_ms = 100000\n")
    with plugin_server("--config", str(config)) as server:
        client, other = server.client(), server.client()
        client.ask("PLUGIN.LOAD", "v", str(one))
        client.send("V.LOOP")
        other.send("PLUGIN.RELOAD", "v", str(two))
        assert client.receive() == 1000
        assert other.receive() == "OK"
        assert client.ask("V.LOOP") == 2000


def test_commands_queued_before_a_reload_run_on_the_new_version(
    client: Client, tmp_path: Path
) -> None:
    one = version(tmp_path / "1.wasm", 1, "V.OLD")
    two = version(tmp_path / "2.wasm", 2)
    client.ask("PLUGIN.LOAD", "v", str(one))
    client.ask("MULTI")
    client.ask("V.RUN")
    client.ask("V.OLD")
    client.ask("PING")
    with_other(client, "PLUGIN.RELOAD", "v", str(two))
    replies = client.ask("EXEC")
    assert replies[0] == 2001
    assert "unknown command" in refusal(replies[1])
    assert replies[2] == "PONG"


def with_other(client: Client, *request: str) -> None:
    other = Client(client.port)
    assert other.ask(*request) == "OK"
    other.close()


def test_disable_and_enable(client: Client, tmp_path: Path) -> None:
    client.ask("PLUGIN.LOAD", "v", str(version(tmp_path / "v.wasm", 1)))
    client.ask("V.RUN")
    assert client.ask("PLUGIN.DISABLE", "v") == "OK"
    assert refusal(client.ask("V.RUN")) == "ERR plugin 'v' is disabled"
    assert state(client, "v") == b"disabled"
    assert client.ask("COMMAND", "INFO", "V.RUN") != [None]
    assert client.ask("PLUGIN.ENABLE", "v") == "OK"
    assert client.ask("V.RUN") == 1002
    assert "no such plugin" in refusal(client.ask("PLUGIN.DISABLE", "x"))


def test_unload_leaves_acl_rules_that_name_its_commands(client: Client, tmp_path: Path) -> None:
    extra = '[[commands]]\nname = "V.X"\nexport = "v_run"\nacl_categories = ["vv"]\n'
    path = version(tmp_path / "v.wasm", 1, extra=extra)
    client.ask("PLUGIN.LOAD", "v", str(path))
    assert client.ask("ACL", "SETUSER", "u", "+v.run", "+@vv") == "OK"
    assert client.ask("PLUGIN.UNLOAD", "v") == "OK"
    assert client.ask("ACL", "SETUSER", "w", "+v.run", "+@vv") == "OK"
    assert client.ask("GET", "unloaded") == b"1000"
    assert client.ask("PLUGIN.LIST") == []


def test_max_plugins(tmp_path: Path) -> None:
    config = tmp_path / "ferrite.toml"
    config.write_text("[plugins]\nmax_plugins = 1\n")
    with plugin_server("--config", str(config)) as server:
        client = server.client()
        path = str(version(tmp_path / "v.wasm", 1))
        assert client.ask("PLUGIN.LOAD", "v", path) == "OK"
        assert "max_plugins = 1 are loaded" in refusal(client.ask("PLUGIN.LOAD", "w", path))


def test_kill_reaches_a_plugin_that_is_loading(tmp_path: Path) -> None:
    source = (
        'int ferrite_on_load(void) { volatile int f = 1; ferrite_set("a", 1, "b", 1);'
        " while (f) ; return 0; }\nFERRITE_COMMAND(v_run) { return 0; }"
    )
    path = write_plugin(tmp_path / "v.wasm", source, manifest_text(["V.RUN"]))
    start = tmp_path / "start.wasm"
    endless = "(func $f (loop $l (br $l))) (start $f)"
    start.write_bytes(guest(f"(i32.const 0)) {endless} (func"))
    with plugin_server() as server:
        client, other = server.client(), server.client()
        for module in (path, start):
            client.send("PLUGIN.LOAD", "v", str(module))
            until(lambda: state(other, "v") == b"loading")
            assert client_is_served(other)
            until(lambda: other.ask("PLUGIN.KILL", "v") == "OK")
            assert "killed by PLUGIN.KILL" in refusal(client.receive())
            assert client.ask("EXISTS", "a") == 0
            assert client.ask("PLUGIN.LIST") == []


def client_is_served(client: Client) -> bool:
    return bool(client.ask("PING") == "PONG")


def test_a_64_bit_memory_is_refused_by_name(client: Client) -> None:
    import wasmtime

    text = '(module (memory (export "memory") i64 1) (func (export "run")))'
    data = base64.b64encode(bytes(wasmtime.wat2wasm(text)))
    assert "memory64" in refusal(client.ask("PLUGIN.LOAD", "m", "BASE64", data))


# --- dependencies ---------------------------------------------------------------------------------


def needing(name: str, requirement: str, optional: str = "false") -> str:
    return f'[[dependencies]]\nname = "{name}"\nversion = "{requirement}"\noptional = {optional}\n'


def other(path: Path, command: str, extra: str, package: str) -> Path:
    source = f"FERRITE_COMMAND({command.lower().replace('.', '_')}) {{ return 0; }}"
    return write_plugin(path, source, manifest_text([command], extra=extra, name=package))


def test_dependencies(client: Client, tmp_path: Path) -> None:
    base = version(tmp_path / "v.wasm", 1)
    for requirement, name, fine in (
        ("1.0", "base", True),
        ("^1", "test", True),
        (">=0.5, <2", "base", True),
        ("2", "base", False),
        ("1.0", "absent", False),
    ):
        path = other(tmp_path / "o.wasm", "O.RUN", needing(name, requirement), "o")
        refusal(client.ask("PLUGIN.LOAD", "o", str(path)))
        client.ask("PLUGIN.LOAD", "base", str(base))
        reply = client.ask("PLUGIN.LOAD", "o", str(path))
        if fine:
            assert reply == "OK"
            assert "it is needed by o" in refusal(client.ask("PLUGIN.UNLOAD", "base"))
            client.ask("PLUGIN.UNLOAD", "o")
        else:
            assert name in refusal(reply)
        assert client.ask("PLUGIN.UNLOAD", "base") == "OK"
    path = other(tmp_path / "o.wasm", "O.RUN", needing("absent", "1", "true"), "o")
    assert client.ask("PLUGIN.LOAD", "o", str(path)) == "OK"


# --- starts ---------------------------------------------------------------------------------------


def folder_of(tmp_path: Path, extra: str = "") -> tuple[str, str]:
    config = tmp_path / "ferrite.toml"
    config.write_text(f'[plugins]\nplugin_dir = "{tmp_path}/plugins"\n{extra}')
    (tmp_path / "plugins").mkdir(exist_ok=True)
    return "--config", str(config)


def in_folder(tmp_path: Path, name: str, command: str, extra: str = "") -> None:
    folder = tmp_path / "plugins" / name
    (folder / "config").mkdir(parents=True)
    text = manifest_text([command], extra=extra, name=f"package-{name}")
    source = (
        f"FERRITE_COMMAND({command.lower().replace('.', '_')}) {{ char t[32];\n"
        'int n = ferrite_config("greeting", 8, t, sizeof(t)); return ferrite_reply_bulk(t, n); }'
    )
    (folder / f"{name}.wasm").write_bytes(compiled(source, text))
    (folder / "plugin.toml").write_text(text)
    (folder / "README.md").write_text("# hello\n")
    (folder / "config" / "default.toml").write_text(f'greeting = "from {name}"\n')


def test_auto_load_in_the_order_of_dependencies(tmp_path: Path) -> None:
    arguments = folder_of(tmp_path)
    in_folder(tmp_path, "a", "A.RUN", needing("package-b", "1"))
    in_folder(tmp_path, "b", "B.RUN", needing("c", "1"))
    in_folder(tmp_path, "c", "C.RUN")
    in_folder(tmp_path, "d", "D.RUN", needing("absent", "1"))
    with plugin_server(*arguments) as server:
        client = server.client()
        states = [pairs(each) for each in client.ask("PLUGIN.LIST")]
        assert [each[b"name"] for each in states] == [b"c", b"b", b"a", b"d"]
        assert state(client, "d") == b"failed"
        assert "'absent' is not loaded" in refusal(client.ask("PLUGIN.INFO", "d"))
        assert client.ask("A.RUN") == b"from a"
        assert client.ask("PLUGIN.UNLOAD", "d") == "OK"
        assert len(client.ask("PLUGIN.LIST")) == 3
    with plugin_server(*folder_of(tmp_path, "auto_load = false\n")) as server:
        assert server.client().ask("PLUGIN.LIST") == []


def test_loaded_plugins_are_kept_across_restarts(tmp_path: Path) -> None:
    arguments = folder_of(tmp_path)
    path = version(tmp_path / "v.wasm", 1)
    with plugin_server(*arguments) as server:
        client = server.client()
        client.ask("PLUGIN.LOAD", "v", str(path), "GRANT", "storage.write=*")
        data = base64.b64encode(guest("(i32.const 0)"))
        client.ask("PLUGIN.LOAD", "b", "BASE64", data)
        client.ask("PLUGIN.RELOAD", "v", str(version(tmp_path / "w.wasm", 2)))
        client.ask("PLUGIN.LIMITS", "v", "FUEL", "12345", "TIMEOUT", "77ms")
        client.ask("PLUGIN.DISABLE", "b")
    path.unlink()
    (tmp_path / "w.wasm").unlink()
    with plugin_server(*arguments) as server:
        client = server.client()
        assert client.ask("V.RUN") == 2001
        assert state(client, "b") == b"disabled"
        limits = pairs(client.ask("PLUGIN.LIMITS", "v"))
        assert (limits[b"fuel"], limits[b"timeout_ms"]) == (12345, 77)
        assert info(client, "v")[b"permissions"] == [b"storage.write (granted: *)"]
        assert client.ask("PLUGIN.ROLLBACK", "v") == "OK"
        assert client.ask("V.RUN") == 1001
        assert client.ask("PLUGIN.UNLOAD", "v") == "OK"
    with plugin_server(*arguments) as server:
        client = server.client()
        assert state(client, "v") is None
        assert state(client, "b") == b"disabled"
        for kept in (tmp_path / "plugins" / ".store").glob("*.wasm"):
            kept.write_bytes(b"changed")
    with plugin_server(*arguments) as server:
        assert state(server.client(), "b") == b"failed"


def test_a_damaged_state_file_stops_the_start(tmp_path: Path) -> None:
    arguments = folder_of(tmp_path)
    store = tmp_path / "plugins" / ".store"
    store.mkdir()
    (store / "state.json").write_text('{"format": 1, "plugins": [{}]}')
    with pytest.raises(StartError, match=r"state\.json: is damaged"), plugin_server(*arguments):
        pass


def test_a_changed_file_reloads_its_plugin(tmp_path: Path) -> None:
    path = version(tmp_path / "v.wasm", 1)
    with plugin_server() as server:
        client = server.client()
        client.ask("PLUGIN.LOAD", "v", str(path))
        version(path, 2)
        until(lambda: client.ask("V.RUN") > 2000)
        assert b"INFO reloaded, for a file of it has changed" in client.ask("PLUGIN.LOG", "v")
        path.write_bytes(b"broken")
        until(lambda: any(b"hot reload: " in line for line in client.ask("PLUGIN.LOG", "v")))
        assert client.ask("V.RUN") > 2000


def test_hot_reload_can_be_off(tmp_path: Path) -> None:
    path = version(tmp_path / "v.wasm", 1)
    config = tmp_path / "ferrite.toml"
    config.write_text("[plugins]\nhot_reload = false\n")
    with plugin_server("--config", str(config)) as server:
        client = server.client()
        client.ask("PLUGIN.LOAD", "v", str(path))
        version(path, 2)
        with pytest.raises(AssertionError):
            until(lambda: client.ask("V.RUN") > 2000, seconds=2)
