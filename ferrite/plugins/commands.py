"""The group of PLUGIN.*: every command of `management`, and HELP."""

from __future__ import annotations

from ferrite.commands.registry import Group
from ferrite.plugins.management import lifecycle, limiting, looking, recording, studying
from ferrite.plugins.management.support import LOOKING, family_help
from ferrite.plugins.manager import PluginManager

FAMILY = "plugin"


def management_commands(manager: PluginManager) -> Group:
    """The commands over one server's plugins."""
    group = Group("module")
    for part in (lifecycle, looking, limiting, studying, recording):
        part.add(group, manager)
    group.add(family_help(group, FAMILY, LOOKING))
    return group
