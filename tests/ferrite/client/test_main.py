from __future__ import annotations

import os
import pty
import subprocess

from tests.support.redis_cli import OURS, ours
from tests.support.require import ROOT
from tests.support.waiting import SECONDS_MAX


def test_as_a_program_and_on_a_terminal(redis: int) -> None:
    assert ours("-p", str(redis), "SET", "a", "b").stdout == b"OK\n"
    assert ours("-p", str(redis), "GET", "a").stdout == b"b\n"
    reader, writer = pty.openpty()
    command = [*OURS, "-p", str(redis), "GET", "a"]
    subprocess.run(command, check=True, cwd=ROOT, stdout=writer, timeout=SECONDS_MAX)
    os.close(writer)
    assert os.read(reader, 100) == b'"b"\r\n'
    os.close(reader)
