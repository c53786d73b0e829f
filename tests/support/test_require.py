from __future__ import annotations

import pytest

from tests.support.require import TOOLS, require


def test_present_tool_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TOOLS, "anything", lambda: True)
    require("anything")


def test_absent_tool_skips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FERRITE_REQUIRE", raising=False)
    monkeypatch.setitem(TOOLS, "anything", lambda: False)
    with pytest.raises(pytest.skip.Exception):
        require("anything")


def test_absent_required_tool_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FERRITE_REQUIRE", "spec, anything")
    monkeypatch.setitem(TOOLS, "anything", lambda: False)
    with pytest.raises(pytest.fail.Exception):
        require("anything")
