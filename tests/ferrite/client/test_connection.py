from __future__ import annotations

from pathlib import Path

from tests.support.redis_cli import ours, theirs
from tests.support.require import require
from tests.support.served import served


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


def test_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    with served("--unixsocket", path):
        assert ours("-s", path, "PING").stdout == b"PONG\n"
    done, expected = ours("-s", path, "PING"), theirs("-s", path, "PING")
    assert (done.returncode, done.stderr) == (expected.returncode, expected.stderr)
