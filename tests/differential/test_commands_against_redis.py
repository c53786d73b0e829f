"""Scripts of commands, answered by us and by a real redis-server: the bytes must be the same.

The scripts are in commands*.txt: a title line with `#`, then one command a line, quoted as in a
shell, with Python's backslash escapes inside. A script begins with no keys, in RESP2 and in RESP3.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrite.config import Config
from tests.support.in_process import InProcess
from tests.support.real_redis import RealRedis, redis_server
from tests.support.require import require

PASSWORD = "pass word"
SCRIPTS = [
    script
    for path in sorted(Path(__file__).parent.glob("commands*.txt"))
    for script in path.read_text("utf-8").split("\n\n")
]
WITH_PASSWORD = """\
GET a
NOSUCH
GET
PING
ECHO a
CLIENT ID
COMMAND COUNT
CONFIG GET requirepass
HELLO
HELLO 3
HELLO 4
HELLO 3 SETNAME a
HELLO 3 AUTH default wrong
HELLO 3 AUTH other "pass word"
AUTH wrong
AUTH other "pass word"
AUTH default wrong
GET a
AUTH "pass word"
GET a
AUTH wrong
GET a
RESET
GET a
AUTH default "pass word"
GET a
RESET
HELLO 3 foo
GET a
AUTH "pass word"
CONFIG SET requirepass other
GET a
AUTH "pass word"
AUTH other
RESET
AUTH "pass word"
AUTH other
CONFIG SET requirepass ""
GET a
RESET
GET a
CONFIG SET requirepass "pass word"
GET a
"""


def tokens(line: str) -> tuple[bytes, ...]:
    """The arguments of a script line."""
    return tuple(
        word.encode("latin-1").decode("unicode_escape").encode("latin-1")
        for word in shlex.split(line)
    )


def compare(script: str, real: RealRedis, ours: InProcess) -> list[str]:
    """The lines that were answered differently, with both answers."""
    differences = []
    for line in script.splitlines():
        if line.strip() and not line.startswith("#"):
            theirs, mine = real.ask(*tokens(line)), ours.ask(*tokens(line))
            if theirs != mine:
                differences.append(f"{line}\n  redis {theirs[:300]!r}\n  ours  {mine[:300]!r}")
    return differences


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRedis]:
    require("redis")
    with redis_server(tmp_path_factory.mktemp("redis")) as port:
        client = RealRedis(port)
        yield client
        client.close()


@pytest.mark.parametrize("protocol", [b"2", b"3"])
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.partition("\n")[0][2:])
def test_the_same_bytes(real: RealRedis, script: str, protocol: bytes) -> None:
    ours = InProcess()
    real.ask(b"RESET")
    real.ask(b"FLUSHALL")
    for client in (real, ours):
        client.ask(b"HELLO", protocol)
    assert compare(script, real, ours) == []


def test_the_same_bytes_with_a_password(tmp_path: Path) -> None:
    require("redis")
    config = Config()
    config.redis.requirepass = PASSWORD
    with redis_server(tmp_path, "--requirepass", PASSWORD) as port:
        real = RealRedis(port)
        try:
            assert compare(WITH_PASSWORD, real, InProcess(config)) == []
        finally:
            real.close()
