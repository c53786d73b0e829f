from __future__ import annotations

import pytest

from ferrite.persistence.manifest import BadManifest, Manifest, Part, read_manifest

NAME = "appendonly.aof"
TEXT = b"""file appendonly.aof.7.base.rdb seq 7 type b
file appendonly.aof.2.incr.aof seq 2 type h
file appendonly.aof.6.base.rdb seq 6 type h
file appendonly.aof.3.incr.aof seq 3 type i
"""


def test_there_and_back() -> None:
    found = read_manifest(TEXT, NAME)
    assert found.base == Part("appendonly.aof.7.base.rdb", 7, "b")
    assert [part.sequence for part in found.increments] == [3]
    assert (found.base_sequence, found.increment_sequence) == (7, 3)
    assert found.to_bytes() == TEXT


def test_the_steps_of_a_rewrite() -> None:
    """In the order that Redis writes: what became history last stands first."""
    first = Manifest(NAME).with_base(rdb=True).with_increment()
    assert first.to_bytes() == (
        b"file appendonly.aof.1.base.rdb seq 1 type b\n"
        b"file appendonly.aof.1.incr.aof seq 1 type i\n"
    )
    begun = first.with_increment()
    done = begun.with_base(rdb=False).without_increments(keep_last=True)
    assert done.to_bytes() == (
        b"file appendonly.aof.2.base.aof seq 2 type b\n"
        b"file appendonly.aof.1.incr.aof seq 1 type h\n"
        b"file appendonly.aof.1.base.rdb seq 1 type h\n"
        b"file appendonly.aof.2.incr.aof seq 2 type i\n"
    )
    assert done.without_history().parts == done.parts
    assert done.without_increments(keep_last=False).increments == ()


def test_a_name_that_needs_quotes() -> None:
    name = ' file seq \n\n.aof "\x01\\'
    made = Manifest(name).with_base(rdb=True)
    assert made.to_bytes().startswith(b'file " file seq \\n\\n.aof \\"\\x01\\\\.1.base.rdb" seq 1')
    assert read_manifest(made.to_bytes(), name) == made


def test_what_else_a_line_may_have() -> None:
    found = read_manifest(b"# words\nfile a seq 1 type b newkey newvalue\n", NAME)
    assert found.base == Part("a", 1, "b")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "Found an empty AOF manifest"),
        (b"file a seq 1 type i\n\nfile b seq 2 type i\n", "line 2: Invalid AOF manifest file"),
        (b"filx a seq 1 type i\n", "line 1: Invalid AOF manifest file format"),
        (b"file a type i\n", "line 1: Invalid AOF manifest file format"),
        (b"file a seq 1 type i newkey\n", "line 1: Invalid AOF manifest file format"),
        (b"file a seq 0 type i\n", "line 1: Invalid AOF manifest file format"),
        (b"file a seq 1 type x\n", "line 1: Unknown AOF file type"),
        (b"file ../a seq 1 type b\n", "line 1: File can't be a path"),
        (b"file a seq 1 type b\nfile b seq 2 type b\n", "line 2: Found duplicate base file"),
        (b"file a seq 2 type i\nfile b seq 1 type i\n", "line 2: Found a non-monotonic sequence"),
        (b"file a seq 1 type i", "line 1: The AOF manifest file contains too long line"),
        (b"file a seq 1 type i" + b" k v" * 300 + b"\n", "contains too long line"),
    ],
)
def test_bad_lines(text: bytes, reason: str) -> None:
    with pytest.raises(BadManifest, match=reason):
        read_manifest(text, NAME)
