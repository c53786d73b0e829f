from __future__ import annotations

from ferrite.commands.registry import Tag
from tests.support.plugin_bench import plugin_bench

CHANGING = {"load", "define", "update", "reload", "unload"}
CALLING = {"call", "call_ro"}


def test_tags_and_categories() -> None:
    with plugin_bench() as bench:
        found = {c.name[5:]: c for c in bench.state.registry if c.name.startswith("wasm.")}
        assert set(found) == CHANGING | CALLING | {"list", "info", "stats", "help"}
        for name, command in found.items():
            assert ("dangerous" in command.categories) is (name in CHANGING), name
            assert Tag.NOSCRIPT in command.tags, "no guest may run it"
            assert not command.logged_by_request, name
            apart = bench.state.registry.get(f"wasm|{name}")
            assert apart is not None
            assert apart.tags == command.tags
        assert Tag.WRITE in found["call"].tags
        assert Tag.READONLY in found["call_ro"].tags


def test_help_lists_every_command() -> None:
    with plugin_bench() as bench:
        lines = bench.reply("WASM.HELP")
        assert isinstance(lines, list)
        names = [c.name[5:].upper() for c in bench.state.registry if c.name.startswith("wasm.")]
        for name in names:
            assert any(str(line).split(" ")[0] == name for line in lines), name
