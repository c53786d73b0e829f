"""The audit file: whatever is changed in it is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.plugins.chain import START, AuditFile, BrokenChain, verify
from ferrite.plugins.study import HostCallRecord


def record(number: int, argument: str = "k") -> HostCallRecord:
    return HostCallRecord(number, 1, "X", "u", "get", argument, 0, "allowed", 5)


def written(path: Path, count: int = 4) -> list[str]:
    file = AuditFile(path)
    for number in range(count):
        file.write("p", record(number, '","hash":"' if number == 2 else "k"))
    file.close()
    return path.read_text().splitlines(keepends=True)


def test_a_file_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "a"
    written(path)
    first = verify(path)
    assert len(written(path)) == 8
    assert verify(path) != first
    empty = tmp_path / "empty"
    empty.touch()
    assert verify(empty) == START


@pytest.mark.parametrize("how", ["change", "drop", "swap", "insert", "garbage"])
def test_changes_are_found(tmp_path: Path, how: str) -> None:
    path = tmp_path / "a"
    lines = written(path)
    if how == "change":
        lines[1] = lines[1].replace('"fuel":5', '"fuel":6')
    elif how == "drop":
        del lines[1]
    elif how == "swap":
        lines[1], lines[2] = lines[2], lines[1]
    elif how == "insert":
        lines.insert(1, lines[0])
    else:
        lines[1] = "\xff\x00 no line\n"
    path.write_text("".join(lines))
    with pytest.raises(BrokenChain, match=":2: does not follow"):
        AuditFile(path)
