"""Configurations under which nothing fails because the machine has much else to do."""

from __future__ import annotations

from ferrite.config import Config
from ferrite.plugin_options import PluginOptions
from tests.support.waiting import SECONDS_MAX


def patient(config: Config) -> Config:
    """The same, where a plugin's call has time enough unless the test says how much it has."""
    plugins, default = config.plugins, PluginOptions()
    for name in ("timeout_ms", "busy_reply_ms"):
        if getattr(plugins, name) == getattr(default, name):
            setattr(plugins, name, int(SECONDS_MAX * 1000))
    return config
