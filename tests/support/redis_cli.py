"""ferrite-cli and redis-cli, run as programs on the same requests."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.support.require import ROOT
from tests.support.waiting import SECONDS_MAX

OURS = [sys.executable, "-m", "ferrite.client"]
PROGRAMS = (["redis-cli"], OURS)


def ours(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*OURS, *arguments],
        check=False,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS_MAX,
        env={**os.environ, **(env or {})},
    )


def theirs(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["redis-cli", *arguments],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS_MAX,
    )


def both(port: int, *arguments: str, data: bytes = b"") -> list[subprocess.CompletedProcess[bytes]]:
    """What redis-cli and ours do, each on an empty server."""
    done = []
    for program in PROGRAMS:
        theirs("-p", str(port), "FLUSHALL")
        theirs("-p", str(port), "MSET", "one", "1", "two", "2")
        command = [*program, "-p", str(port), *arguments]
        done.append(
            subprocess.run(
                command, input=data, capture_output=True, check=False, timeout=SECONDS_MAX
            )
        )
    return done
