"""hook_* outside of hooks, and at events that are no questions."""

from __future__ import annotations

import pytest

from ferrite.hooks import Event
from ferrite.permissions import Grant
from ferrite.plugins.host_api import FUNCTIONS, GuestError, HostContext, Invocation
from ferrite.plugins.host_api.context import HookView
from ferrite.plugins.host_api.declaration import Buffer


def context(event: Event | None, **facts: object) -> HostContext:
    made = HostContext("t", "1", Grant(), lambda *_: None)
    view = None if event is None else HookView(event, **facts)  # type: ignore[arg-type]
    made.invocation = Invocation("hook", hook=view)
    return made


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name.startswith("hook_")])
def test_without_a_hook_they_are_unavailable(name: str) -> None:
    made = context(None)
    takes_bytes = name in ("hook_abort", "hook_replace")
    arguments = [b"" if takes_bytes else Buffer(made, 0, 0)] if FUNCTIONS[name].kinds else []
    with pytest.raises(GuestError, match="no hook was called"):
        FUNCTIONS[name].body(made, *arguments)


def test_only_some_events_can_be_refused_or_replaced() -> None:
    abort, replace = FUNCTIONS["hook_abort"].body, FUNCTIONS["hook_replace"].body
    for event in Event:
        made = context(event, key=b"k", value=b"v")
        refusing = event.value in ("BeforeCommand", "OnKeyWrite", "OnKeyDelete")
        replacing = event.value in ("BeforeCommand", "OnKeyWrite")
        for body, possible in ((abort, refusing), (replace, replacing)):
            if possible:
                assert body(made, b"text") == 0
            else:
                with pytest.raises(GuestError):
                    body(made, b"text")
