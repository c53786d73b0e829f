"""Who may use PLUGIN.*, and answers that come later."""

from __future__ import annotations

import pytest

from ferrite.errors import CommandError
from ferrite.plugins.management.support import answer, find, refused
from ferrite.plugins.program import LoadError
from tests.support.plugin_bench import plugin_bench


def test_errors_name_the_plugin() -> None:
    assert refused("p", LoadError("no")).text == "ERR plugin 'p': no"
    with plugin_bench() as bench, pytest.raises(CommandError, match="plugin 'x': no such plugin"):
        find(bench.manager, b"x")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (LoadError("bad"), "ERR plugin 'p': bad"),
        (CommandError("ERR other"), "ERR other"),
        (ZeroDivisionError("bug"), "ERR internal error"),
    ],
)
def test_an_answer_comes_whatever_happens(error: Exception, text: str) -> None:
    async def work() -> None:
        raise error

    with plugin_bench() as bench:
        bench.loop.set_exception_handler(lambda *_: None)

        async def begin() -> object:
            return answer("p", work())

        pending = bench.loop.run_until_complete(begin())
        reply = bench.wait(pending)  # type: ignore[arg-type]
        assert isinstance(reply, CommandError)
        assert reply.text.startswith(text)
