from __future__ import annotations

import pytest

from ferrite.client.conversation import Conversation
from ferrite.client.options import Options
from tests.support.program import Program
from tests.support.redis_cli import PROGRAMS, theirs
from tests.support.served import served
from tests.support.waiting import until


@pytest.mark.parametrize("style", [["--no-raw"], ["--raw"], ["-3", "--no-raw"]])
def test_messages_are_streamed(redis: int, style: list[str]) -> None:
    printed = []
    for program in PROGRAMS:
        with Program(*program, "-p", str(redis), *style, "SUBSCRIBE", "a") as process:
            lines = [process.line().string]
            until(lambda: theirs("-p", str(redis), "PUBLISH", "a", "hello").stdout == b"1\n")
            while "hello" not in lines[-1]:
                lines.append(process.line().string)
        printed.append(lines)
    assert printed[0] == printed[1]


def test_the_prompt_says_where_one_is(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with served() as server:
        conversation = Conversation(Options(port=server.port))
        assert conversation.prompt == "not connected> "
        conversation.say([b"PING"])
        home = f"127.0.0.1:{server.port}"
        assert conversation.prompt == f"{home}> "
        conversation.say([b"select", b"3"])
        assert conversation.prompt == f"{home}[3]> "
        conversation.say([b"select", b"99"])
        conversation.say([b"multi"])
        assert conversation.prompt == f"{home}[3](TX)> "
        conversation.say([b"select", b"5"])
        conversation.say([b"exec"])
        assert conversation.prompt == f"{home}[5]> "
        conversation.close()
        assert conversation.prompt == "not connected> "
        conversation.say([b"dbsize"])
        assert conversation.prompt == f"{home}[5]> "
        conversation.say([b"reset"])
        assert conversation.prompt == f"{home}> "
        conversation.close()
