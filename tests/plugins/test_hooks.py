"""Hooks through a real socket: ten events, their order, what they may refuse and replace."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.c_plugins import ALL_STORAGE, manifest_text, write_plugin
from tests.support.plugin_replies import info, refusal
from tests.support.plugin_server import Client, PluginServer, plugin_server
from tests.support.waiting import until


@pytest.fixture
def server() -> Iterator[PluginServer]:
    with plugin_server() as running:
        yield running


@pytest.fixture(params=[2, 3])
def client(server: PluginServer, request: pytest.FixtureRequest) -> Client:
    return server.client(request.param)


def hooked(folder: Path, *events: str, name: str = "h", command: str = "", **options: Any) -> Path:
    """A plugin that joins in some events: "OnKeyWrite", or "OnKeyWrite filter priority"."""
    tables = ""
    for event in events:
        kind, pattern, priority = [*event.split(), "", "", ""][:3]
        tables += f'[[hooks]]\nevent = "{kind}"\npriority = {priority or 0}\n'
        tables += f'filter = "{pattern}"\n' if pattern not in ("", "-") else ""
    failure = options.pop("on_failure", "")
    if failure:
        tables = f'[package.ferrite]\non_failure = "{failure}"\n' + tables
    options.setdefault("permissions", ALL_STORAGE)
    commands = [command] if command else []
    source = (Path(__file__).parent / "sources" / "hooks.c").read_text()
    source = source.replace("k_set", command.lower().replace(".", "_") or "k_set")
    return write_plugin(
        folder / f"{name}.wasm", source, manifest_text(commands, extra=tables, **options)
    )


def load(client: Client, path: Path) -> None:
    assert client.ask("PLUGIN.LOAD", path.stem, str(path)) == "OK"


def seen(client: Client, name: str = "h") -> list[str]:
    """What a plugin's hooks noted since the last time; looking is not hooked itself."""
    client.ask("PLUGIN.DISABLE", name)
    lines = [line.decode() for line in client.ask("LRANGE", f"seen:{name}", "0", "-1")]
    client.ask("DEL", f"seen:{name}")
    client.ask("PLUGIN.ENABLE", name)
    return lines


# --- keys -----------------------------------------------------------------------------------------


def test_on_key_write_sees_old_and_new(client: Client, tmp_path: Path) -> None:
    client.ask("SET", "a", "1")
    load(client, hooked(tmp_path, "OnKeyWrite"))
    for request in ("SET a 2", "INCR a", "APPEND a x", "MSET b 1 c 2 b 3", "RPUSH l x", "GET a"):
        client.ask(*request.split())
    client.ask("EXPIRE", "a", "100")
    assert seen(client) == [
        "write a 1>2",
        "write a 2>3",
        "write a 3>3x",
        "write b ?1>3",
        "write c ?1>2",
        "write l ?1>?3",
    ]


def test_a_refusal_undoes_the_command_alone(client: Client, tmp_path: Path) -> None:
    load(client, hooked(tmp_path, "OnKeyWrite", "OnKeyDelete"))
    message = refusal(client.ask("SET", "protected:a", "1"))
    assert message == "ERR Cannot write to protected keys"
    assert refusal(client.ask("SET", "code:a", "1")) == "DENIED by a hook"
    assert refusal(client.ask("MSET", "x", "1", "protected:a", "1")).startswith("ERR Cannot")
    assert client.ask("EXISTS", "protected:a", "x") == 0
    assert refusal(client.ask("RPUSH", "protected:l", "1")).startswith("ERR Cannot")
    client.ask("PLUGIN.DISABLE", "h")
    client.ask("SET", "protected:a", "1")
    client.ask("PLUGIN.ENABLE", "h")
    assert refusal(client.ask("DEL", "protected:a")).startswith("ERR Cannot")
    assert refusal(client.ask("INCR", "protected:a")).startswith("ERR Cannot")
    assert client.ask("GET", "protected:a") == b"1"
    client.ask("SET", "other", "1")
    assert seen(client) == ["write other ?1>1"], "what hooks write is undone with the command"


def test_within_exec_a_refusal_undoes_one_command(client: Client, tmp_path: Path) -> None:
    load(client, hooked(tmp_path, "OnKeyWrite"))
    for request in ("MULTI", "SET a 1", "SET protected:a 1", "INCR a"):
        client.ask(*request.split())
    replies = client.ask("EXEC")
    assert replies[0] == "OK"
    assert "protected" in refusal(replies[1])
    assert replies[2] == 2
    assert client.ask("EXISTS", "protected:a") == 0


def test_a_value_can_be_replaced(client: Client, tmp_path: Path) -> None:
    load(client, hooked(tmp_path, "OnKeyWrite"))
    client.ask("SET", "double:a", "xy", "EX", "100")
    assert client.ask("GET", "double:a") == b"xyxy"
    assert 0 < client.ask("TTL", "double:a") <= 100, "its time to live stays"


def test_on_key_delete(client: Client, tmp_path: Path) -> None:
    client.ask("MSET", "a", "1", "b", "2")
    client.ask("RPUSH", "l", "x")
    load(client, hooked(tmp_path, "OnKeyDelete"))
    client.ask("DEL", "a", "none")
    client.ask("LPOP", "l")
    client.ask("RENAME", "b", "c")
    client.ask("EXPIRE", "c", "-1")
    assert seen(client) == ["delete a 1>?1", "delete l ?3>?1", "delete b 2>?1", "delete c 2>?1"]


def test_on_key_expiry_lazy_and_active(client: Client, tmp_path: Path) -> None:
    load(client, hooked(tmp_path, "OnKeyExpiry", "OnKeyDelete"))
    client.ask("SET", "lazy", "1", "PX", "1")
    client.ask("SET", "active", "1", "PX", "1")
    time.sleep(0.01)
    client.ask("GET", "lazy")
    until(lambda: client.ask("LLEN", "seen:h") == 2)
    assert sorted(seen(client)) == ["expiry active ?7>?1", "expiry lazy ?7>?1"]


def test_a_blocked_client_that_is_served_is_told_of_as_well(
    client: Client, server: PluginServer, tmp_path: Path
) -> None:
    load(client, hooked(tmp_path, "OnKeyDelete"))
    waiting = server.client()
    waiting.send("BLPOP", "q", "0")
    until(lambda: b"blocked_clients:1" in info_text(client))
    assert client.ask("RPUSH", "q", "x") == 1
    assert waiting.receive() == [b"q", b"x"]
    until(lambda: client.ask("LLEN", "seen:h") == 1)
    assert seen(client) == ["delete q ?7>?1"]


def info_text(client: Client) -> bytes:
    reply = client.ask("INFO", "clients")
    return reply.value if hasattr(reply, "value") else reply


def test_on_key_read(client: Client, tmp_path: Path) -> None:
    client.ask("SET", "a", "1")
    load(client, hooked(tmp_path, "OnKeyRead"))
    for request in ("GET a", "MGET a b a", "EXISTS a", "TYPE a", "INCR a", "SET a 5", "GETDEL a"):
        client.ask(*request.split())
    assert seen(client) == [
        "read a 1>1",
        "read a 1>1",
        "read b ?1>?1",
        "read a 2>2",
        "read a ?1>?1",
    ], "EXISTS, TYPE and SET look up no value; INCR shows it as it is then"


def test_filters_of_keys(client: Client, tmp_path: Path) -> None:
    load(client, hooked(tmp_path, "OnKeyWrite user:*"))
    client.ask("MSET", "user:1", "a", "other", "b")
    assert seen(client) == ["write user:1 ?1>a"]


def test_commands_of_plugins_are_seen(client: Client, tmp_path: Path) -> None:
    load(client, hooked(tmp_path, "OnKeyWrite"))
    load(client, hooked(tmp_path, name="w", command="W.SET"))
    assert client.ask("W.SET", "a", "1") == "OK"
    assert "protected" in refusal(client.ask("W.SET", "protected:a", "1"))
    assert client.ask("EXISTS", "protected:a") == 0
    assert seen(client) == ["write a ?1>1"]


def test_a_plugins_own_writes_do_not_come_back_to_it(client: Client, tmp_path: Path) -> None:
    load(client, hooked(tmp_path, "OnKeyWrite", command="H.SET"))
    assert client.ask("H.SET", "protected:a", "1") == "OK"
    assert seen(client) == []


def test_what_hooks_write_is_shown_to_the_others(client: Client, tmp_path: Path) -> None:
    load(client, hooked(tmp_path, "OnKeyWrite chain:*", name="one"))
    load(client, hooked(tmp_path, "OnKeyWrite chain*", name="two"))
    client.ask("SET", "chain:a", "v")
    assert seen(client, "one") == ["write chain:a ?1>v"]
    assert sorted(seen(client, "two")) == ["write chain:a ?1>v", "write chained ?1>vx"]


# --- commands -------------------------------------------------------------------------------------


def test_before_command_refuses_and_rewrites(client: Client, tmp_path: Path) -> None:
    load(client, hooked(tmp_path, "BeforeCommand"))
    assert refusal(client.ask("SET", "k", "forbidden")) == "ERR it is forbidden"
    assert client.ask("GET", "rewrite") == "OK", "the reply of the other command"
    assert client.ask("GET", "written") == b"by"
    assert "may not run auth" in refusal(client.ask("GET", "escalate"))
    assert "gives no command" in refusal(client.ask("GET", "nonsense"))
    assert client.ask("PING") == "PONG"
    lines = seen(client)
    assert "before *2  $3  GET  $7  written  " in lines
    assert "before *1  $4  PING  " in lines
    assert not any("PLUGIN" in line for line in lines), "managing is not hooked"


def test_a_rewritten_command_needs_the_clients_rights(client: Client, tmp_path: Path) -> None:
    load(client, hooked(tmp_path, "BeforeCommand"))
    client.ask("ACL", "SETUSER", "u", "on", "nopass", "+@all", "-set", "~*")
    client.ask("AUTH", "u", "x")
    assert "NOPERM" in refusal(client.ask("GET", "rewrite"))
    assert client.ask("EXISTS", "written") == 0


def test_after_command_sees_the_reply(client: Client, tmp_path: Path) -> None:
    load(client, hooked(tmp_path, "AfterCommand"))
    client.ask("SET", "a", "5")
    client.ask("INCR", "a")
    refusal(client.ask("INCR", "a", "b"))
    refusal(client.ask("RPUSH", "a", "b"))
    lines = seen(client)
    assert lines[:2] == ["+OK", ":6"]
    assert lines[2].startswith("-WRONGTYPE"), "arity is judged before"


def test_filters_of_commands(client: Client, tmp_path: Path) -> None:
    load(client, hooked(tmp_path, "BeforeCommand s*", name="glob"))
    load(client, hooked(tmp_path, "BeforeCommand @hash", name="category"))
    for request in ("SET a 1", "SADD s x", "GET a", "HSET h f v", "HGET h f"):
        client.ask(*request.split())
    assert len(seen(client, "glob")) == 2
    assert len(seen(client, "category")) == 2


def test_secrets_are_not_shown(client: Client, tmp_path: Path) -> None:
    load(client, hooked(tmp_path, "BeforeCommand", "AfterCommand"))
    client.ask("AUTH", "secret")
    client.ask("ACL", "SETUSER", "x", ">secret")
    client.ask("CONFIG", "SET", "requirepass", "")
    client.ask("HELLO", "3", "AUTH", "default", "secret")
    assert not any("secret" in line.lower() for line in seen(client))


def test_before_command_within_a_plugins_call(client: Client, tmp_path: Path) -> None:
    load(client, hooked(tmp_path, "BeforeCommand"))
    text = manifest_text(["A.CALL"], permissions=ALL_STORAGE)
    load(client, write_plugin(tmp_path / "a.wasm", "any.c", text))
    assert client.ask("A.CALL", "SET", "k", "v") == "OK"
    assert "forbidden" in refusal(client.ask("A.CALL", "SET", "k", "forbidden"))
    assert client.ask("GET", "k") == b"v"


# --- order and failure ----------------------------------------------------------------------------


def test_priorities(client: Client, tmp_path: Path) -> None:
    for name, priority in (("late", 5), ("first", -1), ("tie", 5)):
        path = hooked(tmp_path, f"OnKeyWrite double:* {priority}", name=name)
        load(client, path)
    client.ask("SET", "double:k", "a")
    assert seen(client, "first") == ["write double:k ?1>a"]
    assert seen(client, "late") == ["write double:k ?1>aa"]
    assert seen(client, "tie") == ["write double:k ?1>aaaa"]
    assert client.ask("GET", "double:k") == b"aaaaaaaa"


@pytest.mark.parametrize("end", ["trap", "loop"])
def test_a_failing_hook_that_is_closed_refuses(client: Client, tmp_path: Path, end: str) -> None:
    load(client, hooked(tmp_path, "OnKeyWrite"))
    client.ask("PLUGIN.LIMITS", "h", "FUEL", "100000")
    message = refusal(client.ask("SET", f"{end}:a", "1"))
    assert message.startswith("ERR hook OnKeyWrite of plugin 'h' has failed: plugin 'h': ")
    assert client.ask("EXISTS", f"{end}:a") == 0
    for _ in range(4):
        refusal(client.ask("SET", f"{end}:a", "1"))
    assert "suspended after 5 failures" in refusal(client.ask("SET", "any", "1"))
    assert info(client, "h")[b"hooks_suspended"] == 1
    until(lambda: client.ask("SET", "any", "1") == "OK")
    assert info(client, "h")[b"hooks_suspended"] == 0
    assert client.ask("PING") == "PONG"


@pytest.mark.parametrize("policy", ["open", "reload"])
def test_a_failing_hook_that_is_open_does_not(client: Client, tmp_path: Path, policy: str) -> None:
    load(client, hooked(tmp_path, "OnKeyWrite", on_failure=policy))
    for _ in range(8):
        assert client.ask("SET", "trap:a", "1") == "OK"
    found = info(client, "h")
    assert found[b"errors"] == (5 if policy == "open" else 1), "then it rests"
    assert found[b"hooks_suspended"] == 1
    until(lambda: info(client, "h")[b"hooks_suspended"] == 0)
    client.ask("SET", "fine", "1")
    assert seen(client) == ["write fine ?1>1"]


def test_hooks_of_events_that_cannot_be_refused_fail_open(client: Client, tmp_path: Path) -> None:
    load(client, hooked(tmp_path, "OnKeyRead"))
    client.ask("SET", "trap:a", "1")
    assert client.ask("GET", "trap:a") == b"1"
    assert info(client, "h")[b"errors"] == 1


def test_a_filter_where_none_can_be_is_refused(client: Client, tmp_path: Path) -> None:
    path = hooked(tmp_path, "OnClientConnect", name="x")
    bad = tmp_path / "bad.toml"
    bad.write_text('[package]\nname = "x"\n[[hooks]]\nevent = "OnClientConnect"\nfilter = "a"\n')
    reply = client.ask("PLUGIN.LOAD", "x", str(path), "MANIFEST", str(bad))
    assert "bad.toml:5: hooks[0].filter means nothing to OnClientConnect" in refusal(reply)


def test_a_hook_without_its_function_is_refused(client: Client, tmp_path: Path) -> None:
    text = manifest_text(["X.RUN"], extra='[[hooks]]\nevent = "OnKeyWrite"\n')
    path = write_plugin(tmp_path / "x.wasm", "FERRITE_COMMAND(x_run) { return 0; }", text)
    message = refusal(client.ask("PLUGIN.LOAD", "x", str(path)))
    assert "OnKeyWrite needs an exported function" in message
    assert "'on_key_write'" in message


def test_kill_ends_a_command_whose_hook_loops(
    client: Client, server: PluginServer, tmp_path: Path
) -> None:
    load(client, hooked(tmp_path, "OnKeyWrite"))
    client.send("SET", "loop:a", "1")
    other = server.client()
    until(lambda: other.ask("PLUGIN.KILL", "h") == "OK")
    assert "killed by PLUGIN.KILL" in refusal(client.receive())
    assert other.ask("EXISTS", "loop:a") == 0


# --- clients and the server -----------------------------------------------------------------------


def test_clients_come_and_go(client: Client, server: PluginServer, tmp_path: Path) -> None:
    load(client, hooked(tmp_path, "OnClientConnect", "OnClientDisconnect"))
    other = server.client()
    assert other.ask("PING") == "PONG"
    until(lambda: client.ask("LLEN", "seen:h") == 1)
    other.close()
    until(lambda: client.ask("LRANGE", "seen:h", "0", "-1") == [b"connect", b"disconnect"])


def test_the_server_starts_and_stops(tmp_path: Path) -> None:
    path = hooked(tmp_path, "OnServerStartup", "OnServerShutdown", "OnKeyWrite")
    database = "--dir", str(tmp_path), "--save", "3600 1"
    with plugin_server("--plugin", str(path), *database) as server:
        client = server.client()
        assert client.ask("LRANGE", "seen:test", "0", "-1") == [b"startup"]
        client.ask("SET", "a", "1")
    with plugin_server(*database) as server:
        found = server.client().ask("LRANGE", "seen:test", "0", "-1")
        assert found == [b"startup", b"write a ?1>1", b"shutdown"]
    with plugin_server("--plugin", str(path), *database) as server:
        found = server.client().ask("LRANGE", "seen:test", "3", "-1")
        assert found == [b"startup"], "nothing fires while files load"


# --- cost -----------------------------------------------------------------------------------------


def test_without_hooks_commands_take_the_short_way(client: Client, tmp_path: Path) -> None:
    load(client, hooked(tmp_path, name="plain", command="P.SET"))
    load(client, hooked(tmp_path, "OnServerShutdown", name="rare"))
    client.ask("SET", "a", "1")
    assert client.ask("GET", "a") == b"1"
    load(client, hooked(tmp_path, "OnKeyWrite"))
    client.ask("SET", "a", "2")
    client.ask("PLUGIN.UNLOAD", "h")
    client.ask("SET", "a", "3")
    assert [line.decode() for line in client.ask("LRANGE", "seen:h", "0", "-1")] == ["write a 1>2"]


def test_what_hooks_leave_is_logged_and_what_they_refuse_is_not(tmp_path: Path) -> None:
    database = "--dir", str(tmp_path), "--appendonly", "yes"
    with plugin_server(*database) as server:
        client = server.client()
        load(client, hooked(tmp_path, "OnKeyWrite"))
        client.ask("SET", "double:a", "xy")
        refusal(client.ask("SET", "protected:a", "1"))
        for request in ("MULTI", "SET b 1", "SET protected:b 1", "INCR b"):
            client.ask(*request.split())
        client.ask("EXEC")
    with plugin_server(*database) as server:
        client = server.client()
        assert client.ask("MGET", "double:a", "protected:a", "b") == [b"xyxy", None, b"2"]
