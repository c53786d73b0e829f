from __future__ import annotations

from tests.support import wat
from tests.support.command_line import CommandLine


def test_one_line_about_a_valid_module(tool: CommandLine) -> None:
    module = '(import "env" "f" (func)) (func (export "g"))'
    found = tool(module, "validate")
    size = len(wat.assemble(module))
    assert (found.code, found.err) == (0, "")
    assert found.out == (
        f"FILE: valid WebAssembly 3.0: {size} bytes, 1 functions, 1 imports, 1 exports\n"
    )


def test_the_level_decides(tool: CommandLine) -> None:
    module = "(memory 1) (memory 1)"
    assert tool(module, "validate").code == 0
    found = tool(module, "validate", "--level", "2.0")
    assert (found.code, found.err) == (126, "tool: FILE: multiple memories\n")
