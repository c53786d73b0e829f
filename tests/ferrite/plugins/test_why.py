"""The steps of a decision are those of a host call; tests/plugins/test_rights.py compares them."""

from __future__ import annotations

from ferrite.permissions import Right
from ferrite.plugins.why import Step, decide
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import guest


def test_one_no_is_enough() -> None:
    with plugin_bench(guest("(i32.const 0)", permissions=("storage.read a*",))) as bench:
        plugin = bench.manager.get("t")
        user = bench.state.users.default
        read, write, delete = decide(bench.state, plugin, user, "t.run", b"ab")
        assert [each.right for each in (read, write, delete)] == [
            Right.STORAGE_READ,
            Right.STORAGE_WRITE,
            Right.STORAGE_DELETE,
        ]
        assert read.allowed
        assert not write.allowed
        assert not delete.allowed
        assert not decide(bench.state, plugin, user, "t.run", b"b")[0].allowed
        assert not decide(bench.state, plugin, None, "t.run", b"ab")[0].allowed


def test_steps_as_lines() -> None:
    assert str(Step(True, "it is so")) == "yes: it is so"
    assert str(Step(False, "it is so")) == "no: it is so"
