from __future__ import annotations

import pytest

from ferrite.toml_source import TomlSource

TEXT = """\
# a comment: port = 1
title = "x"

[redis]
port = 6379
"quoted-key" = 1

[ plugins . sandbox ]  # header
max_memory_mb = 5
inner.dotted = 3

[[commands]]
name = "A"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("redis",), 4),
        (("redis", "port"), 5),
        (("redis", "quoted-key"), 6),
        (("plugins",), 8),
        (("plugins", "sandbox"), 8),
        (("plugins", "sandbox", "max_memory_mb"), 9),
        (("plugins", "sandbox", "inner", "dotted"), 10),
        (("commands", "name"), 13),
        (("port",), None),
        (("redis", "nosuch"), None),
    ],
)
def test_lines(path: tuple[str, ...], line: int | None) -> None:
    assert TomlSource(TEXT, "f.toml").line_of(path) == line


def test_problems_say_where() -> None:
    source = TomlSource(TEXT, "dir/f.toml")
    assert str(source.problem(("redis", "port"), "is bad")) == "dir/f.toml:5: redis.port is bad"
    assert str(source.problem(("a", "b"), "is missing")) == "dir/f.toml: a.b is missing"


def test_what_is_no_toml() -> None:
    with pytest.raises(ValueError, match=r"^f\.toml: .*line 2"):
        TomlSource("a = 1\nb = \n", "f.toml")
