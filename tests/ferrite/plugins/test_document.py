"""The generated pages hold every declaration; tests/plugins/test_features.py compares the files."""

from __future__ import annotations

from ferrite.hooks import Event
from ferrite.option_tables import options_of
from ferrite.plugin_options import PluginOptions, SandboxOptions
from ferrite.plugins import document
from ferrite.plugins.host_api import FUNCTIONS


def test_every_host_function_and_event_is_in_the_guide() -> None:
    page = document.guide()
    assert not [name for name in FUNCTIONS if f"| `{name}` |" not in page]
    assert not [event for event in Event if f"| {event.value} | `" not in page]
    assert "`on_key_write`" in page


def test_every_option_is_in_the_configuration() -> None:
    page = document.configuration()
    for holder in (PluginOptions, SandboxOptions):
        assert not [name for name, _ in options_of(holder) if f"| `{name}` |" not in page]
