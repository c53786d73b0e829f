"""What the suite prints about a unit, read.

Rule: a line that begins with a status in brackets begins a report; what follows until the next such
line belongs to it. A name may come more than once in a unit, so counts are kept and not sets.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_REPORT = re.compile(
    r"\[(ok|err|skip|ignore|exception|testing|done|ready|TIMEOUT|\d+/\d+ done)\]: "
)
_ELAPSED = re.compile(r" \(\d+ ms\)$")
_FAILED = re.compile(r"(.*) in tests/\S+\.tcl\n?(.*)", re.DOTALL)
OUTSIDE = "(outside of a test)"


@dataclass
class Outcome:
    """One unit's run."""

    passed: Counter[str] = field(default_factory=Counter)
    failed: dict[str, str] = field(default_factory=dict)
    """Name -> what the suite says about it."""
    skipped: set[str] = field(default_factory=set)
    """Left out by name."""
    ended: bool = False
    """Whether the unit came to its end."""

    @property
    def ok(self) -> int:
        """How many tests have passed."""
        return self.passed.total()


def read(text: str) -> Outcome:
    """Read the output of a run of one unit."""
    outcome = Outcome()
    text = _COLOURS.sub("", text)
    begins = [match.start() for match in re.finditer(r"^\[", text, re.MULTILINE)]
    for begin, end in zip(begins, [*begins[1:], len(text)], strict=True):
        report = text[begin:end].rstrip("\n")
        match = _REPORT.match(report)
        if match is None:
            continue
        status, body = match[1], report[match.end() :]
        if status == "ok":
            outcome.passed[_ELAPSED.sub("", body)] += 1
        elif status == "skip":
            outcome.skipped.add(body)
        elif status.endswith("done"):
            outcome.ended = True
        elif status in ("err", "exception", "TIMEOUT"):
            _note(outcome, status, body.partition("\n\n")[0])
    return outcome


def _note(outcome: Outcome, status: str, body: str) -> None:
    failed = _FAILED.fullmatch(body) if status == "err" else None
    name, reason = (failed[1], failed[2]) if failed else (OUTSIDE, body)
    if "\n" in name:
        name, reason = OUTSIDE, body
    outcome.failed[name] = f"{outcome.failed.get(name, '')}\n{reason.strip()}".lstrip("\n")
