"""The group of PLUGIN.*: every command of `management`, and HELP."""

from __future__ import annotations

from ferrite.commands.registry import Command, Group, Tag
from ferrite.plugins.management import lifecycle, limiting, looking, recording, studying
from ferrite.plugins.management.support import LOOKING, SINCE
from ferrite.plugins.manager import PluginManager
from ferrite.protocol.replies import Reply, SimpleString
from ferrite.state import Call

FAMILY = "plugin"


def management_commands(manager: PluginManager) -> Group:
    """The commands over one server's plugins."""
    group = Group("module")
    for part in (lifecycle, looking, limiting, studying, recording):
        part.add(group, manager)
    group.add(_help(group))
    return group


def _help(group: Group) -> Command:
    """PLUGIN.HELP: grammar and summary of the others."""

    def run(_call: Call, _request: list[bytes]) -> Reply:
        lines = ["PLUGIN.<subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
        for command in group.commands.values():
            lines += [command.syntax.partition(".")[2], f"    {command.summary}."]
        return [SimpleString(line) for line in lines]

    return Command(
        "plugin.help",
        run,
        LOOKING | Tag.LOADING | Tag.STALE,
        count_max=1,
        group=group.name,
        since=SINCE,
        summary="Print this help",
        complexity="O(1)",
    )
