from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from ferrite.logs import JsonFormatter, configure_log


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:]
    yield
    root.handlers[:] = before


def test_a_message_is_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_log("json")
    try:
        raise ValueError("line one\nline two")
    except ValueError:
        logging.getLogger("ferrite.x").error("bad '%s'\n%d", "é", 5, exc_info=True)
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    found = json.loads(line)
    assert found["time"].endswith("+00:00")
    assert (found["level"], found["logger"]) == ("error", "ferrite.x")
    assert found["message"] == "bad 'é'\n5"
    assert found["exception"].endswith("line two")


def test_a_message_is_a_line_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure_log("text")
    logging.getLogger("ferrite.x").warning("hello")
    assert capsys.readouterr().err.endswith(" WARNING ferrite.x: hello\n")


def test_no_exception_no_field() -> None:
    record = logging.LogRecord("n", logging.INFO, "f", 1, "m", None, None)
    assert set(json.loads(JsonFormatter().format(record))) == {"time", "level", "logger", "message"}
