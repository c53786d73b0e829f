"""The clients that people use, against a server with the sample plugin: they connect and work.

redis-py is the version that is installed; CI runs this file with 5.x and with the current one.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from ferrite.plugins.toolchains import build_plugin
from tests.support.plugin_server import plugin_server
from tests.support.require import ROOT, require
from tests.support.waiting import SECONDS_MAX


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    module: Path = tmp_path_factory.mktemp("clients") / "hello.wasm"
    build_plugin(ROOT / "plugins" / "hello", module)
    with plugin_server("--plugin", str(module)) as server:
        yield server.port


def run(*command: str, stdin: str | None = None) -> str:
    return subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=SECONDS_MAX, input=stdin
    ).stdout


def cli(port: int, *arguments: str, stdin: str | None = None) -> str:
    require("redis")
    return run("redis-cli", "-p", str(port), *arguments, stdin=stdin)


def test_redis_cli_calls_a_plugin(port: int) -> None:
    assert cli(port, "HELLO.WORLD", "Alice") == "Hello, Alice!\n"
    assert cli(port, "HELLO.WORLD") == "Hello, World!\n"
    assert cli(port, "--no-raw", "HELLO.COUNT", "cli:visits") == "(integer) 1\n"
    assert cli(port, "-3", "--no-raw", "HELLO.COUNT", "cli:visits") == "(integer) 2\n"
    assert json.loads(cli(port, "--json", "PLUGIN.INFO", "hello"))["state"] == "active"


def test_redis_cli_reads_commands_from_a_pipe(port: int) -> None:
    answer = cli(port, stdin="SET piped 1\nINCR piped\nPLUGIN LIST\n")
    assert answer.splitlines()[:2] == ["OK", "2"]


def test_redis_cli_scan_stat_and_latency(port: int) -> None:
    cli(port, "MSET", "scan:1", "a", "scan:2", "b")
    assert sorted(cli(port, "--scan", "--pattern", "scan:*").split()) == ["scan:1", "scan:2"]
    stat = f"timeout 2 stdbuf -oL redis-cli -p {port} --stat -i 0.1 || true"
    _, head, figures, *_ = run("sh", "-c", stat).splitlines()
    assert "keys" in head
    assert "clients" in head
    assert int(figures.split()[0]) >= 2
    latency = run("sh", "-c", f"timeout 1 redis-cli -p {port} --raw --latency -i 0.1 || true")
    assert len(latency.split()) >= 4


def test_redis_benchmark_runs(port: int) -> None:
    require("redis")
    options = f"-p {port} -c 10 -n 1000 -P 4 -t ping,set,get,incr,mset --csv"
    tests = [line.split(",")[0] for line in run("redis-benchmark", *options.split()).splitlines()]
    expected = ["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET (10 keys)"]
    assert tests == [f'"{name}"' for name in ("test", *expected)]


@pytest.mark.parametrize("protocol", [2, 3])
def test_redis_py(port: int, protocol: int) -> None:
    client = redis.Redis(port=port, protocol=protocol, client_name="somebody")
    assert client.ping()
    key = f"py:{protocol}"
    assert client.set(key, "value", ex=100)
    assert client.get(key) == b"value"
    assert 0 < client.ttl(key) <= 100
    assert client.incr(f"{key}:n", 5) == 5
    with client.pipeline(transaction=False) as pipeline:
        pipeline.mset({f"{key}:a": 1, f"{key}:b": 2}).mget(f"{key}:a", f"{key}:b")
        assert pipeline.execute() == [True, [b"1", b"2"]]
    assert set(client.scan_iter(match=f"{key}:*")) == {f"{key}:{x}".encode() for x in "abn"}
    assert client.client_getname() in ("somebody", b"somebody")
    assert client.info("server")["redis_version"].startswith("7.2")
    assert client.execute_command("HELLO.WORLD", "redis-py") == b"Hello, redis-py!"
    assert client.execute_command("HELLO.COUNT", f"{key}:count") == 1
    with pytest.raises(redis.ResponseError, match=r"WRONGTYPE|not an integer"):
        client.incr(key)
    client.close()
