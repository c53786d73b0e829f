from __future__ import annotations

import io
import json
from pathlib import Path

import wasi
from tests.support.wasi_calls import RESULT, Calls
from wasi.abi import Errno, OpenFlags


def test_an_event_is_a_line_of_json() -> None:
    event = wasi.Event(
        "path_open", (3, 7), wasi.Decision.DENIED, Errno.NOENT, 12,
        parameters=("fd", "path"), paths=("a\n\ud800",), bytes=5,
    )  # fmt: skip
    text = event.as_json()
    assert "\n" not in text
    assert json.loads(text) == {
        "call": "path_open", "arguments": {"fd": 3, "path": 7}, "paths": ["a\n\ud800"],
        "decision": "denied", "errno": "NOENT", "bytes": 5, "fuel": 12,
    }  # fmt: skip


def test_a_file_gets_a_line_for_each_call(tmp_path: Path) -> None:
    stream = io.StringIO()
    guest = Calls(tmp_path, on_event=wasi.AuditFile(stream))
    fd = guest.open("new", OpenFlags.CREAT)
    guest.read(fd)
    guest("fd_close", fd)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["call"] for line in lines] == ["path_open", "fd_read", "fd_close"]
    assert lines[0]["paths"] == ["new"]
    assert lines[0]["arguments"]["fd"] == 3
    assert lines[2]["arguments"] == {"fd": fd}


def test_bytes_that_were_moved(tmp_path: Path) -> None:
    guest = Calls(tmp_path)
    fd = guest.create("new", b"0123456789")
    # A vector, ten bytes, a count.
    assert guest.system.events[-1].bytes == 8 + 10 + 4
    guest.seek(fd, 2)
    assert guest.system.events[-1].bytes == 8
    guest.read(fd, 500)
    assert guest.system.events[-1].bytes == 8 + 8 + 4


def test_paths_of_refused_calls_are_written_down_too(tmp_path: Path) -> None:
    guest = Calls(tmp_path, policy=wasi.Policy(rules=(("path_*", Errno.ACCES),)))
    assert guest("path_rename", 3, "old", 3, "../new\xff") is Errno.ACCES
    (event,) = guest.system.events
    assert (event.decision, event.errno) == (wasi.Decision.DENIED, Errno.ACCES)
    assert event.paths == ("old", "../new\xff")


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    guest = Calls(tmp_path)
    assert guest("path_unlink_file", 3, 65_530, 10) is Errno.FAULT
    assert guest.system.events[-1].paths == ()
    assert guest("path_unlink_file", 3, b"\xfe") is Errno.ILSEQ
    assert guest.system.events[-1].paths == ("\\xfe",)
    assert guest("path_readlink", 3, "x" * 5000, RESULT, 4, RESULT) is Errno.NAMETOOLONG
    assert guest.system.events[-1].paths == ("x" * 4096,)
