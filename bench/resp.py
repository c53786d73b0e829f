"""How fast do bytes become requests and replies bytes, against hiredis-py and our Python twins?

All peers do the same work in the same process, in turns: a round measures each once, and a figure
is the smallest over the rounds, so that a busy machine slows all alike and weighs little.

    python bench/resp.py [--rounds 60] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import hiredis

from ferrite.limits import ProtocolLimits
from ferrite.native import reply_encoder
from ferrite.native.transcoder import RequestTranscoder
from ferrite.protocol import encoder
from ferrite.protocol.parser import RequestParser

DEPTHS = (1, 16, 256)
ITEMS_PER_ROUND = 4_096
REQUEST = b"*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000012\r\n$3\r\nxxx\r\n"
REPLIES: dict[str, list[Any]] = {
    "bulk strings": [b"xxx"],
    "integers": [123_456],
    "OK": ["OK"],
    "arrays of 10": [[b"xxx"] * 10],
}


@dataclass(frozen=True, slots=True)
class Row:
    """Nanoseconds per request or reply of each peer, and how often ours fits into the other."""

    work: str
    depth: int
    ours: float
    peers: dict[str, float]


def hiredis_requests(stream: bytes) -> Callable[[], list[list[bytes]]]:
    """What a server on hiredis-py does with a read."""
    reader = hiredis.Reader()

    def work() -> list[list[bytes]]:
        reader.feed(stream)
        requests = []
        while (request := reader.gets()) is not False:
            requests.append(request)
        return requests

    return work


def smallest(works: dict[str, Callable[[], Any]], depth: int, rounds: int) -> dict[str, float]:
    """Nanoseconds per item of each work, which does `depth` items a call."""
    calls = max(ITEMS_PER_ROUND // depth, 1)
    best = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            start = time.perf_counter_ns()
            for _ in range(calls):
                work()
            best[name] = min(best[name], (time.perf_counter_ns() - start) / calls / depth)
    return best


def measure(rounds: int) -> list[Row]:
    """All rows."""
    rows = []
    limits = ProtocolLimits()
    for depth in DEPTHS:
        stream = REQUEST * depth
        native, python = RequestTranscoder(limits), RequestParser(limits)
        works: dict[str, Callable[[], Any]] = {
            "ours": lambda native=native, stream=stream: native.feed(stream),
            "hiredis-py": hiredis_requests(stream),
            "Python twin": lambda python=python, stream=stream: python.feed(stream),
        }
        if len({repr(work()) for work in works.values()}) != 1:
            raise AssertionError("the peers do not read the same requests")
        best = smallest(works, depth, rounds)
        rows.append(Row("parse SET key value", depth, best.pop("ours"), best))
    for name, replies in REPLIES.items():
        for depth in DEPTHS:
            batch = replies * depth
            works = {
                "ours": lambda batch=batch: reply_encoder.encode_all(batch, 2),
                "Python twin": lambda batch=batch: encoder.encode_all(batch, 2),
            }
            best = smallest(works, depth, rounds)
            rows.append(Row(f"encode {name}", depth, best.pop("ours"), best))
    return rows


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| work | depth | ours ns | hiredis-py ns | ratio | Python twin ns | ratio |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = [row.work, str(row.depth), f"{row.ours:.0f}"]
        for peer in ("hiredis-py", "Python twin"):
            time_of_peer = row.peers.get(peer)
            known = time_of_peer is not None
            cells.append(f"{time_of_peer:.0f}" if known else "")
            cells.append(f"**{time_of_peer / row.ours:.2f}**" if known else "")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args()
    rows = measure(given.rounds)
    print(table(rows))
    if given.json:
        given.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
