"""Lines with indentation and sites."""

from __future__ import annotations

import pytest

from wasm_vm.compiler.writer import INDENT_MOST, Site, Unsupported, Writer


def test_lines_and_their_sites() -> None:
    writer, site = Writer(2), Site(3, 7, "[l0]")
    writer.line("a")
    writer.line("b", site)
    assert writer.lines == ["  a", "  b"]
    assert writer.sites == {1: site}


def test_erasing_keeps_the_numbers_of_lines() -> None:
    writer = Writer(0)
    writer.line("a")
    writer.line("b")
    writer.erase(0)
    assert writer.lines == ["", "b"]


def test_a_statement_without_a_body_gets_one() -> None:
    writer = Writer(0)
    writer.line("while 1:")
    writer.line("")
    writer.erase(1)
    writer.close(0)
    assert writer.lines == ["while 1:", "", " pass"]
    writer.line("if a:")
    writer.depth = 1
    writer.line("b")
    writer.close(0)
    assert writer.lines[-1] == " b"
    assert writer.depth == 0


def test_too_deep_for_python() -> None:
    writer = Writer(INDENT_MOST)
    writer.line("a")
    writer.depth += 1
    with pytest.raises(Unsupported, match="indentation"):
        writer.line("b")
