from __future__ import annotations

import pytest

from ferrite.client.program import main
from tests.support.redis_cli import both, ours, theirs
from tests.support.require import require

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


@pytest.mark.parametrize(
    "arguments",
    [["-p", "1", "PING"], ["-p"], ["--bogus", "PING"], ["-h", "no-such-host.invalid", "PING"]],
)
def test_what_cannot_work_is_one_line_and_a_failure(arguments: list[str]) -> None:
    require("redis")
    done, expected = ours(*arguments), theirs(*arguments)
    assert (done.stdout, done.returncode) == (b"", 1)
    assert done.stderr == expected.stderr


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "Usage: ferrite-cli" in capsys.readouterr().out


LINES = b"""SET k "a b"
GET k
3 INCR n

GET "unbalanced
NOSUCH
LPUSH l a b c
LRANGE l 0 -1
SELECT 3
DBSIZE
-1 INCR n
MULTI
GET k
EXEC
INFO nosuch
quit
SET never done
"""


@pytest.mark.parametrize("style", [[], ["--no-raw"], ["--json"], ["-3"], ["-n", "2"], ["-e"]])
def test_lines_from_the_input(redis: int, style: list[str]) -> None:
    expected, done = both(redis, *style, data=LINES)
    assert (done.stdout, done.returncode) == (expected.stdout, expected.returncode)
    assert done.stderr == expected.stderr
