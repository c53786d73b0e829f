from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrite.client import main, parse_options
from ferrite.errors import StartError
from tests.support.real_redis import redis_server
from tests.support.require import ROOT, require
from tests.support.served import served

DEBUG_KINDS = "string integer double null array set map push verbatim true false"
COMMANDS = [
    ["PING"],
    ["SET", "key", 'value with "quotes" and\nlines\tand \x01 ü'],
    ["GET", "key"],
    ["GET", "no such key"],
    ["MGET", "key", "no such key"],
    ["STRLEN", "key"],
    ["NOSUCH", "a", "b"],
    ["GET"],
    ["SET", "-1", "-2"],
    ["EVAL", "return {1,{2,{},{{'deep'}}},'x',false}", "0"],
    ["EVAL", "local t = {} for i = 1, 12 do t[i] = {i, 'x'} end return t", "0"],
    ["EVAL", "return {}", "0"],
    ["EVAL", "return redis.error_reply('MINE went wrong')", "0"],
    ["EVAL", "return {redis.error_reply('MINE went wrong'), 1}", "0"],
    ["COMMAND", "INFO", "get"],
    ["CONFIG", "GET", "maxclients"],
    ["EVAL", "redis.setresp(3) return {map={a={}, b={map={c={1}}}}}", "0"],
    ["EVAL", "redis.setresp(3) return {map={a={map={}}, b={set={x=true}}}}", "0"],
    *(["DEBUG", "PROTOCOL", kind] for kind in DEBUG_KINDS.split()),
]
STYLES = [[], ["--no-raw"], ["--raw"], ["-3"], ["-3", "--no-raw"], ["--json"], ["-e"], ["-n", "3"]]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    require("redis")
    folder = tmp_path_factory.mktemp("redis")
    with redis_server(folder, "--enable-debug-command", "yes") as port:
        yield port


def ours(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "ferrite.client", *arguments],
        check=False,
        cwd=ROOT,
        capture_output=True,
        env={**os.environ, **(env or {})},
    )


def theirs(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["redis-cli", *arguments], check=False, capture_output=True)


@pytest.mark.parametrize("style", STYLES, ids=" ".join)
def test_prints_what_redis_cli_prints(
    redis: int, style: list[str], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    for command in COMMANDS:
        arguments = ["-p", str(redis), *style, *command]
        expected = theirs(*arguments)
        capfdbinary.readouterr()
        code = main(arguments)
        printed = capfdbinary.readouterr()
        assert (printed.out, code) == (expected.stdout, expected.returncode), command
        assert printed.err == expected.stderr, command


def test_as_a_program_and_on_a_terminal(redis: int) -> None:
    assert ours("-p", str(redis), "SET", "a", "b").stdout == b"OK\n"
    assert ours("-p", str(redis), "GET", "a").stdout == b"b\n"
    reader, writer = pty.openpty()
    command = [sys.executable, "-m", "ferrite.client", "-p", str(redis), "GET", "a"]
    subprocess.run(command, check=True, cwd=ROOT, stdout=writer)
    os.close(writer)
    assert os.read(reader, 100) == b'"b"\r\n'
    os.close(reader)


@pytest.mark.parametrize(
    "arguments",
    [["-p", "1", "PING"], ["-p"], ["--bogus", "PING"], ["-h", "no-such-host.invalid", "PING"]],
)
def test_what_cannot_work_is_one_line_and_a_failure(arguments: list[str]) -> None:
    require("redis")
    done, expected = ours(*arguments), theirs(*arguments)
    assert (done.stdout, done.returncode) == (b"", 1)
    assert done.stderr == expected.stderr


def test_login(tmp_path: Path) -> None:
    require("redis")
    with served("--requirepass", "secret") as server:
        port = str(server.port)
        for arguments in (
            ["PING"],
            ["-a", "secret", "PING"],
            ["-a", "secret", "--user", "default", "-n", "2", "CLIENT", "ID"],
            ["-a", "wrong", "PING"],
            ["-a", "secret", "--no-auth-warning", "-n", "99", "PING"],
        ):
            done, expected = ours("-p", port, *arguments), theirs("-p", port, *arguments)
            assert done.returncode == expected.returncode
            warning = expected.stderr.replace(b"'-a' or '-u'", b"'-a'")
            assert done.stderr == warning
            if arguments[-1] == "PING":
                assert done.stdout == expected.stdout
        done = ours("-p", port, "PING", env={"REDISCLI_AUTH": "secret"})
        assert (done.stdout, done.stderr) == (b"PONG\n", b"")


def test_server_that_goes_away() -> None:
    with served() as server:
        done = ours("-p", str(server.port), "POST", "/")
    assert (done.returncode, done.stderr) == (1, b"Error: Server closed the connection\n")


def test_help_and_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "Usage: ferrite-cli" in capsys.readouterr().out
    assert main([]) == 1
    assert "Usage: ferrite-cli" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["-p", "65536"], ["-p", "x"], ["-n", "-1"], ["-n"]])
def test_bad_numbers_are_refused(arguments: list[str]) -> None:
    with pytest.raises(StartError, match=r"number|Unrecognized"):
        parse_options([*arguments, "PING"])


def test_options_end_where_the_command_begins() -> None:
    options = parse_options(["-p", "7", "SET", "-n", "--json"])
    assert options.port == 7
    assert options.command == [b"SET", b"-n", b"--json"]
