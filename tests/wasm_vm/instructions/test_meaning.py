from __future__ import annotations

from wasm_vm.instructions import BY_NAME, TABLE
from wasm_vm.instructions.meaning import NAMESPACE, function, text


def test_text_puts_expressions_in_the_place_of_operands() -> None:
    assert text(BY_NAME["i32.add"], "x", "y") == "(x + y) & MASK32"
    assert text(BY_NAME["i32.eqz"], "stack[-1]") == "int(stack[-1] == 0)"
    shown = text(BY_NAME["i8x16.extract_lane_u"], "x")
    assert shown == "i8x16_extract_lane_u(x, immediate)"


def test_function_takes_raw_values() -> None:
    assert function(BY_NAME["i32.sub"])(3, 5) == 0xFFFF_FFFE
    assert function(BY_NAME["i64.clz"])(1) == 63
    assert function(BY_NAME["i32.sub"]) is function(BY_NAME["i32.sub"])


def test_every_meaning_is_an_expression_over_the_helpers() -> None:
    for row in TABLE:
        if row.meaning:
            function(row)


def test_the_namespace_holds_no_more_than_helpers() -> None:
    """A meaning could name the interpreter's own modules or files only if they were in there."""
    assert not {"os", "sys", "open", "eval", "exec"} & {
        name for name in NAMESPACE if name != "__builtins__"
    }
    assert {"div_s", "f32", "copysign", "MASK64"} <= set(NAMESPACE)
