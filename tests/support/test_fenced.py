"""The reader of pages notices what does not work."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fenced import Reader, blocks_of, compare

PAGE = """# One
```toml file=a/b.txt
# no heading
text
```
## Two
```sh
cd a; X=1
cat b.txt
```
```text
text
```
```sh
echo $X in ${PWD##*/}
```
```text
1 ...
```
"""


def follow(page: str, folder: Path) -> None:
    with Reader(folder, {}) as reader:
        reader.follow(blocks_of(page))


def test_blocks() -> None:
    found = blocks_of(PAGE)
    assert [block.info for block in found] == ["toml file=a/b.txt", "sh", "text", "sh", "text"]
    assert [block.headings for block in found[:2]] == [("One",), ("One", "Two")]
    assert [block.line for block in found[:2]] == [2, 7]


def test_a_page_that_works(tmp_path: Path) -> None:
    follow(PAGE, tmp_path)


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("```sh\nfalse\n```\n", "line 1: exit code 1"),
        ("```sh\nexit 0\n```\n", "line 1: the shell has ended"),
        ("```sh\necho a\n```\n```text\nb\n```\n", "line 4: 'b' is not in its place"),
        ("\n```sh server\nfalse\n```\n", "line 2: the server does not start"),
    ],
)
def test_a_page_that_does_not(page: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=message):
        follow(page, tmp_path)


def test_compare() -> None:
    compare("a\nb\nc d e\n", "b\nc ... e")
    for expected in ("b\na", "c", "a b"):
        with pytest.raises(AssertionError):
            compare("a\nb\nc d e\n", expected)
